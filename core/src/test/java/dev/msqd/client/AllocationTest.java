package dev.msqd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.msqd.queue.AsyncCall;
import dev.msqd.queue.QueueFixture;
import dev.msqd.queue.Selector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In the steady state no call makes garbage: neither calls that find what they want nor calls that sleep. */
@Timeout(120)
class AllocationTest {
    private static final int CALLS = 100_000;
    private static final int LENGTH = 100;
    /** For what happens once: a compilation that ends in between, a place that is mapped for the first time. */
    private static final long GRANTED_BYTES = 1_000;
    private static final int ROUNDS = 1000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final QueueFixture fixture = new QueueFixture(1 << 20);
    private final MessageQueue queue = new MessageQueue(null, fixture.remoteEndpoint());
    private final byte[] array = new byte[LENGTH];

    @AfterEach
    void close() {
        fixture.close();
    }

    /** The compiler takes its time: the first rounds may make garbage, and one of the later ones must not. */
    private static void assertNoGarbage(Runnable calls) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > GRANTED_BYTES; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            calls.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least <= GRANTED_BYTES, least + " bytes for " + CALLS + " messages");
    }

    @Test
    void byteArrays() {
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                queue.send(1, array, 0, LENGTH);
                assertEquals(LENGTH, queue.receive(Selector.any(), array, 0, LENGTH));
                assertTrue(queue.trySend(1, array, 0, LENGTH));
                assertEquals(LENGTH, queue.tryReceive(Selector.any(), array, 0, LENGTH));
            }
        });
    }

    @Test
    void byteArraysWithTimeouts() {
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                assertTrue(queue.send(1, array, 0, LENGTH, 1, TimeUnit.SECONDS));
                assertEquals(LENGTH, queue.receive(Selector.any(), array, 0, LENGTH, 1, TimeUnit.SECONDS));
            }
        });
    }

    @Test
    void agronaBuffers() {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                queue.send(1, buffer, 0, LENGTH);
                assertEquals(LENGTH, queue.receive(Selector.any(), buffer, 0, LENGTH));
                assertTrue(queue.trySend(1, buffer, 0, LENGTH));
                assertEquals(LENGTH, queue.tryReceive(Selector.any(), buffer, 0, LENGTH));
            }
        });
    }

    @Test
    void byteBuffers() {
        ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH);
        ByteBuffer heap = ByteBuffer.wrap(array);
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                queue.send(1, heap);
                assertEquals(LENGTH, queue.receive(Selector.any(), direct));
                direct.clear();
                assertTrue(queue.trySend(1, direct));
                assertEquals(LENGTH, queue.tryReceive(Selector.any(), heap));
                heap.clear();
            }
        });
    }

    @Test
    void memorySegments() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(LENGTH);
            assertNoGarbage(() -> {
                for (int i = 0; i < CALLS; i++) {
                    queue.send(1, segment);
                    assertEquals(LENGTH, queue.receive(Selector.any(), segment));
                    assertTrue(queue.trySend(1, segment));
                    assertEquals(LENGTH, queue.tryReceive(Selector.any(), segment));
                }
            });
        }
    }

    @Test
    void handlersAndClaims() {
        MessageClaim claim = new MessageClaim();
        long[] sum = new long[1];
        MessageHandler handler = (mtype, buffer, offset, length) -> sum[0] += buffer.getByte(offset);
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                assertTrue(queue.tryClaim(1, LENGTH, claim));
                claim.buffer().putByte(0, (byte) 1);
                claim.commit();
                queue.receive(Selector.any(), handler);
                assertTrue(queue.tryClaim(1, LENGTH, claim));
                claim.abort();
                assertEquals(false, queue.tryReceive(Selector.any(), handler));
            }
        });
    }

    @Test
    void ringBuffers() {
        RingBuffer ring = queue.asRingBuffer();
        UnsafeBuffer buffer = new UnsafeBuffer(array);
        long[] sum = new long[1];
        org.agrona.concurrent.MessageHandler handler =
            (msgTypeId, from, index, length) -> sum[0] += from.getByte(index);
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                assertTrue(ring.write(1, buffer, 0, LENGTH));
                ring.commit(ring.tryClaim(2, LENGTH));
                assertEquals(2, ring.read(handler));
            }
        });
    }

    @Test
    void selectionThatSkips() {
        // Always 30 messages of three types; the selectors pick in the middle.
        Selector[] selectors = {Selector.type(3), Selector.except(1), Selector.upTo(2), Selector.type(1),
            Selector.except(2), Selector.any()};
        for (int i = 0; i < 30; i++) {
            queue.send(1 + i % 3, array, 0, LENGTH);
        }
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                assertEquals(LENGTH, queue.tryReceive(selectors[i % selectors.length], array, 0, LENGTH));
                assertTrue(queue.trySend(queue.receivedType(), array, 0, LENGTH));
            }
        });
    }

    @Test
    void burstsThatCrossSegments() {
        assertNoGarbage(() -> {
            for (int burst = 0; burst < CALLS / 2_000; burst++) {
                for (int i = 0; i < 2_000; i++) {
                    assertTrue(queue.trySend(1, array, 0, LENGTH));
                }
                for (int i = 0; i < 2_000; i++) {
                    assertEquals(LENGTH, queue.tryReceive(Selector.any(), array, 0, LENGTH));
                }
            }
        });
    }

    @Test
    void refusals() {
        fixture.limit(0);
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS; i++) {
                assertEquals(false, queue.trySend(1, array, 0, LENGTH));
                assertEquals(MessageQueue.NONE, queue.tryReceive(Selector.any(), array, 0, LENGTH));
            }
        });
    }

    @Test
    void sleepers() throws Exception {
        MessageQueue other = new MessageQueue(null, fixture.remoteEndpoint());
        Selector there = Selector.type(1);
        Selector back = Selector.type(2);
        Selector end = Selector.type(3);
        AsyncCall<Void> echo = AsyncCall.start(() -> {
            byte[] room = new byte[LENGTH];
            while (other.tryReceive(end, room, 0, LENGTH) == MessageQueue.NONE) {
                if (other.receive(there, room, 0, LENGTH, 100, TimeUnit.MILLISECONDS) == LENGTH) {
                    other.send(2, room, 0, LENGTH);
                }
            }
            return null;
        });
        assertNoGarbage(() -> {
            for (int i = 0; i < CALLS / 20; i++) {
                queue.send(1, array, 0, LENGTH);
                assertEquals(LENGTH, queue.receive(back, array, 0, LENGTH));
            }
        });
        queue.send(3, array, 0, 0);
        echo.result();
    }
}
