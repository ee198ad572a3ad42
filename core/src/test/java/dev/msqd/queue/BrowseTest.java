package dev.msqd.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One walk over what is queued, as so many MSG_COPYs. */
@Timeout(60)
class BrowseTest {
    private static final int MANY = 20_000;

    private final QueueFixture queue = new QueueFixture(4 << 20);
    private final Peer peer = new Peer(queue.remoteEndpoint());
    private final Peer browsing = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    private List<String> browse(Selector wanted, long max) {
        List<String> seen = new ArrayList<>();
        long count = browsing.endpoint.receiver().browse(wanted, max, (position, mtype, buffer, offset, length) -> {
            byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            seen.add(mtype + ":" + new String(bytes, US_ASCII));
        });
        assertEquals(seen.size(), count);
        return seen;
    }

    /** R44: the same messages as one MSG_COPY after the other, in the same order, and nothing is changed. */
    @Test
    void seesWhatMsgCopySees() throws Exception {
        assertEquals(List.of(), browse(Selector.any(), Long.MAX_VALUE));
        for (int i = 0; i < 100; i++) {
            assertTrue(peer.trySend(1 + i % 7, "m" + i));
        }
        assertEquals("3:m2", peer.tryReceive(Selector.type(3)));
        assertEquals("1:m0", peer.tryReceive(Selector.any()));
        long lastSend = queue.state().lastSend();
        long lastReceive = queue.state().lastReceive();
        List<String> expected = new ArrayList<>();
        while (peer.endpoint.receiver().browse(expected.size()) == Receiver.TAKEN) {
            expected.add(peer.message());
        }
        assertEquals(98, expected.size());
        assertEquals(expected, browse(Selector.any(), Long.MAX_VALUE));
        assertEquals(expected.subList(0, 5), browse(Selector.any(), 5));
        assertEquals(expected.stream().filter(text -> text.startsWith("4:")).toList(),
            browse(Selector.type(4), Long.MAX_VALUE));
        assertEquals(expected.stream().filter(text -> !text.startsWith("4:")).toList(),
            browse(Selector.except(4), Long.MAX_VALUE));
        assertEquals(expected.stream().filter(text -> text.charAt(0) <= '2').toList(),
            browse(Selector.upTo(2), Long.MAX_VALUE));
        assertEquals(98, queue.messages());
        assertEquals(lastSend, queue.state().lastSend());
        assertEquals(lastReceive, queue.state().lastReceive());
        List<String> received = new ArrayList<>();
        for (String next = browsing.tryReceive(Selector.any()); next != null;
            next = browsing.tryReceive(Selector.any())) {
            received.add(next);
        }
        assertEquals(expected, received);
    }

    /** Over many segments, each message once, in ascending order. */
    @Test
    void walksOverMany() {
        for (int i = 0; i < MANY; i++) {
            assertTrue(peer.trySend(1, "message " + i));
        }
        long[] next = {0};
        long[] last = {-1};
        long count =
            browsing.endpoint.receiver().browse(Selector.any(), Long.MAX_VALUE, (position, mtype, buffer, offset,
                length) -> {
                assertEquals("message " + next[0]++, buffer.getStringWithoutLengthAscii(offset, length));
                assertTrue(position > last[0]);
                last[0] = position;
            });
        assertEquals(MANY, count);
    }

    /** What is sent meanwhile is not seen, and what is received meanwhile does no harm. */
    @Test
    void endsThoughOthersGoOn() {
        for (int i = 0; i < 10; i++) {
            assertTrue(peer.trySend(1, "m" + i));
        }
        List<String> seen = new ArrayList<>();
        long count = browsing.endpoint.receiver().browse(Selector.any(), Long.MAX_VALUE,
            (position, mtype, buffer, offset, length) -> {
                seen.add(buffer.getStringWithoutLengthAscii(offset, length));
                peer.tryReceive(Selector.any());
                assertTrue(peer.trySend(1, "new"));
            });
        assertEquals(seen.size(), count);
        // The first is read before it is received; of the others every second is gone when the walk comes to it.
        assertEquals("m0", seen.getFirst());
        assertTrue(seen.stream().allMatch(text -> text.startsWith("m")), seen::toString);
        assertEquals(10, queue.messages());
    }

    /** R60's read permission, R15; a browser that uses the endpoint is refused. */
    @Test
    void isRefused() {
        assertTrue(peer.trySend(1, "x"));
        assertThrows(IllegalStateException.class, () -> browsing.endpoint.receiver().browse(Selector.any(), 1,
            (position, mtype, buffer, offset, length) -> browsing.tryReceive(Selector.any())));
        assertEquals(List.of("1:x"), browse(Selector.any(), 1));
        Endpoint writer = queue.remoteEndpoint(state -> Rules.WRITE);
        assertEquals(Errno.EACCES, assertThrows(ErrnoException.class,
            () -> writer.receiver().browse(Selector.any(), 1, (position, mtype, buffer, offset, length) -> {}))
            .errno());
        queue.keeper().markRemoved();
        assertEquals(Errno.EINVAL,
            assertThrows(ErrnoException.class, () -> browse(Selector.any(), 1)).errno());
    }
}
