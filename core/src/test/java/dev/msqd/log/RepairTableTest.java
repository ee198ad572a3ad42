package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The decision table of {@link Repair}, row by row and in combination: whatever the dead left, found as a kill would
 * leave it or as a repair that was killed itself would, one run settles it, and the second finds nothing.
 *
 * <p>The log in which somebody dies: message 0 fills segment 1; messages 1 and 2 are in segment 2. A reader that lives
 * has walked past everything, as a receiver with a selector does, and comes back only for what it skipped, unless the
 * rescan epoch tells it to.
 */
@Timeout(60)
class RepairTableTest {
    private static final int MTYPE = 1;
    /** Places of a long segment. */
    private static final int SPAN = 4;

    /** Numbers and lengths of what may be received in the end. */
    private final TreeMap<Integer, Integer> expected = new TreeMap<>();
    private int expectedDead;
    private int expectedParts;
    private int expectedReturned;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Party writer = queue.join();
    private final Party reader = queue.join();
    private final Party dead = queue.join();
    /** Committed by the writer after the repair. */
    private int openOffset = -1;
    /** The reader was handed this, and accepts it. */
    private long handedToReader = -1;
    private long silentlyReturned = -1;

    /** What the dead did as a receiver. The names in the table's order. */
    private enum Receiving {
        NOTHING, LOOKED,
        // Pending, record consumed by its tag
        CONSUMED, COUNTED,
        // Pending, record not consumed by it
        BEGAN,
        // waiter ARMING, WAITING, or woken already
        ARMING, WAITING, TOO_BIG, NUDGED,
        // waiter HANDED, record taken for it; the last as a repair left it that stopped before the word
        HANDED_WRITING, HANDED, HANDED_PINNED, HANDED_RETURNED,
        // record TAKEN with its tag; the last two as who returned it left it, and died before the epoch
        TOOK, TOOK_LOOKING_BACK, ACCEPTED, RETURNED, RETURNED_LOOKING_BACK,
        // nothing to settle
        DONE;

        boolean usesPending() {
            return this == CONSUMED || this == COUNTED || this == BEGAN;
        }
    }

    /** What the dead did as a sender. */
    private enum Sending {
        NOTHING,
        // record being written with its tag
        CLAIMED, CLAIMED_TWICE, FILLED, HANDING, HANDED, HANDED_AND_NUDGED,
        // the same, aborted by its owner or by a repair that stopped
        ABORT_BEGAN, ABORT_MARKED, ABORTED_UNCOUNTED, ABORTED_COUNTED,
        // nothing to settle
        ABORTED, COMMITTED, COMMITTED_HANDED;

        boolean usesPending() {
            return this == ABORT_BEGAN || this == ABORT_MARKED || this == ABORTED_UNCOUNTED || this == ABORTED_COUNTED
                || this == ABORTED;
        }
    }

    /** What the dead did to the segment table. */
    private enum Place {
        NOTHING,
        // place CLAIMED with its tag
        CLAIMED_HOLE, CLAIMED_ALLOCATED, CLAIMED_RELEASED, CLAIMED_READY,
        // place PREPARED by its tag
        PREPARED_ALONE, APPENDED,
        // the same with PARTs, not yet marked or marked, on the way there or back
        LONG_CLAIMED, LONG_MARKED, LONG_WRITTEN, LONG_GIVEN_BACK, LONG_ZEROED, LONG_PREPARED_ALONE,
        // place LINKED, long, prepared by its tag
        LONG_APPENDED, LONG_LINKED,
        // nothing to settle
        SEALED, LINKED_BEFORE_TAIL
    }

    private enum Reclaiming {
        NOBODY, THE_DEAD, THE_READER
    }

