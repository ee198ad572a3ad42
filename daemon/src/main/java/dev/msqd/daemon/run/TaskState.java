package dev.msqd.daemon.run;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** What a thread does at the moment (proc_pid_stat(5), field 3). One thread. */
final class TaskState {
    /** There is no such thread any more. */
    static final char GONE = 'X';

    private static final char ZOMBIE = 'Z';
    private static final char UNINTERRUPTIBLE = 'D';
    private static final char RUNNABLE = 'R';
    private static final int ROOM = 512;
    private static final long LOOK_AGAIN_NS = 50_000;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(ROOM);

    /**
     * Whether a call that waits for our answer is to end: its thread was killed, or was sent a signal. Once its notification was
     * received, a signal does not end the wait but makes it one that is not interruptible, and that shows. (Whether signals are
     * pending does not show it: another thread may take them.)
     */
    boolean endsWait(int tid) {
        return endsWait(of(tid));
    }

    /**
     * The same, for who is about to do something that a signal which came before is to prevent: a thread that was woken and has not run yet
     * is waited for. Its call can't return before it runs anyway.
     */
    boolean wasSignalled(int tid) {
        char state = of(tid);
        while (state == RUNNABLE) {
            LockSupport.parkNanos(LOOK_AGAIN_NS);
            state = of(tid);
        }
        return endsWait(state);
    }

    private static boolean endsWait(char state) {
        return state == UNINTERRUPTIBLE || state == ZOMBIE || state == GONE;
    }

    private char of(int tid) {
        try {
            int fd = LinuxFile.open(Path.of("/proc/" + tid + "/stat"), LinuxFile.O_RDONLY, 0);
            try {
                buffer.clear();
                LinuxFile.read(fd, buffer, 0);
            } finally {
                LinuxFile.close(fd);
            }
        } catch (ErrnoException e) {
            return GONE;
        }
        buffer.flip();
        String stat = StandardCharsets.ISO_8859_1.decode(buffer).toString();
        int name = stat.lastIndexOf(')');
        return name < 0 || name + 2 >= stat.length() ? GONE : stat.charAt(name + 2);
    }
}
