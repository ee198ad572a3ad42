package dev.msqd.daemon.stress;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import java.nio.file.Path;

/** A sender or receiver of a storm, as its killer knows it. */
record Storming(int number, Process process) {
    /** Waits for a daemon that may just be dead. */
    static Msqd connect(Path dataDirectory) throws InterruptedException {
        while (true) {
            try {
                return Msqd.connect(dataDirectory);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }
}
