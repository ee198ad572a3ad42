package dev.msqd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.ControlledMessageHandler.Action;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What code for Agrona's ring buffers counts on: the same tests for one of those and for a queue seen as one. */
@Timeout(60)
abstract class RingBufferContractTest {
    private final UnsafeBuffer source = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final List<String> seen = new ArrayList<>();
    private RingBuffer ring;

    /** A ring buffer with room for 16 messages of 1,000 bytes at least, and for 100 at most. */
    abstract RingBuffer create();

    @BeforeEach
    void open() {
        ring = create();
    }

    private void write(int msgTypeId, String text) {
        source.putStringWithoutLengthAscii(8, text);
        assertTrue(ring.write(msgTypeId, source, 8, text.length()));
    }

    private void see(int msgTypeId, DirectBuffer buffer, int index, int length) {
        seen.add(msgTypeId + ":" + buffer.getStringWithoutLengthAscii(index, length));
    }

    /** A single read of a ring ends where its buffer does. */
    private int readAll(MessageHandler handler, int limit) {
        int all = 0;
        int read;
        do {
            read = ring.read(handler, limit - all);
            all += read;
        } while (read > 0 && all < limit);
        return all;
    }

    @Test
    void readsInTheOrderOfWriting() {
        write(1, "one");
        write(7, "");
        write(Integer.MAX_VALUE, "three");
        assertEquals(3, ring.read(this::see));
        assertEquals(List.of("1:one", "7:", "2147483647:three"), seen);
        assertEquals(0, ring.read(this::see));
        assertEquals(0, ring.size());
    }

    @Test
    void readsNoMoreThanTheLimit() {
        write(1, "a");
        write(2, "b");
        write(3, "c");
        assertEquals(0, ring.read(this::see, 0));
        assertEquals(2, ring.read(this::see, 2));
        assertEquals(List.of("1:a", "2:b"), seen);
        assertEquals(1, ring.read(this::see, 2));
        assertEquals(List.of("1:a", "2:b", "3:c"), seen);
    }

    @Test
    void claimIsWrittenThroughTheBufferAndCommitted() {
        int index = ring.tryClaim(5, 5);
        assertTrue(index > 0);
        ring.buffer().putStringWithoutLengthAscii(index, "hello");
        assertEquals(0, ring.read(this::see));
        ring.commit(index);
        assertEquals(1, ring.read(this::see));
        assertEquals(List.of("5:hello"), seen);
    }

    @Test
    void abortedClaimIsNeverRead() {
        write(1, "a");
        int index = ring.tryClaim(5, 5);
        ring.buffer().putStringWithoutLengthAscii(index, "hello");
        ring.abort(index);
        write(2, "b");
        assertEquals(2, ring.read(this::see));
        assertEquals(List.of("1:a", "2:b"), seen);
        assertEquals(0, ring.size());
    }

    @Test
    void claimsAreFinishedInAnyOrderAndReadInTheirs() {
        int first = ring.tryClaim(1, 1);
        int second = ring.tryClaim(2, 1);
        ring.buffer().putByte(second, (byte) 'b');
        ring.buffer().putByte(first, (byte) 'a');
        ring.commit(second);
        ring.commit(first);
        assertEquals(2, ring.read(this::see));
        assertEquals(List.of("1:a", "2:b"), seen);
    }

    @Test
    void finishingWhatIsNotClaimedIsAnError() {
        int index = ring.tryClaim(1, 8);
        ring.commit(index);
        assertThrows(RuntimeException.class, () -> ring.commit(index));
        assertThrows(RuntimeException.class, () -> ring.abort(index));
        assertThrows(IllegalArgumentException.class, () -> ring.commit(-1));
        assertThrows(IllegalArgumentException.class, () -> ring.abort(-1));
        assertEquals(1, ring.read(this::see));
    }

    @Test
    void fullOneRefusesAndTakesAgainAfterARead() {
        int written = 0;
        while (ring.write(1, source, 0, 1000)) {
            written++;
        }
        assertTrue(written >= 16 && written <= 100, written + " messages");
        assertEquals(RingBuffer.INSUFFICIENT_CAPACITY, ring.tryClaim(1, 1000));
        assertEquals(8, readAll((msgTypeId, buffer, index, length) -> {}, 8));
        assertTrue(ring.write(1, source, 0, 1000));
        int index = ring.tryClaim(1, 1000);
        assertTrue(index > 0);
        ring.commit(index);
        assertEquals(written - 6,
            readAll((msgTypeId, buffer, i, length) -> assertEquals(1000, length), Integer.MAX_VALUE));
        assertEquals(0, ring.size());
    }

