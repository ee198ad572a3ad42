package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.SHORTEST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AppenderTest {
    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;

    @BeforeEach
    void join() {
        sender = queue.join();
        receiver = queue.join();
    }

    // ---- records

    @Test
    void aRecordIsClaimedFilledAndCommitted() {
        int offset = sender.appender.claim(5, NO_LIMIT);

        // invariant 1: 0 → {-length, tag} → {length, type}
        long address = sender.appender.address(offset);
        assertEquals(header(-(HEADER_LENGTH + 5), sender.slot.tag()), queue.headerAt(address));
        assertTrue(sender.appender.isClaimed(offset));
        assertTrue(sender.appender.hasOutstanding());
        // invariant 2: 0 is never takeable
        assertFalse(sender.appender.isAvailable(offset));

        sender.fill(offset, 9, Party.payload(3, 5), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(offset, 9));

        assertEquals(header(HEADER_LENGTH + 5, 9), queue.headerAt(address));
        assertTrue(sender.appender.isAvailable(offset));
        assertFalse(sender.appender.isClaimed(offset));
        assertFalse(sender.appender.hasOutstanding());
        queue.assertQueued(5, 1);
    }

    /** R19: from nothing to the longest. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 4095, 4096, LONGEST - 8, LONGEST - 1, LONGEST})
    void everyLengthArrivesWhole(int length) {
        for (int number = 0; number < 5; number++) {
            sender.send(number, length);
        }
        queue.assertQueued(5L * length, 5);
        for (int number = 0; number < 5; number++) {
            receiver.assertReceives(number, length);
        }
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** R18. */
    @ParameterizedTest
    @ValueSource(longs = {1, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, (1L << 32) + 1,
        Long.MAX_VALUE})
    void everyTypeArrivesWhole(long mtype) {
        assertTrue(sender.trySend(mtype, Party.payload(1, 3), NO_LIMIT));

        assertEquals(Cursor.MESSAGE, receiver.cursor.look());
        assertEquals(mtype, receiver.cursor.mtype());
        assertArrayEquals(Party.payload(1, 3), receiver.found());
    }

    /** What an Agrona ring buffer's reader would see. */
    @Test
    void aWideTypeShowsAsTheGreatest() {
        assertTrue(sender.trySend(Integer.MAX_VALUE - 1, Party.payload(1, 3), NO_LIMIT));
        assertTrue(sender.trySend(Long.MAX_VALUE, Party.payload(1, 3), NO_LIMIT));

        assertEquals(Integer.MAX_VALUE - 1, RecordDescriptor.type(queue.headerAt(0)));
        assertEquals(Integer.MAX_VALUE, RecordDescriptor.type(queue.headerAt(SHORTEST)));
    }

    // ---- the end of a segment

    /** How many bytes are left when the second message comes; it needs twice a line. */
    @ParameterizedTest
    @ValueSource(ints = {0, SHORTEST})
    void aSegmentIsSealedWhereTheNextRecordDoesNotFit(int left) {
        sender.send(0, LONGEST - left);
        sender.send(1, 40);

        long last = SEGMENT_LENGTH - left;
        if (left > 0) {
            assertEquals(header(left, PADDING_TYPE), queue.headerAt(last));
        }
        // the second begins a segment of its own
        assertEquals(header(72, 1), queue.headerAt(SEGMENT_LENGTH));
        assertEquals(2, SegmentLink.number(queue.table().tail()));
        queue.assertQueued(LONGEST - left + 40, 2);
        receiver.assertReceives(0, LONGEST - left);
        receiver.assertReceives(1, 40);
        receiver.assertReceivesNothing();
    }

    /** The last record ends exactly where its segment ends: nothing is sealed, no segment is made ahead. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 100})
    void aRecordMayEndWhereItsSegmentEnds(int length) {
        int size = RecordDescriptor.aligned(HEADER_LENGTH + length);
        sender.send(0, LONGEST - size);
        sender.send(1, length);

        assertEquals(header(HEADER_LENGTH + length, 1), queue.headerAt(SEGMENT_LENGTH - size));
        assertEquals(1, SegmentLink.number(queue.table().tail()));
        assertEquals(1, queue.table().placeLimit());
        receiver.assertReceives(0, LONGEST - size);
        receiver.assertReceives(1, length);
        // the end of the chain at the end of a segment, seen by a cursor and by a newcomer
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);

        sender.send(2, length);
        receiver.assertReceives(2, length);
        queue.assertQueued(0, 0);
    }

    /** Invariant 5: with many lengths, so that segments end in every way there is. */
    @Test
    void totalsGoOnAcrossSegments() {
        Random random = new Random(1);
        long bytes = 0;
        Party[] senders = {sender, queue.join(), queue.join()};
        for (int number = 0; number < 2000; number++) {
            int length = random.nextInt(10) == 0 ? random.nextInt(LONGEST + 1) : random.nextInt(200);
            senders[random.nextInt(senders.length)].send(number, length);
            bytes += length;
        }
        assertTrue(SegmentLink.number(queue.table().tail()) > 100);
        queue.assertQueued(bytes, 2000);

        random = new Random(1);
        for (int number = 0; number < 2000; number++) {
            int length = random.nextInt(10) == 0 ? random.nextInt(LONGEST + 1) : random.nextInt(200);
            random.nextInt(senders.length);
            receiver.assertReceives(number, length);
        }
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** A newcomer begins near the end, by the hint, and knows what was sent before all the same. */
    @Test
    void aNewcomerKnowsTheTotal() {
        for (int number = 0; number < 200; number++) {
            sender.send(number, 30);
            Party newcomer = queue.join();
            assertEquals((number + 1) * Quantity.ofMessage(30), newcomer.appender.live());
            assertEquals(sender.appender.endPosition(), newcomer.appender.endPosition());
            queue.leave(newcomer);
        }
        int hint = queue.table().appendHint(0, SEGMENT_LENGTH);
        // invariant 1: what the hint names is a committed record
        assertTrue(hint > 4096 && hint < 200 * SHORTEST, () -> "hint " + hint);
        assertEquals(header(HEADER_LENGTH + 30, 1), queue.headerAt(hint));
        assertEquals(hint / SHORTEST * Quantity.ofMessage(30),
            queue.memory().segment(0).getLong(hint + RecordDescriptor.TOTAL_OFFSET));
    }

    @Test
    void nothingIsQueuedBeforeTheFirstSend() {
        assertEquals(0, sender.appender.live());
        assertEquals(0, sender.appender.endPosition());
        assertEquals(SegmentLink.NONE, queue.table().head());
        assertEquals(0, queue.table().placeLimit());
        queue.assertQueued(0, 0);
    }

    // ---- the limit

    /** R21, R22, R23. */
    @Test
    void theLimitCountsBytesAndMessages() {
        assertFalse(sender.trySend(0, 0, 0));
        assertFalse(sender.trySend(0, 11, 10));
        for (int number = 0; number < 10; number++) {
            assertTrue(sender.trySend(number, 0, 10));
        }
        assertFalse(sender.trySend(10, 0, 10));
        queue.assertQueued(0, 10);

        receiver.assertReceives(0, 0);
        assertTrue(sender.trySend(10, 9, 10));
        assertFalse(sender.trySend(11, 0, 10));
        receiver.assertReceives(1, 0);
        // R32: a small one passes where a larger does not
        assertFalse(sender.trySend(11, 2, 10));
        assertTrue(sender.trySend(11, 1, 10));
        queue.assertQueued(10, 10);
    }

    /** R21, R22 against a model; invariant 5: never above the limit, whoever sends and however segments end. */
    @ParameterizedTest
    @ValueSource(longs = {1, 100, 5_000, SEGMENT_LENGTH, 200_000})
    void theLimitIsDecidedRight(long qbytes) {
        Random random = new Random(qbytes);
        Party[] parties = {sender, receiver, queue.join()};
        ArrayDeque<Integer> model = new ArrayDeque<>();
        long bytes = 0;
        int refused = 0;
        for (int step = 0; step < 20_000; step++) {
            Party party = parties[random.nextInt(parties.length)];
            if (random.nextInt(5) < 3) {
                int length = random.nextInt(random.nextInt(20) == 0 ? LONGEST + 1 : (int) Math.min(qbytes + 2, 400));
                boolean fits = bytes + length <= qbytes && model.size() + 1 <= qbytes;
                assertEquals(fits, party.trySend(step, length, qbytes), "step " + step);
                if (fits) {
                    model.add(length);
                    bytes += length;
                } else {
                    refused++;
                }
            } else {
                party.cursor.rewind();
                byte[] payload = party.receive();
                assertEquals(model.isEmpty(), payload == null, "step " + step);
                if (payload != null) {
                    assertEquals(model.remove(), payload.length, "step " + step);
                    bytes -= payload.length;
                }
            }
        }
        assertTrue(refused > 100, "the limit was hardly met: " + refused);
        queue.assertQueued(bytes, model.size());
    }

    @Test
    void aFullQueueIsNotSealed() {
        sender.send(0, LONGEST - SHORTEST);
        long before = queue.headerAt(SEGMENT_LENGTH - SHORTEST);

        assertFalse(sender.trySend(1, 100, LONGEST));

        assertEquals(0, before);
        assertEquals(0, queue.headerAt(SEGMENT_LENGTH - SHORTEST));
        assertEquals(1, queue.table().placeLimit());
    }

    /**
     * Invariant 5. A sender keeps the sum of what was received, and sums again only when the queue seems full. When 16
     * GiB went by, the difference to an old sum means nothing: it may look like that of a nearly empty queue.
     */
    @Test
    void aSumFromBeforeTheTotalsWrappedIsNotBelieved() {
        int limit = 3 * LONGEST;
        sender.send(0, LONGEST);
        // Others sent so much that the total wrapped to a little above zero, and received all of it but a full queue.
        long total = Quantity.ofMessage(8);
        Party other = queue.join();
        long link = other.chain.pinTail(other.slot, SlotDescriptor.APPENDING_PIN);
        other.chain.extend(other.slot, SlotDescriptor.APPENDING_PIN, link, total);
        queue.slotLong(receiver.slot, SlotDescriptor.TOTAL_OFFSET, total - Quantity.ofMessage(limit));
        assertEquals(Quantity.ofMessage(limit), queue.join().appender.live());

        assertFalse(sender.trySend(1, 1, limit), "one that slept believes its old sum");
        assertFalse(queue.join().trySend(1, 1, limit), "a newcomer believes that nothing was ever received");
    }

    // ---- claims

    @Test
    void anAbortedRecordIsDeadAndCountsNoMore() {
        sender.send(0, 10);
        int offset = sender.claim(20);
        long address = sender.appender.address(offset);
        sender.appender.abort(offset);
        sender.send(2, 30);

        // invariant 1
        assertEquals(header(HEADER_LENGTH + 20, DEAD_TYPE), queue.headerAt(address));
        assertFalse(sender.appender.hasOutstanding());
        assertEquals(Quantity.ofMessage(20), sender.slot.total());
        assertEquals(-1, sender.slot.pendingAddress());
        // invariant 5
        queue.assertQueued(40, 2);
        receiver.assertReceives(0, 10);
        receiver.assertReceives(2, 30);
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    @Test
    void whatIsAbortedMakesRoomAgain() {
        for (int round = 0; round < 500; round++) {
            int offset = sender.appender.claim(100, 100);
            assertNotEquals(Appender.FULL, offset, "round " + round);
            assertEquals(Appender.FULL, receiver.appender.claim(1, 100));
            sender.appender.abort(offset);
        }
        queue.assertQueued(0, 0);
    }

    /** A claim counts against the limit at once. */
    @Test
    void whatIsBeingWrittenTakesRoom() {
        int offset = sender.appender.claim(60, 100);
        assertFalse(receiver.trySend(1, 41, 100));
        assertTrue(receiver.trySend(1, 40, 100));
        assertEquals(Quantity.ofMessage(60) + Quantity.ofMessage(40), receiver.appender.live());
        sender.appender.abort(offset);
        assertTrue(receiver.trySend(2, 60, 100));
    }

    /** R49: what was handed to a sleeping receiver takes no room, before the commit and after. */
    @Test
    void whatWasHandedOverTakesNoRoom() {
        int offset = sender.appender.claim(60, 100);
        sender.fill(offset, 1, Party.payload(0, 60), ClaimWord.taken(0, receiver.slot.tag()));
        long word = SlotDescriptor.handed(sender.appender.address(offset));
        receiver.slot.armWaiter(word);
        ArmedSlots.receivers(receiver.memory).set(receiver.slot.index());
        Party other = queue.join();
        assertEquals(Quantity.ofMessage(60), other.chain.handed());

        assertFalse(other.trySend(1, 101, 100));
        assertTrue(other.trySend(1, 50, 100));
        assertTrue(sender.appender.commit(offset, 1));
        assertEquals(Quantity.ofMessage(60), other.chain.handed());
        assertFalse(other.trySend(2, 51, 100));
        assertTrue(other.trySend(2, 50, 100));
        assertFalse(other.trySend(3, 1, 100));

        // the receiver comes round to it: it is received, and takes no room either
        assertEquals(Cursor.MESSAGE, receiver.cursor.lookAtHanded(word));
        assertTrue(receiver.cursor.isTaken());
        receiver.slot.idleWaiter();
        assertEquals(0, other.chain.handed());
        assertTrue(receiver.cursor.consume());
        assertFalse(other.trySend(3, 1, 100));
        queue.assertQueued(100, 2);
    }

    /** R49: nor does it take any between the step that receives it and the one that counts it as received. */
    @Test
    void whatWasHandedOverTakesNoRoomWhileItIsReceived() {
        int offset = sender.appender.claim(60, 100);
        sender.fill(offset, 1, Party.payload(0, 60), ClaimWord.taken(0, receiver.slot.tag()));
        long address = sender.appender.address(offset);
        long word = SlotDescriptor.handed(address);
        receiver.slot.armWaiter(word);
        ArmedSlots.receivers(receiver.memory).set(receiver.slot.index());
        assertTrue(sender.appender.commit(offset, 1));
        Party other = queue.join();
        assertEquals(Cursor.MESSAGE, receiver.cursor.lookAtHanded(word));
        receiver.slot.armWaiter(SlotDescriptor.accepted(word));

        receiver.cursor.intend();
        assertEquals(Quantity.ofMessage(60), other.chain.handed());
        queue.claimAt(address, ClaimWord.consumed(queue.claimAt(address), receiver.slot.tag()));
        assertEquals(Quantity.ofMessage(60), other.chain.handed());
        assertTrue(other.trySend(2, 100, 100));
        assertFalse(other.trySend(3, 1, 100));

        // counted as received, it is not subtracted a second time
        queue.slotLong(receiver.slot, SlotDescriptor.TOTAL_OFFSET, Quantity.ofMessage(60));
        assertEquals(0, other.chain.handed());
        assertFalse(other.trySend(3, 1, 100));
        receiver.slot.endConsuming(true);
        assertEquals(0, other.chain.handed());
        queue.assertQueued(100, 1);
    }

    /** R49: nor while the receiver goes from one word that names it to the other: whoever looks then must not miss it. */
    @Test
    void whatWasHandedOverIsSeenWhileItIsAccepted() throws InterruptedException {
        int offset = sender.appender.claim(60, 100);
        sender.fill(offset, 1, Party.payload(0, 60), ClaimWord.taken(0, receiver.slot.tag()));
        long word = SlotDescriptor.handed(sender.appender.address(offset));
        receiver.slot.armWaiter(word);
        ArmedSlots.receivers(receiver.memory).set(receiver.slot.index());
        assertTrue(sender.appender.commit(offset, 1));
        Party other = queue.join();
        AtomicBoolean over = new AtomicBoolean();
        Thread accepting = new Thread(() -> {
            while (!over.get()) {
                receiver.slot.armWaiter(SlotDescriptor.accepted(word));
                receiver.slot.armWaiter(word);
            }
        });
        accepting.start();
        try {
            for (int look = 0; look < 200_000; look++) {
                assertEquals(Quantity.ofMessage(60), other.chain.handed());
            }
        } finally {
            over.set(true);
            accepting.join();
        }
    }

    @Test
    void severalClaimsAreCommittedInAnyOrder() {
        int first = sender.claim(10);
        int second = sender.claim(20);
        int third = sender.claim(30);
        assertTrue(sender.appender.isClaimed(first) && sender.appender.isClaimed(second));
        assertFalse(sender.appender.isClaimed(second + 8));
        assertFalse(sender.appender.isClaimed(-8));
        assertFalse(sender.appender.isClaimed(SEGMENT_LENGTH - 8));

        sender.fill(third, 1, Party.payload(3, 30), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(third, 1));
        sender.appender.abort(second);
        assertTrue(sender.appender.hasOutstanding());
        receiver.assertReceives(3, 30);
        sender.fill(first, 1, Party.payload(1, 10), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(first, 1));

        assertFalse(sender.appender.hasOutstanding());
        queue.assertQueued(10, 1);
        receiver.cursor.rewind();
        receiver.assertReceives(1, 10);
    }

    /** Repair looks for the claims of the dead in one segment: a sender does not leave it while one is open. */
    @Test
    void aSegmentIsNotLeftWhileAClaimIsOpen() {
        int open = sender.claim(LONGEST - 100);
        assertEquals(Appender.FULL, sender.appender.claim(1000, NO_LIMIT));
        assertEquals(Appender.FULL, sender.appender.claim(0, NO_LIMIT));
        assertEquals(1, queue.table().placeLimit());
        assertEquals(0, sender.appender.place());
        // others go on
        receiver.send(1, 1000);
        assertEquals(2, SegmentLink.number(queue.table().tail()));
        assertEquals(Appender.FULL, sender.appender.claim(0, NO_LIMIT));
        sender.appender.live();
        assertTrue(sender.appender.isClaimed(open));

        sender.fill(open, 1, Party.payload(0, LONGEST - 100), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(open, 1));
        sender.send(2, 1000);

        receiver.assertReceives(0, LONGEST - 100);
        receiver.assertReceives(1, 1000);
        receiver.assertReceives(2, 1000);
        queue.assertQueued(0, 0);
    }

    /** Whoever lets go of a segment lets go of the claims in it: nobody could settle them later. */
    @Test
    void whoLetsGoGivesItsClaimsUp() {
        int first = sender.claim(10);
        long firstAddress = sender.appender.address(first);
        sender.send(1, 7);
        long second = sender.appender.address(sender.claim(20));

        queue.leave(sender);

        assertEquals(header(HEADER_LENGTH + 10, DEAD_TYPE), queue.headerAt(firstAddress));
        assertEquals(header(HEADER_LENGTH + 20, DEAD_TYPE), queue.headerAt(second));
        // invariant 5
        queue.assertQueued(7, 1);
    }

    @Test
    void whoLetGoBeginsAnew() {
        sender.send(0, 100);
        sender.appender.release();
        // invariant 10: nothing is pinned
        assertEquals(-1, sender.slot.pinnedPlace(SlotDescriptor.APPENDING_PIN));
        receiver.send(1, LONGEST);
        sender.send(2, 100);

        Party reader = queue.join();
        reader.assertReceives(0, 100);
        reader.assertReceives(1, LONGEST);
        reader.assertReceives(2, 100);
        queue.assertQueued(0, 0);
    }

    /** Invariant 3: a send succeeds iff its commit CAS did. */
    @Test
    void aRecordDeclaredDeadIsNotCommitted() {
        int offset = sender.claim(10);
        long address = sender.appender.address(offset);
        queue.repairAllBut(receiver);

        assertFalse(sender.appender.commit(offset, 1));

        assertEquals(header(HEADER_LENGTH + 10, DEAD_TYPE), queue.headerAt(address));
        queue.assertQueued(0, 0);
    }

    /** Invariants 1 and 3: only a record that is being written by this slot becomes a message, and it does so once. */
    @Test
    void aMessageIsNotCommittedAgain() {
        int offset = sender.claim(10);
        long address = sender.appender.address(offset);
        // an mtype may look like a tag
        long mtype = sender.slot.tag();
        sender.fill(offset, mtype, Party.payload(0, 10), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(offset, mtype));

        assertFalse(sender.appender.commit(offset, mtype));
        assertEquals(header(HEADER_LENGTH + 10, (int) mtype), queue.headerAt(address));
    }

    // ---- no more places

    @Test
    void whenEveryPlaceIsInUseTheQueueIsNamed() {
        sender.send(0, LONGEST);
        // as if others had filled them all
        for (int place = 1; place < SegmentLink.MAX_PLACES; place++) {
            queue.entryLong(place, SegmentTableDescriptor.WORD_OFFSET,
                SegmentTableDescriptor.word(SegmentTableDescriptor.LINKED, place + 1000));
        }
        queue.memory().wholeStateWords().putIntVolatile(StateDescriptor.PLACE_LIMIT_OFFSET,
            SegmentLink.MAX_PLACES);

        ErrnoException e = HotQueue.assertErrno(Errno.ENOMEM, () -> sender.appender.claim(1, NO_LIMIT));
        assertTrue(e.getMessage().contains(queue.file().toString()), e.getMessage());
        assertTrue(e.getMessage().contains("65536"), e.getMessage());

        // one becomes free: the sender goes on
        queue.entryLong(65_535, SegmentTableDescriptor.WORD_OFFSET, 0);
        assertTrue(sender.trySend(1, 1, NO_LIMIT));
        assertEquals(65_535, SegmentLink.place(queue.table().tail()));
    }
}
