package dev.msqd.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.queue.AsyncCall;
import dev.msqd.queue.QueueFixture;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.Selector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(60)
class MessageQueueTest {
    private static final Selector ANY = Selector.any();
    private static final int MSGMAX = 8192;
    private static final int QBYTES = 16_384;

    private final QueueFixture fixture = new QueueFixture(QBYTES, QueueFixture.SEGMENT_LENGTH, MSGMAX);
    private final MessageQueue queue = open();

    @AfterEach
    void close() {
        fixture.close();
    }

    private MessageQueue open() {
        return new MessageQueue(null, fixture.remoteEndpoint());
    }

    private void assertDepth(long bytes, long messages) {
        assertEquals(new QueueKeeper.Depth(bytes, messages), fixture.keeper().depth());
    }

    private static ErrnoException assertErrno(int errno, Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
        return e;
    }

    private static void assertMentions(String part, Exception e) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private void send(long mtype, String text) {
        queue.send(mtype, bytes(text), 0, text.length());
    }

    private static String tryReceive(MessageQueue from, Selector selector) {
        byte[] room = new byte[MSGMAX];
        int length = from.tryReceive(selector, room, 0, room.length);
        return length == MessageQueue.NONE ? null : from.receivedType() + ":" + new String(room, 0, length, US_ASCII);
    }

    @Test
    void tellsAboutItself() {
        assertEquals(QueueFixture.MSQID, queue.msqid());
        assertEquals(QBYTES, queue.qbytes());
        assertEquals(MSGMAX, queue.maxMessageLength());
        assertFalse(queue.isRemoved());
        fixture.keeper().markRemoved();
        assertTrue(queue.isRemoved());
    }

    // ---- buffers

    @Test
    void byteArraysAreSentAndFilledInTheirMiddle() {
        queue.send(5, bytes("..hello.."), 2, 5);
        assertTrue(queue.trySend(6, bytes("xyz"), 3, 0));
        byte[] room = bytes("123456789");
        assertEquals(5, queue.receive(ANY, room, 3, 6));
        assertEquals("123hello9", new String(room, US_ASCII));
        assertEquals(5, queue.receivedType());
        // R19: empty, which is not none
        assertEquals(0, queue.tryReceive(ANY, room, 0, 9));
        assertEquals(6, queue.receivedType());
        assertEquals(MessageQueue.NONE, queue.tryReceive(ANY, room, 0, 9));
        assertEquals(6, queue.receivedType());
    }

    @Test
    void agronaBuffersAreSentAndFilledInTheirMiddle() {
        ExpandableArrayBuffer source = new ExpandableArrayBuffer();
        source.putBytes(10, bytes("hello"));
        queue.send(5, source, 10, 5);
        assertTrue(queue.trySend(6, source, 10, 4));
        UnsafeBuffer room = new UnsafeBuffer(ByteBuffer.allocateDirect(20));
        assertEquals(5, queue.receive(ANY, room, 7, 13));
        assertEquals("hello", room.getStringWithoutLengthAscii(7, 5));
        assertEquals(4, queue.tryReceive(ANY, room, 16, 4));
        assertEquals("hell", room.getStringWithoutLengthAscii(16, 4));
    }

    @Test
    void byteBuffersKeepTheirPositionWhenSentAndMoveItWhenFilled() {
        for (ByteBuffer source : List.of(ByteBuffer.allocate(20), ByteBuffer.allocateDirect(20),
            ByteBuffer.allocate(30).slice(5, 20))) {
            source.put(3, bytes("hello")).position(3).limit(8);
            queue.send(5, source);
            assertTrue(queue.trySend(5, source.asReadOnlyBuffer()));
            assertEquals(3, source.position());
            for (ByteBuffer room : List.of(ByteBuffer.allocate(20), ByteBuffer.allocateDirect(20).slice(1, 12))) {
                room.position(4).limit(10);
                assertEquals(5, queue.receive(ANY, room));
                assertEquals(9, room.position());
                assertEquals("hello", US_ASCII.decode(room.flip().position(4)).toString());
            }
        }
        ByteBuffer room = ByteBuffer.allocate(5).position(2);
        assertEquals(MessageQueue.NONE, queue.tryReceive(ANY, room));
        assertEquals(2, room.position());
        assertDepth(0, 0);
    }

