package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.Appender;
import dev.msqd.log.QueueMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that are longer than a segment of their queue. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LongMessageTest {
    private static final int SEGMENT_LENGTH = QueueMemory.MIN_SEGMENT_LENGTH;
    private static final int LONGEST = 40 * SEGMENT_LENGTH;
    private static final String LONG = "x".repeat(LONGEST);
    private static final int BLOCK = 512;

    @AutoClose
    private final QueueFixture queue = new QueueFixture(LONGEST + 10, SEGMENT_LENGTH, LONGEST);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    /** R20: msgmax decides, not the segments; and it may be changed at any time. */
    @Test
    void msgmaxMayBeRaisedAndLowered() {
        assertEquals(LONGEST, sender.endpoint.sender().maxMessageLength());
        assertEquals(Errno.EINVAL,
            assertThrows(ErrnoException.class, () -> sender.trySend(1, LONG + "y")).errno());
        queue.system().set(LONGEST + 1, 0);
        assertTrue(sender.trySend(1, LONG + "y"));
        queue.system().set(10, 0);
        // R77
        assertEquals("1:" + LONG + "y", receiver.tryReceive(Selector.any()));
        queue.system().set(Long.MAX_VALUE, 0);
        assertEquals(Appender.MAX_PAYLOAD_LENGTH, sender.endpoint.sender().maxMessageLength());
        int tooLong = Appender.MAX_PAYLOAD_LENGTH + 1;
        UnsafeBuffer source = new UnsafeBuffer(new byte[0]);
        ErrnoException e = assertThrows(ErrnoException.class,
            () -> sender.endpoint.sender().send(1, source, 0, tooLong, 0));
        assertEquals(Errno.EINVAL, e.errno());
        assertTrue(e.getMessage().contains("536870912"), e.getMessage());
    }

    /** R22, R30. */
    @Test
    void aLongOneWaitsForRoom() throws Exception {
        assertTrue(sender.trySend(1, "short, but too much"));
        assertFalse(sender.trySend(1, LONG));
        AsyncCall<Boolean> send = sender.startSend(1, LONG);
        sender.awaitAsleep();
        assertEquals("1:short, but too much", receiver.tryReceive(Selector.any()));
        assertTrue(send.result());
        assertEquals("1:" + LONG, receiver.tryReceive(Selector.any()));
        assertEquals(0, queue.messages());
    }

    /** R49, R51. */
    @Test
    void aLongOneIsHandedOver() throws Exception {
        AsyncCall<String> receive = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        assertTrue(sender.trySend(7, LONG));
        assertEquals("7:" + LONG, receive.result());
        receive = receiver.startReceive(Selector.any(), LONGEST - 1);
        receiver.awaitAsleep();
        assertTrue(sender.trySend(7, LONG));
        assertEquals(Peer.E2BIG, receive.result());
        assertEquals("7:" + LONG, receiver.tryReceive(Selector.any()));
        assertEquals(0, queue.messages());
    }

    /** Selected by type and browsed, from behind others and before others (R38, R40, R44). */
    @Test
    void longOnesAreSelected() {
        queue.limit(4L * LONGEST);
        assertTrue(sender.trySend(5, "a"));
        assertTrue(sender.trySend(4, LONG));
        assertTrue(sender.trySend(3, "c"));
        assertTrue(sender.trySend(2, LONG));
        assertEquals(Receiver.TAKEN, receiver.endpoint.receiver().browse(1));
        assertEquals("4:" + LONG, receiver.message());
        assertEquals("2:" + LONG, receiver.tryReceive(Selector.type(2)));
        assertEquals("3:c", receiver.tryReceive(Selector.upTo(4)));
        assertEquals("4:" + LONG, receiver.tryReceive(Selector.type(4)));
        assertEquals("5:a", receiver.tryReceive(Selector.any()));
    }

    /** While nobody does anything the house is kept: neither the end of the chain nor who sent keeps the memory. */
    @Test
    void memoryIsGivenBackWhenNobodySends() throws Exception {
        assertTrue(sender.trySend(1, "a"));
        assertEquals("1:a", receiver.tryReceive(Selector.any()));
        long before = blocks();
        assertTrue(sender.trySend(1, LONG));
        assertEquals("1:" + LONG, receiver.tryReceive(Selector.any()));
        assertTrue(blocks() > before + LONGEST / BLOCK);

        assertTrue(queue.keeper().keepHouse(1) > 0);
        assertNull(receiver.tryReceive(Selector.any()));
        int rounds = 0;
        while (queue.keeper().keepHouse(1) > 0) {
            assertTrue(++rounds < 10, "it never ends");
        }

        long after = blocks();
        assertTrue(after <= before + 2 * SEGMENT_LENGTH / BLOCK, () -> before + " blocks before, " + after + " after");
        assertTrue(sender.trySend(1, LONG));
        assertEquals("1:" + LONG, receiver.tryReceive(Selector.any()));
    }

    private long blocks() throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", queue.memory().what()).redirectErrorStream(true).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }
}