    /** Every pair of what receiver and sender left that can be together, with places and reclaimers going round. */
    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (Receiving receiving : Receiving.values()) {
            for (Sending sending : Sending.values()) {
                // there is one Pending
                if (!receiving.usesPending() || !sending.usesPending()) {
                    int turn = pairs.size();
                    pairs.add(Arguments.of(receiving, sending, Place.values()[turn % Place.values().length],
                        Reclaiming.values()[turn / 2 % Reclaiming.values().length]));
                }
            }
        }
        return pairs.stream();
    }

    /** Every pair of what was left in the table and who was reclaiming. */
    static Stream<Arguments> places() {
        return Arrays.stream(Place.values()).flatMap(place -> Arrays.stream(Reclaiming.values())
            .map(reclaiming -> Arguments.of(Receiving.TOOK, Sending.FILLED, place, reclaiming)));
    }

    @ParameterizedTest
    @MethodSource({"pairs", "places"})
    void whateverWasLeftIsSettled(Receiving receiving, Sending sending, Place place, Reclaiming reclaiming) {
        writer.send(0, LONGEST);
        writer.send(1, 10);
        writer.send(2, 20);
        expected.put(0, LONGEST);
        expected.put(1, 10);
        expected.put(2, 20);
        leave(receiving);
        leave(sending);
        Walk walk = new Walk();
        walk.toTheEnd();
        // after the walk, since whoever walks into a segment marks it linked
        leave(place);
        leave(reclaiming);
        long dyingTag = dead.slot.tag();
        dead.close();

        Repair.Report report = queue.repairAllBut(writer, reader);

        assertEquals(new Repair.Report(1, expectedDead, expectedReturned, null), report);
        assertSettled(reclaiming);
        // invariant 9: what was settled is not settled again
        assertEquals(new Repair.Report(0, 0, 0, null), queue.repairAllBut(writer, reader));
        assertSettled(reclaiming);
        // invariant 5
        queue.assertQueued(expected.values().stream().mapToLong(length -> length).sum(), expected.size());

        finish();
        // invariants 3 and 7: everything is received once that was sent and not received, by one who had walked past it
        assertEquals(expected, walk.receiveTheRest());
        queue.assertQueued(0, 0);
        // invariant 8: the slot's next owner is somebody else, and the log goes on
        Party next = queue.join();
        assertEquals(dead.slot.index(), next.slot.index());
        assertTrue(next.slot.tag() != dyingTag);
        next.send(7, LONGEST);
        next.send(8, LONGEST);
        next.assertReceives(7, LONGEST);
        next.assertReceives(8, LONGEST);
        queue.assertQueued(0, 0);
    }

    /** Who lives keeps what it has, though it looks the same. */
    @ParameterizedTest
    @MethodSource("pairs")
    void whoLivesIsLeftAlone(Receiving receiving, Sending sending, Place place, Reclaiming reclaiming) {
        writer.send(0, LONGEST);
        writer.send(1, 10);
        writer.send(2, 20);
        leave(receiving);
        leave(sending);
        leave(place);
        leave(reclaiming);
        byte[] before = image();

        assertEquals(new Repair.Report(0, 0, 0, null), queue.repairAllBut(writer, reader, dead));

        assertTrue(Arrays.equals(before, image()), "something changed");
    }

    /** A client id of no slot may be reclaiming: an endpoint was closed while another of its process reclaimed. */
    @Test
    void whoReclaimsNeedsNoSlot() {
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, 999);
        assertEquals(new Repair.Report(0, 0, 0, null), queue.repairAllBut(writer, reader, dead));
        assertEquals(0, queue.stateLong(StateDescriptor.RECLAIMER_OFFSET));
    }

    // ---- what the dead leaves

    private void leave(Receiving receiving) {
        switch (receiving) {
            case NOTHING -> {}
            case LOOKED -> dead.cursor.look();
            case TOOK -> {
                assertTrue(dead.takeNext());
                expectedReturned++;
            }
            case BEGAN -> {
                assertTrue(dead.takeNext());
                dead.slot.beginConsuming(0, Quantity.ofMessage(LONGEST));
                expectedReturned++;
            }
            case CONSUMED, COUNTED -> {
                assertTrue(dead.takeNext());
                dead.slot.beginConsuming(0, Quantity.ofMessage(LONGEST));
                queue.claimAt(0, ClaimWord.consumed(queue.claimAt(0), dead.slot.tag()));
                if (receiving == Receiving.COUNTED) {
                    queue.slotLong(dead.slot, SlotDescriptor.TOTAL_OFFSET,
                        queue.slotLong(dead.slot, SlotDescriptor.NEW_OFFSET));
                }
                expected.remove(0);
            }
            case DONE -> {
                assertTrue(dead.takeNext());
                assertTrue(dead.cursor.consume());
                expected.remove(0);
            }
            case RETURNED -> {
                assertTrue(dead.takeNext());
                returnSilently(0);
            }
            case TOOK_LOOKING_BACK, RETURNED_LOOKING_BACK -> {
                dead.cursor.look();
                dead.cursor.step();
                assertEquals(Cursor.MESSAGE, dead.cursor.look());
                assertEquals(Cursor.MESSAGE, dead.cursor.lookAt(SEGMENT_LENGTH, 0));
                assertTrue(dead.cursor.take());
                if (receiving == Receiving.TOOK_LOOKING_BACK) {
                    expectedReturned++;
                } else {
                    returnSilently(0);
                }
            }
            case ARMING -> arm(SlotDescriptor.arming(queue.memory().state().nextTicket()));
            case WAITING -> arm(SlotDescriptor.waiting(queue.memory().state().nextTicket()));
            case TOO_BIG -> arm(SlotDescriptor.TOO_BIG);
            case NUDGED -> arm(SlotDescriptor.NUDGED);
            case HANDED_WRITING, HANDED, HANDED_PINNED, HANDED_RETURNED, ACCEPTED -> leaveHanded(receiving);
            default -> throw new AssertionError(receiving);
        }
    }

    private void leaveHanded(Receiving receiving) {
        int offset = writer.claim(30);
        long address = writer.appender.address(offset);
        writer.fill(offset, MTYPE, Party.payload(3, 30), ClaimWord.taken(0, dead.slot.tag()));
        expected.put(3, 30);
        arm(SlotDescriptor.handed(address));
        if (receiving == Receiving.HANDED_WRITING) {
            openOffset = offset;
            expectedReturned++;
            return;
        }
        assertTrue(writer.appender.commit(offset, MTYPE));
        if (receiving == Receiving.HANDED_RETURNED) {
            returnSilently(address);
            return;
        }
        expectedReturned++;
        if (receiving == Receiving.HANDED_PINNED || receiving == Receiving.ACCEPTED) {
            assertEquals(Cursor.MESSAGE, dead.cursor.lookAtHanded(SlotDescriptor.handed(address)));
            assertTrue(dead.cursor.isTaken());
        }
        if (receiving == Receiving.ACCEPTED) {
            dead.slot.idleWaiter();
        }
    }

    /** It was taken when the reader came by, went back to its place then, and nobody could tell the reader any more. */
    private void returnSilently(long address) {
        queue.claimAt(address, ClaimWord.returned(queue.claimAt(address)));
        silentlyReturned = address;
    }

    private void arm(long word) {
        dead.slot.describeWaiter(0, 0, Integer.MAX_VALUE);
        dead.slot.armWaiter(word);
        ArmedSlots.receivers(queue.memory()).set(dead.slot.index());
        ArmedSlots.senders(queue.memory()).set(dead.slot.index());
    }

    private void leave(Sending sending) {
        if (sending == Sending.NOTHING) {
            return;
        }
        int offset = dead.claim(40);
        long address = dead.appender.address(offset);
        boolean handing =
            sending == Sending.HANDING || sending == Sending.HANDED || sending == Sending.HANDED_AND_NUDGED
                || sending == Sending.COMMITTED_HANDED;
        if (sending != Sending.CLAIMED && sending != Sending.CLAIMED_TWICE) {
            dead.fill(offset, MTYPE, Party.payload(4, 40),
                handing ? ClaimWord.taken(0, reader.slot.tag()) : ClaimWord.AVAILABLE);
        }
        if (handing) {
            reader.slot.armWaiter(sending == Sending.HANDING ? SlotDescriptor.waiting(99)
                : sending == Sending.HANDED_AND_NUDGED ? SlotDescriptor.NUDGED : SlotDescriptor.handed(address));
        }
        switch (sending) {
            case CLAIMED, FILLED, HANDING, HANDED, HANDED_AND_NUDGED -> expectedDead++;
            case CLAIMED_TWICE -> {
                dead.claim(LONGEST / 2);
                expectedDead += 2;
            }
            case ABORT_BEGAN, ABORT_MARKED, ABORTED_UNCOUNTED, ABORTED_COUNTED -> leaveHalfAborted(sending, address);
            case ABORTED -> dead.appender.abort(offset);
            case COMMITTED -> {
                assertTrue(dead.appender.commit(offset, MTYPE));
                expected.put(4, 40);
            }
            case COMMITTED_HANDED -> {
                assertTrue(dead.appender.commit(offset, MTYPE));
                expected.put(4, 40);
                handedToReader = address;
            }
            default -> throw new AssertionError(sending);
        }
    }

    private void leaveHalfAborted(Sending sending, long address) {
        dead.slot.beginConsuming(address, Quantity.ofMessage(40));
        if (sending == Sending.ABORT_BEGAN) {
            expectedDead++;
            return;
        }
        queue.claimAt(address, ClaimWord.consumed(0, dead.slot.tag()));
        if (sending == Sending.ABORT_MARKED) {
            expectedDead++;
            return;
        }
        queue.headerAt(address, header(HEADER_LENGTH + 40, DEAD_TYPE));
        if (sending == Sending.ABORTED_COUNTED) {
            queue.slotLong(dead.slot, SlotDescriptor.TOTAL_OFFSET,
                queue.slotLong(dead.slot, SlotDescriptor.NEW_OFFSET));
        }
    }

    private void leave(Place left) {
        SegmentTable table = queue.table();
        int place = table.placeLimit();
        switch (left) {
            case NOTHING -> {}
            case CLAIMED_HOLE, CLAIMED_ALLOCATED, CLAIMED_RELEASED -> {
                claim(place, left != Place.CLAIMED_HOLE);
                if (left == Place.CLAIMED_RELEASED) {
                    queue.memory().release(place);
                }
            }
            case CLAIMED_READY -> {
                claim(place, true);
                assertTrue(table.moveEntry(place, word(CLAIMED, dead.slot.tag()), word(READY, 0)));
                assertTrue(table.moveEntry(place, word(READY, 0), word(CLAIMED, dead.slot.tag())));
            }
            case PREPARED_ALONE -> {
                claim(place, true);
                table.prepare(place, 3, dead.slot.tag(), 12345, SEGMENT_LENGTH);
            }
            case LONG_CLAIMED, LONG_MARKED, LONG_WRITTEN, LONG_GIVEN_BACK, LONG_ZEROED, LONG_PREPARED_ALONE,
                LONG_APPENDED,
                LONG_LINKED ->
                leaveLong(left, place);
            case SEALED -> seal();
            case APPENDED, LINKED_BEFORE_TAIL -> {
                long total = seal();
                claim(place, true);
                table.prepare(place, 3, dead.slot.tag(), total, SEGMENT_LENGTH);
                long tail = table.tail();
                assertTrue(table.append(tail, SegmentLink.link(3, place)));
                if (left == Place.LINKED_BEFORE_TAIL) {
                    assertTrue(table.moveEntry(place, word(PREPARED, 3), word(LINKED, 3)));
                }
            }
            default -> throw new AssertionError(left);
        }
    }

    private void leaveLong(Place left, int head) {
        SegmentTable table = queue.table();
        int length = SPAN * SEGMENT_LENGTH - RecordDescriptor.ALIGNMENT;
        long total = left == Place.LONG_APPENDED || left == Place.LONG_LINKED ? seal() : 12345;
        for (int place = head; place < head + SPAN; place++) {
            claim(place, left != Place.LONG_CLAIMED || place == head);
        }
        if (left == Place.LONG_CLAIMED) {
            return;
        }
        int marked = left == Place.LONG_MARKED ? SPAN - 1 : SPAN;
        for (int place = head + 1; place < head + marked; place++) {
            assertTrue(table.moveEntry(place, word(CLAIMED, dead.slot.tag()), word(PART, head)));
        }
        if (left == Place.LONG_MARKED) {
            return;
        }
        if (left == Place.LONG_GIVEN_BACK || left == Place.LONG_ZEROED) {
            int dirty = left == Place.LONG_ZEROED ? (SPAN - 1) * SEGMENT_LENGTH : 0;
            queue.memory().segment(head).setMemory(0, dirty, (byte) 0x55);
            queue.entryLong(head + SPAN - 1, SegmentTableDescriptor.WORD_OFFSET, word(READY, 0));
            return;
        }
        long address = (long) head * SEGMENT_LENGTH;
        queue.headerAt(address, header(-length, dead.slot.tag()));
        queue.memory().segment(head).putLong(RecordDescriptor.TOTAL_OFFSET, total);
        if (left == Place.LONG_WRITTEN) {
            return;
        }
        table.prepare(head, 3, dead.slot.tag(), total, length);
        if (left != Place.LONG_PREPARED_ALONE) {
            assertTrue(table.append(table.tail(), SegmentLink.link(3, head)));
            expectedDead++;
            expectedParts = SPAN - 1;
            if (left == Place.LONG_LINKED) {
                assertTrue(table.moveEntry(head, word(PREPARED, 3), word(LINKED, 3)));
            }
        }
    }

    private void claim(int place, boolean allocate) {
        queue.memory().allocateEntry(place);
        assertTrue(queue.table().raisePlaceLimit(place));
        assertTrue(queue.table().moveEntry(place, 0, word(CLAIMED, dead.slot.tag())));
        if (allocate) {
            queue.memory().allocate(place);
        }
    }

    /** Seals segment 2; returns the total at its end. */
    private long seal() {
        Party sealer = queue.join();
        int end = (int) sealer.appender.endPosition() & (SEGMENT_LENGTH - 1);
        long total = sealer.appender.live() + queue.chain().slots().received();
        queue.headerAt(SEGMENT_LENGTH + end, header(SEGMENT_LENGTH - end, PADDING_TYPE));
        queue.leave(sealer);
        return total;
    }

    private void leave(Reclaiming reclaiming) {
        switch (reclaiming) {
            case THE_DEAD -> queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, dead.clientId);
            case THE_READER -> queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, reader.clientId);
            default -> queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, 0);
        }
    }

    // ---- what is looked at afterwards

    private void assertSettled(Reclaiming reclaiming) {
        Slot slot = queue.chain().slots().peer(dead.slot.index());
        assertEquals(0, slot.owner());
        assertEquals(-1, slot.pendingAddress());
        assertEquals(SlotDescriptor.IDLE, slot.waiterWord());
        for (int pin = 0; pin < SlotDescriptor.PIN_COUNT; pin++) {
            assertEquals(-1, slot.pinnedPlace(pin));
        }
        assertTrue(ArmedSlots.receivers(queue.memory()).isEmpty());
        assertTrue(ArmedSlots.senders(queue.memory()).isEmpty());
        assertEquals(0, queue.places(CLAIMED));
        assertEquals(0, queue.places(PREPARED));
        assertEquals(expectedParts, queue.places(PART));
        assertEquals(reclaiming == Reclaiming.THE_READER ? reader.clientId : 0,
            queue.stateLong(StateDescriptor.RECLAIMER_OFFSET));
        // no live receiver trusts a record that is dead
        if (handedToReader < 0) {
            assertFalse(SlotDescriptor.isHanded(reader.slot.waiterWord()));
        } else {
            assertEquals(SlotDescriptor.handed(handedToReader), reader.slot.waiterWord());
        }
    }

    private void finish() {
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, 0);
        if (openOffset >= 0) {
            assertTrue(writer.appender.commit(openOffset, MTYPE));
        }
    }

    private byte[] image() {
        byte[] image = new byte[StateDescriptor.PLACES_OFFSET / 8 + 3 * SEGMENT_LENGTH];
        // the state page, the first slots and the first entries; then the segments
        UnsafeBuffer copy = new UnsafeBuffer(image);
        queue.memory().wholeStateWords().getBytes(0, copy, 0, 65_536);
        queue.memory().wholeStateWords().getBytes(StateDescriptor.SEGMENT_TABLE_OFFSET, copy, 65_536, 65_536);
        for (int place = 0; place < 2; place++) {
            queue.memory().segment(place).getBytes(0, image, (1 << 17) + place * SEGMENT_LENGTH, SEGMENT_LENGTH);
        }
        return image;
    }

    /** A receiver that walked past everything: it knows what it skipped, and rescans when the epoch says so. */
    private final class Walk {
        private final List<long[]> skipped = new ArrayList<>();
        private long epoch;

        void toTheEnd() {
            epoch = queue.memory().state().rescanEpoch();
            for (int found = reader.cursor.look(); found != Cursor.END; found = reader.cursor.look()) {
                long address = reader.cursor.address();
                if ((found == Cursor.WRITING || reader.cursor.isAvailable()) && address != silentlyReturned) {
                    skipped.add(new long[] {reader.cursor.position(), address});
                }
                reader.cursor.step();
            }
        }

        TreeMap<Integer, Integer> receiveTheRest() {
            TreeMap<Integer, Integer> received = new TreeMap<>();
            if (handedToReader >= 0) {
                assertEquals(Cursor.MESSAGE, reader.cursor.lookAtHanded(SlotDescriptor.handed(handedToReader)));
                assertTrue(reader.cursor.isTaken());
                reader.slot.idleWaiter();
                consume(received);
            }
            if (queue.memory().state().rescanEpoch() != epoch) {
                reader.cursor.rewind();
            } else {
                for (long[] entry : skipped) {
                    if (reader.cursor.lookAt(entry[0], entry[1]) == Cursor.MESSAGE && reader.cursor.take()) {
                        consume(received);
                    }
                }
            }
            int last = -1;
            while (reader.takeNext()) {
                int number = consume(received);
                // invariant 6
                assertTrue(number > last, "message " + number + " after " + last);
                last = number;
                reader.cursor.step();
            }
            return received;
        }

        private int consume(TreeMap<Integer, Integer> received) {
            byte[] payload = reader.found();
            for (int number = 0; number < 5; number++) {
                if (Arrays.equals(payload, Party.payload(number, payload.length))) {
                    assertEquals(null, received.put(number, payload.length), "message " + number + " came twice");
                    assertTrue(reader.cursor.consume());
                    return number;
                }
            }
            throw new AssertionError("a message of " + payload.length + " bytes that nobody sent");
        }
    }

}
