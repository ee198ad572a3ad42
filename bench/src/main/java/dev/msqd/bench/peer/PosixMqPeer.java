package dev.msqd.bench.peer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** A POSIX message queue, as long as the system's limit for everybody allows. */
final class PosixMqPeer implements Peer {
    private static final Path LIMITS = Path.of("/proc/sys/fs/mqueue");
    private static final int MODE = 0600;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_NONBLOCK = 0x800;

    /** {@code struct mq_attr}: flags, maxmsg, msgsize, curmsgs and four unused ones, a long each. */
    private static final int ATTR_LENGTH = 8 * Long.BYTES;
    private static final int MAXMSG_OFFSET = Long.BYTES;
    private static final int MSGSIZE_OFFSET = 2 * Long.BYTES;

    private static final MethodHandle MQ_OPEN = Native.variadic("mq_open", 2);
    private static final MethodHandle MQ_CLOSE = Native.function("mq_close");
    private static final MethodHandle MQ_UNLINK = Native.function("mq_unlink");
    private static final MethodHandle MQ_SEND = Native.function("mq_send");
    private static final MethodHandle MQ_RECEIVE = Native.function("mq_receive");

    @Override
    public String label() {
        return "POSIX mq";
    }

    @Override
    public String hindrance(Site site, Shape shape) throws IOException {
        if (!Files.isDirectory(LIMITS)) {
            return "this kernel has none";
        }
        long longest = limit("msgsize_max");
        return shape.length() > longest ? "msgsize_max is " + longest : null;
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        String name = "/" + site.newPath("mq-").getFileName();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = arena.allocate(ATTR_LENGTH, Long.BYTES);
            attr.set(JAVA_LONG, MAXMSG_OFFSET, Math.min(limit("msg_max"), shape.capacity() / shape.length()));
            attr.set(JAVA_LONG, MSGSIZE_OFFSET, shape.length());
            int mq =
                Native.call(MQ_OPEN, "mq_open " + name, arena.allocateFrom(name).address(), O_CREAT | O_EXCL | O_RDWR,
                    MODE, attr.address());
            Native.call(MQ_CLOSE, "mq_close", mq);
        }
        return new Link(name, () -> {
            try (Arena arena = Arena.ofConfined()) {
                Native.call(MQ_UNLINK, "mq_unlink " + name, arena.allocateFrom(name).address());
            }
        });
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        try (Arena arena = Arena.ofConfined()) {
            return new MqLine(Native.call(MQ_OPEN, "mq_open " + address, arena.allocateFrom(address).address(),
                O_RDWR | (shape.polling() ? O_NONBLOCK : 0)), shape.length());
        }
    }

    private static long limit(String name) throws IOException {
        return Long.parseLong(Files.readAllLines(LIMITS.resolve(name)).getFirst());
    }

    private static final class MqLine implements Line {
        private final int mq;
        private final int length;
        private final UnsafeBuffer outgoing;
        private final UnsafeBuffer incoming;
        private final MemorySegment capture = Native.newCapture();

        MqLine(int mq, int length) {
            this.mq = mq;
            this.length = length;
            outgoing = Memory.newMessage(length);
            incoming = Memory.newMessage(length);
        }

        @Override
        public boolean trySend(long number) {
            outgoing.putLong(0, number);
            long result;
            try {
                result = (long) MQ_SEND.invokeExact(capture, (long) mq, outgoing.addressOffset(), (long) length, 0L);
            } catch (Throwable t) {
                throw Native.rethrown(t);
            }
            return (int) result == 0 || wouldWait("mq_send");
        }

        @Override
        public long tryReceive() {
            long received;
            try {
                received =
                    (long) MQ_RECEIVE.invokeExact(capture, (long) mq, incoming.addressOffset(), (long) length, 0L);
            } catch (Throwable t) {
                throw Native.rethrown(t);
            }
            if (received == length) {
                return incoming.getLong(0);
            }
            if (received < 0) {
                wouldWait("mq_receive");
                return NONE;
            }
            throw Line.damaged(received, length);
        }

        @Override
        public void close() {
            Native.call(MQ_CLOSE, "mq_close", mq);
        }

        /** False for EAGAIN; any other failure is thrown. */
        private boolean wouldWait(String doing) {
            if (Native.errno(capture) == Errno.EAGAIN) {
                return false;
            }
            throw Native.failure(capture, doing);
        }
    }
}
