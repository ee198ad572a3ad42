package dev.msqd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.AsyncCall;
import dev.msqd.queue.QueueFixture;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.Selector;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.ControlledMessageHandler.Action;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract, and what is a queue's own. */
class QueueRingBufferTest extends RingBufferContractTest {
    private static final int QBYTES = 20_000;

    private final QueueFixture fixture = new QueueFixture(QBYTES, QueueMemory.MIN_SEGMENT_LENGTH);
    private final MessageQueue queue = new MessageQueue(null, fixture.remoteEndpoint());
    private final MessageQueue other = new MessageQueue(null, fixture.remoteEndpoint());
    private final RingBuffer ring = create();

    @Override
    RingBuffer create() {
        return queue.asRingBuffer();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void isTheQueue() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[] {42});
        assertTrue(ring.write(5, buffer, 0, 1));
        byte[] room = new byte[1];
        assertEquals(1, other.tryReceive(Selector.type(5), room, 0, 1));
        assertEquals(42, room[0]);
        other.send(6, room, 0, 1);
        assertEquals(1, ring.read((msgTypeId, from, index, length) -> {
            assertEquals(6, msgTypeId);
            assertEquals(42, from.getByte(index));
        }));
        assertEquals(TimeUnit.SECONDS.toMillis(fixture.state().rtimeSeconds()), ring.consumerHeartbeatTime());
        assertEquals(QBYTES, ring.capacity());
        assertEquals(queue.maxMessageLength(), ring.maxMsgLength());
    }

    @Test
    void typesBeyond31BitsShowTheHighest() {
        other.send(Integer.MAX_VALUE + 1L, new byte[1], 0, 1);
        other.send(Long.MAX_VALUE, new byte[1], 0, 1);
        assertEquals(2, ring.read((msgTypeId, buffer, index, length) -> assertEquals(Integer.MAX_VALUE, msgTypeId)));
    }

    @Test
    void handlerThatThrowsLeavesTheMessageInItsPlace() {
        other.send(1, new byte[1], 0, 1);
        other.send(2, new byte[1], 0, 1);
        assertThrows(IllegalStateException.class, () -> ring.read((msgTypeId, buffer, index, length) -> {
            throw new IllegalStateException();
        }));
        assertEquals(new QueueKeeper.Depth(2, 2), fixture.keeper().depth());
        assertEquals(1, ring.read((msgTypeId, buffer, index, length) -> assertEquals(1, msgTypeId), 1));
    }

    @Test
    void abortWakesOtherReceivers() throws Exception {
        other.send(1, new byte[1], 0, 1);
        AsyncCall<?>[] call = new AsyncCall<?>[1];
        assertEquals(0, ring.controlledRead((msgTypeId, buffer, index, length) -> {
            call[0] = AsyncCall.start(() -> other.receive(Selector.any(), new byte[1], 0, 1));
            try {
                QueueFixture.awaitAsleep(other.endpoint());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Action.ABORT;
        }));
        assertEquals(1, call[0].result());
    }

    @Test
    void claimsFillSegmentsToTheirEnds() {
        int longest = ring.maxMsgLength();
        for (int round = 0; round < 20; round++) {
            // Alone in its segment, then two that leave less than a header, then what needs the next segment.
            for (int length : new int[] {longest, longest / 2, longest - longest / 2 - 40, 100}) {
                int index = ring.tryClaim(1, length);
                assertTrue(index > 0, length + " bytes");
                ring.buffer().setMemory(index, length, (byte) round);
                ring.commit(index);
                int expected = round;
                assertEquals(1, ring.read((msgTypeId, buffer, at, read) -> {
                    assertEquals(length, read);
                    assertEquals((byte) expected, buffer.getByte(at));
                    assertEquals((byte) expected, buffer.getByte(at + read - 1));
                }));
            }
        }
        assertEquals(0, ring.size());
    }

    @Test
    void claimThatNeedsTheNextSegmentWaitsForTheOpenOne() {
        int half = ring.maxMsgLength() / 2 + 1;
        int first = ring.tryClaim(1, half);
        assertTrue(first > 0);
        assertEquals(RingBuffer.INSUFFICIENT_CAPACITY, ring.tryClaim(1, half));
        ring.commit(first);
        int second = ring.tryClaim(1, half);
        assertTrue(second > 0);
        ring.commit(second);
        assertEquals(2, ring.read((msgTypeId, buffer, index, length) -> assertEquals(half, length)));
    }

    /** What is longer than a segment is written, read and claimed like anything else, and its index leads back to it. */
    @Test
    void messagesMayBeLongerThanASegment() {
        int segmentLength = QueueMemory.MIN_SEGMENT_LENGTH;
        int longest = 10 * segmentLength;
        try (QueueFixture wide = new QueueFixture(4L * longest, segmentLength, longest)) {
            RingBuffer wideRing = new MessageQueue(null, wide.remoteEndpoint()).asRingBuffer();
            UnsafeBuffer source = new UnsafeBuffer(new byte[longest]);
            for (int round = 0; round < 20; round++) {
                for (int length : new int[] {segmentLength, 100, longest, segmentLength - 31, 3 * segmentLength - 32}) {
                    byte value = (byte) (round + length);
                    source.setMemory(0, length, value);
                    assertTrue(wideRing.write(1, source, 0, length));
                    int given = wideRing.tryClaim(1, length);
                    assertTrue(given > 0, length + " bytes");
                    assertEquals(RingBuffer.INSUFFICIENT_CAPACITY, wideRing.tryClaim(1, longest));
                    wideRing.abort(given);
                    int index = wideRing.tryClaim(1, length);
                    assertTrue(index > 0, length + " bytes");
                    wideRing.buffer().setMemory(index, length, value);
                    wideRing.commit(index);
                    assertEquals(2 * length, wideRing.size());
                    assertEquals(2, wideRing.read((msgTypeId, buffer, at, read) -> {
                        assertEquals(length, read);
                        for (int i = 0; i < read; i++) {
                            assertEquals(value, buffer.getByte(at + i));
                        }
                    }));
                }
            }
            assertEquals(0, wideRing.size());
        }
    }

    @Test
    void removedOneRefusesEverything() {
        fixture.keeper().markRemoved();
        // R15
        assertEquals(Errno.EINVAL,
            assertThrows(ErrnoException.class, () -> ring.write(1, new UnsafeBuffer(new byte[1]), 0, 1)).errno());
        assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> ring.tryClaim(1, 1)).errno());
        assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> ring.read((t, b, i, l) -> {})).errno());
    }
}
