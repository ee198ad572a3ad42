package dev.msqd.bench.peer;

import dev.msqd.calls.Errno;
import dev.msqd.calls.LinuxFile;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.agrona.concurrent.UnsafeBuffer;

/** A line through a descriptor that is written and read: a pipe. A message may come in pieces. */
final class DescriptorLine implements Line {
    private static final MethodHandle READ = Native.function("read");
    private static final MethodHandle WRITE = Native.function("write");

    private final int fd;
    private final int length;
    private final UnsafeBuffer outgoing;
    private final UnsafeBuffer incoming;
    private final MemorySegment capture = Native.newCapture();
    private int written;
    private int read;

    /** @param fd closed with the line; non-blocking if the line is to poll */
    DescriptorLine(int fd, int length) {
        this.fd = fd;
        this.length = length;
        outgoing = Memory.newMessage(length);
        incoming = Memory.newMessage(length);
    }

    /** A message that did not go out as a whole is gone on with: the caller sends the same again. */
    @Override
    public boolean trySend(long number) {
        outgoing.putLong(0, number);
        try {
            written += moved((long) WRITE.invokeExact(
                capture, (long) fd, outgoing.addressOffset() + written, (long) length - written, 0L), "write");
        } catch (Throwable t) {
            throw Native.rethrown(t);
        }
        if (written < length) {
            return false;
        }
        written = 0;
        return true;
    }

    @Override
    public long tryReceive() {
        try {
            read += moved((long) READ.invokeExact(
                capture, (long) fd, incoming.addressOffset() + read, (long) length - read, 0L), "read");
        } catch (Throwable t) {
            throw Native.rethrown(t);
        }
        if (read < length) {
            return NONE;
        }
        read = 0;
        return incoming.getLong(0);
    }

    @Override
    public void close() {
        LinuxFile.close(fd);
    }

    private int moved(long result, String doing) {
        if (result >= 0) {
            return (int) result;
        }
        if (Native.errno(capture) == Errno.EAGAIN) {
            return 0;
        }
        throw Native.failure(capture, doing);
    }
}
