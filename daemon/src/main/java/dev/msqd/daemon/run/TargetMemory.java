package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Another process's memory, as it may read and write it itself: page protections hold, unlike in /proc/PID/mem
 * (process_vm_readv(2)). One thread.
 *
 * <pre>
 *  two struct iovec for this process, one for the other
 *   0                               8                              16
 *  +-------------------------------+-------------------------------+
 *  | local base: mtype             | length                        |
 *  +-------------------------------+-------------------------------+ 32
 *  | local base: text              | length                        |
 *  +-------------------------------+-------------------------------+ 48
 *  | remote base                   | length                        |
 *  +-------------------------------+-------------------------------+
 *  | mtype                         |
 *  +-------------------------------+
 *  | room for something small ...
 *  +-------------------------------
 * </pre>
 */
final class TargetMemory {
    private static final int IOVEC_LENGTH = 2 * Long.BYTES;
    private static final int FIRST_OFFSET = 0;
    private static final int SECOND_OFFSET = FIRST_OFFSET + IOVEC_LENGTH;
    private static final int REMOTE_OFFSET = SECOND_OFFSET + IOVEC_LENGTH;
    private static final int MTYPE_OFFSET = REMOTE_OFFSET + IOVEC_LENGTH;
    private static final int SMALL_OFFSET = MTYPE_OFFSET + Long.BYTES;
    private static final int SMALL_LENGTH = 64;
    private static final int LENGTH = SMALL_OFFSET + SMALL_LENGTH;

    private static final MethodHandle READ = Libc.function("process_vm_readv");
    private static final MethodHandle WRITE = Libc.function("process_vm_writev");

    private final MemorySegment iovecs = Arena.ofAuto().allocate(LENGTH, Long.BYTES);
    private final MemorySegment small = iovecs.asSlice(SMALL_OFFSET, SMALL_LENGTH);

    /** Room to read up to 64 bytes into. */
    MemorySegment small() {
        return small;
    }

    /**
     * Reads until the end or what cannot be read; returns how many bytes were.
     *
     * @throws ErrnoException EPERM: the process may not be looked at; ESRCH: it is gone
     */
    long read(int tid, long remote, MemorySegment into, long length) {
        return transfer(READ, tid, remote, into.address(), length);
    }

    /** @throws ErrnoException EFAULT unless all of it can be written, EPERM, ESRCH */
    void write(int tid, long remote, MemorySegment from, long length) {
        checkAll(transfer(WRITE, tid, remote, from.address(), length), length, remote);
    }

    /** @throws ErrnoException EFAULT unless all of it can be read, EPERM, ESRCH */
    void readAll(int tid, long remote, MemorySegment into, long length) {
        checkAll(transfer(READ, tid, remote, into.address(), length), length, remote);
    }

    /**
     * Writes a struct msgbuf: mtype, and text that lies at an address of this process.
     *
     * @throws ErrnoException EFAULT unless all of it can be written, EPERM, ESRCH
     */
    void writeMessage(int tid, long remote, long mtype, long text, long length) {
        iovecs.set(JAVA_LONG, MTYPE_OFFSET, mtype);
        vector(FIRST_OFFSET, iovecs.address() + MTYPE_OFFSET, Long.BYTES);
        vector(SECOND_OFFSET, text, length);
        vector(REMOTE_OFFSET, remote, Long.BYTES + length);
        checkAll(call(WRITE, tid, length == 0 ? 1 : 2), Long.BYTES + length, remote);
    }

    private long transfer(MethodHandle direction, int tid, long remote, long local, long length) {
        if (length == 0) {
            return 0;
        }
        vector(FIRST_OFFSET, local, length);
        vector(REMOTE_OFFSET, remote, length);
        return call(direction, tid, 1);
    }

    private long call(MethodHandle direction, int tid, int localCount) {
        long count = Libc.callLong(direction, tid, iovecs.address(), localCount, iovecs.address() + REMOTE_OFFSET, 1);
        // EINVAL: an address that no process has.
        if (count == -Errno.EFAULT || count == -Errno.EINVAL) {
            return 0;
        }
        return Libc.check(count, "memory of thread " + tid);
    }

    private static void checkAll(long count, long length, long remote) {
        if (count != length) {
            throw new ErrnoException(Errno.EFAULT, length + " bytes at 0x" + Long.toHexString(remote));
        }
    }

    private void vector(int offset, long base, long length) {
        iovecs.set(JAVA_LONG, offset, base);
        iovecs.set(JAVA_LONG, offset + Long.BYTES, length);
    }
}