    @Test
    void goesRoundManyTimes() {
        int read = 0;
        int written = 0;
        int[] next = new int[1];
        while (written < 20_000) {
            int index = ring.tryClaim(1, 4 + written % 700);
            if (index == RingBuffer.INSUFFICIENT_CAPACITY) {
                read += ring.read((msgTypeId, buffer, at, length) -> {
                    assertEquals(next[0], buffer.getInt(at));
                    assertEquals(4 + next[0]++ % 700, length);
                }, 5);
            } else {
                ring.buffer().putInt(index, written++);
                ring.commit(index);
            }
        }
        read += readAll((msgTypeId, buffer, at, length) -> assertEquals(next[0]++, buffer.getInt(at)),
            Integer.MAX_VALUE);
        assertEquals(written, read);
        assertEquals(0, ring.size());
    }

    @Test
    void abortKeepsTheMessageForTheNextRead() {
        write(1, "a");
        write(2, "b");
        assertEquals(1, ring.controlledRead((msgTypeId, buffer, index, length) -> {
            see(msgTypeId, buffer, index, length);
            return msgTypeId == 2 ? Action.ABORT : Action.CONTINUE;
        }));
        assertEquals(0, ring.controlledRead((msgTypeId, buffer, index, length) -> Action.ABORT));
        assertEquals(1, ring.read(this::see));
        assertEquals(List.of("1:a", "2:b", "2:b"), seen);
    }

    @Test
    void breakEndsTheReadBehindTheMessage() {
        write(1, "a");
        write(2, "b");
        assertEquals(1, ring.controlledRead((msgTypeId, buffer, index, length) -> {
            see(msgTypeId, buffer, index, length);
            return Action.BREAK;
        }));
        assertEquals(1, ring.read(this::see));
        assertEquals(List.of("1:a", "2:b"), seen);
    }

    @Test
    void commitAndContinueGoOnUpToTheLimit() {
        for (int i = 1; i <= 4; i++) {
            write(i, "x");
        }
        assertEquals(3, ring.controlledRead((msgTypeId, buffer, index, length) -> {
            see(msgTypeId, buffer, index, length);
            return msgTypeId % 2 == 0 ? Action.COMMIT : Action.CONTINUE;
        }, 3));
        assertEquals(List.of("1:x", "2:x", "3:x"), seen);
        assertEquals(1, ring.read(this::see));
    }

    @Test
    void handlerMayWrite() {
        write(1, "a");
        assertEquals(1, ring.read((msgTypeId, buffer, index, length) -> {
            see(msgTypeId, buffer, index, length);
            write(2, "b");
        }, 1));
        assertEquals(1, ring.read(this::see));
        assertEquals(List.of("1:a", "2:b"), seen);
    }

    @Test
    void badArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> ring.write(0, source, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> ring.write(-1, source, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> ring.write(1, source, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> ring.write(1, source, 0, ring.maxMsgLength() + 1));
        assertThrows(IllegalArgumentException.class, () -> ring.tryClaim(0, 1));
        assertThrows(IllegalArgumentException.class, () -> ring.tryClaim(1, -1));
        assertThrows(IllegalArgumentException.class, () -> ring.tryClaim(1, ring.maxMsgLength() + 1));
        assertEquals(0, ring.size());
        assertEquals(0, ring.read(this::see));
    }

    @Test
    void positionsAndSizeFollow() {
        assertEquals(0, ring.size());
        long begin = ring.producerPosition();
        assertEquals(begin, ring.consumerPosition());
        write(1, "hello");
        assertTrue(ring.size() >= 5 && ring.size() <= ring.capacity());
        assertTrue(ring.producerPosition() > begin);
        assertTrue(ring.consumerPosition() < ring.producerPosition());
        ring.read(this::see);
        assertEquals(0, ring.size());
        assertEquals(ring.producerPosition(), ring.consumerPosition());
    }

    @Test
    void correlationIdsAreUnique() {
        long first = ring.nextCorrelationId();
        assertTrue(ring.nextCorrelationId() > first);
    }

    @Test
    void nothingNeedsUnblocking() {
        assertFalse(ring.unblock());
        write(1, "a");
        assertFalse(ring.unblock());
        assertEquals(1, ring.read(this::see));
    }
}
