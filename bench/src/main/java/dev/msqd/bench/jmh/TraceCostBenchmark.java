package dev.msqd.bench.jmh;

import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.layout.TraceDescriptor;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What tracing costs a sender: {@link HotEnqueueBenchmark}'s batches of 64 bytes through {@code MessageQueue.trySend} of a connection to
 * an embedded daemon, in nanoseconds a message.
 *
 * <p><b>untraced</b>: nobody traces, which costs a load and a branch. Compare it with {@code HotEnqueueBenchmark}, which calls the
 * layer below, where tracing is not. <b>traced</b>: an event for each message, and the daemon writes them beside. Whatever finds the ring
 * full is dropped, so that not every event is written at full speed; what the score shows is the sender's side. <b>tracedRingFull</b>:
 * the ring is full and nobody reads it, so every event is dropped and counted.
 *
 * <p>Emptying the queue, which is not measured, is traced like the rest; in <b>tracedRingFull</b> that finds the ring full as well.
 */
@OperationsPerInvocation(OneThread.BATCH)
public class TraceCostBenchmark extends PeerBenchmark {
    @Benchmark
    public void untraced(Untraced queue) {
        queue.sendBatch();
    }

    @Benchmark
    public void traced(Traced queue) {
        queue.sendBatch();
    }

    @Benchmark
    public void tracedRingFull(RingFull queue) {
        queue.sendBatch();
    }

    /** An embedded daemon, a connection and a queue. */
    @State(Scope.Thread)
    public static class Untraced {
        private static final int MESSAGE_LENGTH = 64;
        private static final int QBYTES = 4 * 1024 * 1024;

        private final UnsafeBuffer message = new UnsafeBuffer(new byte[MESSAGE_LENGTH]);
        private Path folder;
        private Msqd msqd;
        private MessageQueue queue;

        @Setup(Level.Trial)
        public void open() throws IOException {
            folder = Files.createTempDirectory("msqd-bench-");
            Files.writeString(folder.resolve("msqd.properties"),
                "hot.dir=" + Path.of("/dev/shm").resolve(folder.getFileName()) + "\ndurability=process\n");
            msqd = Msqd.embedded(folder);
            queue = msqd.open(msqd.get("traced", Msqd.IPC_CREAT | 0600, QBYTES));
            begin();
        }

        @TearDown(Level.Trial)
        public void close() {
            end();
            msqd.close();
            IoUtil.delete(folder.toFile(), true);
            IoUtil.delete(hotDirectory().toFile(), true);
        }

        @TearDown(Level.Invocation)
        public void empty() {
            for (int i = 0; i < OneThread.BATCH; i++) {
                if (queue.tryReceive(Selector.any(), message, 0, MESSAGE_LENGTH) != MESSAGE_LENGTH) {
                    throw new IllegalStateException("message " + i + " is missing");
                }
            }
        }

        void sendBatch() {
            for (int i = 0; i < OneThread.BATCH; i++) {
                if (!queue.trySend(1, message, 0, MESSAGE_LENGTH)) {
                    throw new IllegalStateException("message " + i + " was refused");
                }
            }
        }

        /** The queue is there. */
        void begin() throws IOException {
            // Nobody traces.
        }

        /** The connection is about to be closed. */
        void end() {
            // Nothing to let go of.
        }

        Msqd msqd() {
            return msqd;
        }

        Path hotDirectory() {
            return Path.of("/dev/shm").resolve(folder.getFileName());
        }
    }

    /** All calls are traced. */
    public static class Traced extends Untraced {
        private static final long PAUSE_NS = 1_000_000;

        @Override
        void begin() throws IOException {
            while (!msqd().traceCalls()) {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    /** The first event in the ring is never finished, so the daemon waits for it and reads no other. */
    public static class RingFull extends Traced {
        private Mapping mapping;

        @Override
        void begin() throws IOException {
            super.begin();
            sendBatch();
            empty();
            int fd = LinuxFile.open(ringFile(), LinuxFile.O_RDWR, 0);
            mapping = Mapping.shared(fd, 0, TraceDescriptor.FILE_LENGTH, "trace ring");
            LinuxFile.close(fd);
            ManyToOneRingBuffer ring =
                new ManyToOneRingBuffer(mapping.buffer(TraceDescriptor.RING_OFFSET, TraceDescriptor.RING_LENGTH));
            while (ring.tryClaim(TraceDescriptor.MSGSND, TraceDescriptor.EVENT_LENGTH) > 0) {
                // until it is full
            }
        }

        @Override
        void end() {
            mapping.close();
        }

        /** Of the only client. */
        private Path ringFile() throws IOException {
            try (Stream<Path> rings = Files.list(hotDirectory().resolve("trace"))) {
                return rings.findFirst().orElseThrow();
            }
        }
    }
}
