package dev.msqd.daemon.stress;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A client of a storm: {@code dataDirectory ledger paceNs role...}; a thread a role, until told to stop. Receivers rest longer, so that queues fill. */
final class StormClient {
    private StormClient() {}

    public static void main(String[] args) throws Exception {
        Path data = Path.of(args[0]);
        long paceNs = Long.parseLong(args[2]);
        try (Ledger ledger = new Ledger(Path.of(args[1])); Msqd msqd = connect(data)) {
            List<Thread> threads = new ArrayList<>();
            for (int index = 3; index < args.length; index++) {
                Role role = Role.parse(args[index]);
                threads.add(Thread.ofPlatform().start(() -> run(msqd, ledger, role, paceNs)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    /** Waits for a daemon that may just be dead. */
    static Msqd connect(Path data) throws InterruptedException {
        while (true) {
            try {
                return Msqd.connect(data);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    private static void run(Msqd msqd, Ledger ledger, Role role, long paceNs) {
        try (MessageQueue queue = open(msqd, role.queue())) {
            if (role.sends()) {
                new StormSender(ledger, role.number(), paceNs).run(queue);
            } else {
                new StormReceiver(ledger, role.number(), paceNs * 3 / 2).run(queue);
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    /** A daemon that is killed again and again may keep a request waiting for longer than one does. */
    private static MessageQueue open(Msqd msqd, String queue) {
        while (true) {
            try {
                return msqd.open(msqd.resolve(queue));
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
            }
        }
    }
}