    @Test
    void memorySegmentsAreSentWholeAndFilledFromTheirBeginning() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment off = arena.allocateFrom("hello", US_ASCII).asSlice(0, 5);
            MemorySegment on = MemorySegment.ofArray(bytes("..hello")).asSlice(2);
            for (MemorySegment source : List.of(off, on, off.asReadOnly())) {
                queue.send(5, source);
                assertTrue(queue.trySend(6, source));
                MemorySegment room = arena.allocate(9);
                assertEquals(5, queue.receive(ANY, room));
                assertEquals("hello", room.getString(0, US_ASCII));
                byte[] array = new byte[9];
                assertEquals(5, queue.tryReceive(ANY, MemorySegment.ofArray(array).asSlice(3)));
                assertEquals("hello", new String(array, 3, 5, US_ASCII));
            }
            assertEquals(MessageQueue.NONE, queue.tryReceive(ANY, off));
        }
    }

    @Test
    void readOnlySegmentOnTheHeapIsSent() {
        assertTrue(queue.trySend(5, MemorySegment.ofArray(bytes("hello")).asReadOnly()));
        assertEquals("5:hello", tryReceive(queue, ANY));
    }

    @Test
    void memoryThatCannotBeWrittenIsRefusedBeforeAMessageIsTouched() {
        send(5, "hello");
        // R36
        assertErrno(Errno.EFAULT, () -> queue.tryReceive(ANY, ByteBuffer.allocate(9).asReadOnlyBuffer()));
        assertErrno(Errno.EFAULT, () -> queue.tryReceive(ANY, MemorySegment.ofArray(new byte[9]).asReadOnly()));
        assertErrno(Errno.EFAULT, () -> queue.tryReceive(ANY, MemorySegment.ofArray(new long[9])));
        assertErrno(Errno.EFAULT, () -> queue.tryReceive(ANY, Arena.ofAuto().allocate(9).asReadOnly()));
        MemorySegment closed;
        try (Arena arena = Arena.ofConfined()) {
            closed = arena.allocate(9);
        }
        assertErrno(Errno.EFAULT, () -> queue.tryReceive(ANY, closed));
        // R17
        assertErrno(Errno.EFAULT, () -> queue.trySend(1, closed));
        assertDepth(5, 1);
        assertEquals("5:hello", tryReceive(queue, ANY));
    }

    @Test
    void roomOutOfBoundsLeavesTheMessageInItsPlace() {
        send(5, "hello");
        send(5, "world");
        UnsafeBuffer room = new UnsafeBuffer(new byte[4]);
        // R36
        assertThrows(IndexOutOfBoundsException.class, () -> queue.tryReceive(ANY, room, 0, 100));
        assertThrows(IndexOutOfBoundsException.class, () -> queue.tryReceive(ANY, room, -1, 5));
        assertThrows(NullPointerException.class, () -> queue.tryReceive(ANY, (UnsafeBuffer) null, 0, 5));
        assertDepth(10, 2);
        assertEquals("5:hello", tryReceive(open(), ANY));
        assertEquals("5:world", tryReceive(queue, ANY));
    }

    /** As memory of a file that was cut short behaves. */
    @Test
    void errorInCopyingOutLeavesTheMessageInItsPlace() {
        // What is counted is taken, copied and then consumed.
        fixture.system().set(MSGMAX, 2);
        send(5, "hello");
        send(6, "world");
        Error error = new InternalError("a fault occurred in an unsafe memory access operation");
        ExpandableArrayBuffer room = new ExpandableArrayBuffer() {
            @Override
            public void putBytes(int index, DirectBuffer src, int srcIndex, int length) {
                throw error;
            }
        };
        // R36
        assertSame(error, assertThrows(Error.class, () -> queue.tryReceive(ANY, room, 0, 5)));
        assertDepth(10, 2);
        assertEquals("5:hello", tryReceive(open(), ANY));
        assertEquals("6:world", tryReceive(queue, ANY));
    }

    @Test
    void sourceOutOfBoundsSendsNothing() {
        byte[] array = new byte[10];
        UnsafeBuffer buffer = new UnsafeBuffer(array);
        assertThrows(RuntimeException.class, () -> queue.trySend(1, buffer, 5, 6));
        assertThrows(RuntimeException.class, () -> queue.trySend(1, buffer, -1, 6));
        assertThrows(RuntimeException.class, () -> queue.trySend(1, array, 5, 6));
        assertThrows(RuntimeException.class, () -> queue.tryReceive(ANY, array, 5, 6));
        assertDepth(0, 0);
        assertEquals(0, fixture.state().lspid());
    }

    // ---- lengths, types, limits

    @Test
    void lengthAndTypeAreCheckedAndNamed() {
        byte[] array = new byte[MSGMAX + 1];
        UnsafeBuffer buffer = new UnsafeBuffer(array);
        // R17, R18, R20
        assertMentions("8192", assertErrno(Errno.EINVAL, () -> queue.trySend(1, buffer, 0, MSGMAX + 1)));
        assertErrno(Errno.EINVAL, () -> queue.trySend(1, array, 0, MSGMAX + 1));
        assertErrno(Errno.EINVAL, () -> queue.trySend(1, buffer, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.trySend(1, array, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.send(1, array, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.send(1, array, 0, -1, 1, TimeUnit.SECONDS));
        assertErrno(Errno.EINVAL, () -> queue.trySend(0, buffer, 0, 1));
        assertErrno(Errno.EINVAL, () -> queue.trySend(-1, buffer, 0, 1));
        assertErrno(Errno.EINVAL, () -> queue.tryClaim(0, 1, new MessageClaim()));
        assertErrno(Errno.EINVAL, () -> queue.tryClaim(1, MSGMAX + 1, new MessageClaim()));
        assertErrno(Errno.EINVAL, () -> queue.tryClaim(1, -1, new MessageClaim()));
        assertMentions("msgmax", assertErrno(Errno.EINVAL, () -> queue.trySend(0, buffer, 0, MSGMAX + 1)));
        // R35
        assertErrno(Errno.EINVAL, () -> queue.tryReceive(ANY, buffer, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.tryReceive(ANY, array, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.receive(ANY, array, 0, -1));
        assertErrno(Errno.EINVAL, () -> queue.receive(ANY, array, 0, -1, 1, TimeUnit.SECONDS));
        assertDepth(0, 0);
        // R18, R20
        assertTrue(queue.trySend(Long.MAX_VALUE, buffer, 0, MSGMAX));
        assertEquals(MSGMAX, queue.tryReceive(ANY, array, 0, MSGMAX));
        assertEquals(Long.MAX_VALUE, queue.receivedType());
    }

    @Test
    void fullQueueSaysNo() {
        byte[] message = new byte[MSGMAX];
        UnsafeBuffer buffer = new UnsafeBuffer(message);
        queue.send(1, message, 0, MSGMAX);
        assertTrue(queue.send(1, message, 0, MSGMAX, 1, TimeUnit.DAYS));
        // R21
        assertFalse(queue.trySend(1, message, 0, 1));
        assertFalse(queue.trySend(1, buffer, 0, 1));
        assertFalse(queue.trySend(1, ByteBuffer.allocate(1)));
        assertFalse(queue.trySend(1, MemorySegment.ofArray(new byte[1])));
        assertFalse(queue.tryClaim(1, 1, new MessageClaim()));
        assertFalse(queue.send(1, message, 0, 1, 1, TimeUnit.MILLISECONDS));
        assertFalse(queue.send(1, buffer, 0, 1, 0, TimeUnit.DAYS));
        assertFalse(queue.send(1, buffer, 0, 1, Long.MIN_VALUE, TimeUnit.DAYS));
        assertDepth(QBYTES, 2);
        assertTrue(queue.trySend(1, message, 0, 0));
    }

    @Test
    void emptyQueueSaysNo() {
        byte[] room = new byte[10];
        assertEquals(MessageQueue.NONE, queue.receive(ANY, room, 0, 10, 1, TimeUnit.MILLISECONDS));
        assertEquals(MessageQueue.NONE, queue.receive(ANY, new UnsafeBuffer(room), 0, 10, 0, TimeUnit.DAYS));
        assertFalse(queue.receive(ANY, (mtype, buffer, offset, length) -> {}, 1, TimeUnit.MILLISECONDS));
        assertFalse(queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {}));
        assertFalse(queue.browse(0, (mtype, buffer, offset, length) -> {}));
    }

    @Test
    void tooBigIsAnErrorAndTheMessageKeepsItsPlace() {
        send(5, "hello");
        send(5, "x");
        byte[] room = new byte[10];
        // R41
        assertMentions("4 bytes", assertErrno(Errno.E2BIG, () -> queue.tryReceive(ANY, room, 0, 4)));
        assertErrno(Errno.E2BIG, () -> queue.receive(ANY, ByteBuffer.wrap(room, 3, 4)));
        assertErrno(Errno.E2BIG, () -> queue.receive(ANY, MemorySegment.ofArray(room).asSlice(0, 4)));
        assertDepth(6, 2);
        assertEquals(5, queue.receive(ANY, room, 0, 5));
        assertEquals("5:x", tryReceive(queue, ANY));
    }

    // ---- in place

    @Test
    void handlerReadsInPlace() {
        send(5, "hello");
        send(6, "world");
        List<String> seen = new ArrayList<>();
        MessageHandler handler =
            (mtype, buffer, offset, length) -> seen
                .add(mtype + ":" + buffer.getStringWithoutLengthAscii(offset, length));
        assertTrue(queue.tryReceive(Selector.type(6), handler));
        assertEquals(6, queue.receivedType());
        queue.receive(ANY, handler);
        assertEquals(5, queue.receivedType());
        assertFalse(queue.tryReceive(ANY, handler));
        assertEquals(List.of("6:world", "5:hello"), seen);
        assertDepth(0, 0);
    }

    @Test
    void handlerThatThrowsLeavesTheMessageInItsPlace() {
        send(5, "a");
        send(5, "b");
        send(6, "c");
        for (Throwable thrown : List.of(new IllegalStateException("no"), new StackOverflowError())) {
            Throwable caught = assertThrows(Throwable.class,
                () -> queue.tryReceive(Selector.type(5), (mtype, buffer, offset, length) -> sneak(thrown)));
            assertSame(thrown, caught);
        }
        assertDepth(3, 3);
        // Nothing was received.
        assertEquals(0, fixture.state().lrpid());
        // In the same order for everybody, the one whose handler threw included.
        MessageQueue other = open();
        assertEquals("5:a", tryReceive(other, ANY));
        assertEquals("5:b", tryReceive(queue, Selector.type(5)));
        assertEquals("6:c", tryReceive(other, ANY));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void handlerThatThrowsWakesTheNextReceiver() throws Exception {
        MessageQueue other = open();
        List<AsyncCall<String>> calls = new ArrayList<>();
        send(5, "a");
        assertThrows(IllegalStateException.class, () -> queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {
            // While it is in hand nobody else gets it.
            calls.add(AsyncCall.start(() -> {
                String[] seen = new String[1];
                other.receive(ANY, (t, b, o, l) -> seen[0] = b.getStringWithoutLengthAscii(o, l));
                return seen[0];
            }));
            awaitAsleep(other);
            throw new IllegalStateException();
        }));
        assertEquals("a", calls.getFirst().result());
        assertDepth(0, 0);
    }

    private static void awaitAsleep(MessageQueue queue) {
        try {
            QueueFixture.awaitAsleep(queue.endpoint());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void handlerMaySend() {
        fixture.limit(2);
        send(1, "a");
        assertTrue(queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {
            // The message being read still has its room.
            assertTrue(queue.trySend(2, bytes("b"), 0, 1));
            assertFalse(queue.trySend(3, bytes("c"), 0, 1));
            assertEquals("a", buffer.getStringWithoutLengthAscii(offset, length));
            assertDepth(2, 2);
        }));
        assertDepth(1, 1);
        assertEquals("2:b", tryReceive(queue, ANY));
    }

    @Test
    void handlerMayForwardFarBeyondTheSegment() {
        fixture.limit(1 << 20);
        byte[] large = new byte[MSGMAX];
        send(1, "a");
        assertTrue(queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {
            for (int i = 0; i < 100; i++) {
                queue.send(2, buffer, offset, length);
                queue.send(3, large, 0, MSGMAX);
            }
            assertEquals("a", buffer.getStringWithoutLengthAscii(offset, length));
        }));
        for (int i = 0; i < 100; i++) {
            assertEquals("2:a", tryReceive(queue, Selector.type(2)));
            assertEquals(MSGMAX, queue.tryReceive(ANY, large, 0, MSGMAX));
        }
        assertDepth(0, 0);
    }

    @Test
    void handlerMayNotReceive() throws Exception {
        send(1, "a");
        send(2, "b");
        assertThrows(IllegalStateException.class, () -> queue.tryReceive(ANY,
            (mtype, buffer, offset, length) -> queue.tryReceive(ANY, new byte[10], 0, 10)));
        assertThrows(IllegalStateException.class, () -> queue.tryReceive(ANY,
            (mtype, buffer, offset, length) -> queue.browse(0, (t, b, o, l) -> {})));
        assertEquals("1:a", tryReceive(queue, ANY));
        assertEquals("2:b", tryReceive(queue, ANY));
        // The refused calls are over: nobody has to wait for them.
        AsyncCall<Void> closing = AsyncCall.start(() -> {
            queue.close();
            return null;
        });
        closing.result();
    }

    @Test
    void closeByAHandlerTakesEffectAfterIt() {
        send(1, "a");
        send(1, "b");
        MessageQueue other = open();
        assertTrue(queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {
            queue.close();
            assertEquals("a", buffer.getStringWithoutLengthAscii(offset, length));
            assertErrno(Errno.EINVAL, () -> send(1, "c"));
        }));
        assertErrno(Errno.EINVAL, () -> tryReceive(queue, ANY));
        assertDepth(1, 1);
        assertEquals("1:b", tryReceive(other, ANY));
    }

    @Test
    void closeByAHandlerThatThrowsLeavesTheMessageInItsPlace() {
        send(1, "a");
        MessageQueue other = open();
        assertThrows(IllegalStateException.class, () -> queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {
            queue.close();
            throw new IllegalStateException();
        }));
        assertDepth(1, 1);
        assertEquals("1:a", tryReceive(other, ANY));
    }

    @Test
    void handlerSeesOnlyMessagesThatAreInItsHand() throws Exception {
        for (int round = 0; round < 200; round++) {
            MessageQueue doomed = open();
            AsyncCall<Boolean> call = AsyncCall.start(() -> doomed.receive(ANY, (mtype, buffer, offset, length) -> {
                // What has gone back to its place is somebody else's, and its memory may be gone.
                assertEquals("hello", buffer.getStringWithoutLengthAscii(offset, length));
            }, 1, TimeUnit.DAYS));
            QueueFixture.awaitAsleep(doomed.endpoint());
            send(7, "hello");
            doomed.close();
            boolean received = !call.failedWith(Errno.EINVAL) && call.result();
            assertEquals(received ? null : "7:hello", tryReceive(queue, ANY), "round " + round);
        }
    }

    @Test
    void browsingTakesNothing() {
        send(5, "a");
        send(6, "b");
        List<String> seen = new ArrayList<>();
        MessageHandler handler =
            (mtype, buffer, offset, length) -> seen
                .add(mtype + ":" + buffer.getStringWithoutLengthAscii(offset, length));
        // R44
        assertTrue(queue.browse(1, handler));
        assertTrue(queue.browse(0, handler));
        assertFalse(queue.browse(2, handler));
        assertFalse(queue.browse(-1, handler));
        assertThrows(IllegalStateException.class, () -> queue.browse(0, (mtype, buffer, offset, length) -> {
            throw new IllegalStateException();
        }));
        assertEquals(List.of("6:b", "5:a"), seen);
        assertDepth(2, 2);
    }

    // ---- claims

    @Test
    void claimIsWrittenInPlaceAndCommitted() {
        MessageClaim claim = new MessageClaim();
        assertEquals(0, claim.buffer().capacity());
        assertTrue(queue.tryClaim(Long.MAX_VALUE, 5, claim));
        assertEquals(5, claim.buffer().capacity());
        claim.buffer().putBytes(0, bytes("hello"));
        assertEquals(null, tryReceive(queue, ANY));
        claim.commit();
        assertEquals(0, claim.buffer().capacity());
        assertEquals(Long.MAX_VALUE + ":hello", tryReceive(queue, ANY));
        assertTrue(queue.tryClaim(3, 0, claim));
        claim.commit();
        assertEquals("3:", tryReceive(queue, ANY));
    }

    @Test
    void abortedClaimGivesItsRoomBack() {
        fixture.limit(5);
        MessageClaim claim = new MessageClaim();
        assertTrue(queue.tryClaim(1, 5, claim));
        assertFalse(queue.trySend(1, bytes("x"), 0, 1));
        claim.abort();
        assertDepth(0, 0);
        assertEquals(null, tryReceive(queue, ANY));
        send(1, "hello");
        assertEquals("1:hello", tryReceive(queue, ANY));
    }

    @Test
    void claimThatNobodyCanBeToldOfIsGivenUp() {
        assertThrows(NullPointerException.class, () -> queue.tryClaim(5, 3, null));
        assertDepth(0, 0);
    }

    @Test
    void claimIsFinishedOnce() {
        MessageClaim claim = new MessageClaim();
        assertThrows(IllegalStateException.class, claim::commit);
        assertThrows(IllegalStateException.class, claim::abort);
        assertTrue(queue.tryClaim(1, 1, claim));
        claim.commit();
        assertThrows(IllegalStateException.class, claim::commit);
        assertThrows(IllegalStateException.class, claim::abort);
        assertTrue(queue.tryClaim(1, 1, claim));
        claim.abort();
        assertThrows(IllegalStateException.class, claim::commit);
        assertDepth(1, 1);
    }

    @Test
    void claimsArePassedByUntilTheyAreCommittedInAnyOrder() {
        MessageClaim first = new MessageClaim();
        MessageClaim second = new MessageClaim();
        assertTrue(queue.tryClaim(1, 1, first));
        assertTrue(queue.tryClaim(1, 1, second));
        send(1, "c");
        MessageQueue other = open();
        assertEquals("1:c", tryReceive(other, Selector.upTo(5)));
        second.buffer().putByte(0, (byte) 'b');
        second.commit();
        first.buffer().putByte(0, (byte) 'a');
        first.commit();
        assertEquals("1:a", tryReceive(other, ANY));
        assertEquals("1:b", tryReceive(other, ANY));
        assertDepth(0, 0);
    }

    @Test
    void claimsAtTheSegmentsEndWaitForTheOpenOnes() {
        fixture.limit(1 << 20);
        MessageClaim first = new MessageClaim();
        MessageClaim second = new MessageClaim();
        int segments = 5;
        int length = 1160; // an odd number of them fits a segment, so that the last is claimed first of two
        int claimed = 0;
        int refused = 0;
        while (refused < segments) {
            assertTrue(queue.tryClaim(1, length, first), "alone there is always room");
            first.buffer().putInt(0, claimed++);
            if (queue.tryClaim(1, length, second)) {
                second.buffer().putInt(0, claimed++);
                second.commit();
            } else {
                refused++;
            }
            first.commit();
        }
        UnsafeBuffer room = new UnsafeBuffer(new byte[length]);
        for (int number = 0; number < claimed; number++) {
            assertEquals(length, queue.tryReceive(ANY, room, 0, length));
            assertEquals(number, room.getInt(0));
        }
        assertDepth(0, 0);
    }

    @Test
    void claimOfAClosedQueueIsGivenUp() {
        MessageClaim claim = new MessageClaim();
        MessageQueue other = open();
        assertTrue(other.tryClaim(1, 100, claim));
        other.close();
        assertDepth(0, 0);
        assertErrno(Errno.EINVAL, claim::commit);
        assertEquals(null, tryReceive(queue, ANY));
    }

    // ---- errors

    @Test
    void closedOneRefusesEveryCall() {
        queue.close();
        queue.close();
        byte[] array = new byte[1];
        assertErrno(Errno.EINVAL, () -> queue.send(1, array, 0, 1));
        assertErrno(Errno.EINVAL, () -> queue.trySend(1, ByteBuffer.wrap(array)));
        assertErrno(Errno.EINVAL, () -> queue.tryClaim(1, 1, new MessageClaim()));
        assertErrno(Errno.EINVAL, () -> queue.receive(ANY, array, 0, 1));
        assertErrno(Errno.EINVAL, () -> queue.tryReceive(ANY, (mtype, buffer, offset, length) -> {}));
        assertErrno(Errno.EINVAL, () -> queue.browse(0, (mtype, buffer, offset, length) -> {}));
    }

    @Test
    void closeFromAnotherThreadEndsASleep() throws Exception {
        AsyncCall<Integer> call = AsyncCall.start(() -> queue.receive(ANY, new byte[1], 0, 1));
        QueueFixture.awaitAsleep(queue.endpoint());
        queue.close();
        call.assertFailed(Errno.EINVAL);
    }

    @Test
    void removedQueueRefusesEveryCall() throws Exception {
        AsyncCall<Integer> call = AsyncCall.start(() -> queue.receive(ANY, new byte[1], 0, 1));
        QueueFixture.awaitAsleep(queue.endpoint());
        fixture.keeper().markRemoved();
        // R54
        call.assertFailed(Errno.EIDRM);
        // R15
        assertErrno(Errno.EINVAL, () -> send(1, "x"));
        assertErrno(Errno.EINVAL, () -> tryReceive(queue, ANY));
    }

    @Test
    void withoutTheRightThereIsEacces() {
        MessageQueue reader = new MessageQueue(null, fixture.remoteEndpoint(state -> Access.READ));
        MessageQueue writer = new MessageQueue(null, fixture.remoteEndpoint(state -> Access.WRITE));
        writer.send(1, bytes("a"), 0, 1);
        assertErrno(Errno.EACCES, () -> reader.trySend(1, bytes("a"), 0, 1));
        assertErrno(Errno.EACCES, () -> reader.tryClaim(1, 1, new MessageClaim()));
        assertErrno(Errno.EACCES, () -> tryReceive(writer, ANY));
        assertErrno(Errno.EACCES, () -> writer.browse(0, (mtype, buffer, offset, length) -> {}));
        fixture.limit(0);
        // R24: before EAGAIN
        assertErrno(Errno.EACCES, () -> reader.trySend(1, bytes("a"), 0, 1));
        assertEquals("1:a", tryReceive(reader, ANY));
        assertArrayEquals(new long[] {QueueFixture.pid(3), QueueFixture.pid(2)},
            new long[] {fixture.state().lspid(), fixture.state().lrpid()});
    }
}
