package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.detail;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.BitSet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Walks a log at rest with its own eyes, and checks what invariants 1, 2, 5, 10 and 11 say of it. It shares no code
 * with the cursor, the appender and the reclaimer but the layouts.
 */
final class Audit {
    private final HotQueue queue;
    private final QueueMemory memory;
    private final SegmentTable table;
    private final long received;
    private final int placeLength;
    private long running;
    private long live;
    private boolean ended;

    Audit(HotQueue queue) {
        this.memory = queue.memory();
        this.queue = queue;
        this.table = queue.table();
        this.placeLength = memory.segmentLength();
        this.received = queue.chain().slots().received();
    }

    void run() {
        BitSet chained = new BitSet();
        long previous = SegmentLink.NONE;
        long link = table.head();
        long expectedNumber = 0;
        boolean tailSeen = table.tail() == SegmentLink.NONE;
        while (link != SegmentLink.NONE) {
            int place = SegmentLink.place(link);
            long number = SegmentLink.number(link);
            String what = "segment " + number + " in place " + place;
            assertTrue(place < table.placeLimit(), what);
            assertFalse(chained.get(place), what + " stands in the chain twice");
            chained.set(place);
            assertTrue(number > SegmentLink.number(previous), what + " follows " + SegmentLink.number(previous));
            long word = table.entryWord(place);
            assertTrue(state(word) == LINKED || state(word) == PREPARED, what + " is not linked");
            assertEquals(number, detail(word), what);
            if (number == expectedNumber) {
                // invariant 5: totals go on from one segment to the next
                assertEquals(running, table.totalAtStart(place), what + ": total at its start");
            }
            running = table.totalAtStart(place);
            // invariant 1: only the last segment has an end inside
            assertFalse(ended, what + " follows one that is not full");
            int length = checkLength(place, what);
            walk(place, length, what);
            expectedNumber = number + (length + placeLength - 1) / placeLength;
            tailSeen |= link == table.tail();
            previous = link;
            link = table.next(link);
        }
        // invariant 11: the tail is in the chain; it is never reclaimed
        assertTrue(tailSeen, "the tail is not in the chain");
        for (int place = 0; place < table.placeLimit(); place++) {
            if (state(table.entryWord(place)) == READY) {
                // invariants 1 and 10: whoever takes a ready place finds zeros
                assertTrue(queue.isZero(place), "ready place " + place + " is not zero");
            }
            if (state(table.entryWord(place)) == PART) {
                checkPart(place);
            }
        }
        // invariant 5
        assertEquals(live, running - received, "quantity at the end less what was received");
        for (int index = 0, limit = memory.wholeStateWords().getInt(StateDescriptor.SLOT_LIMIT_OFFSET); index < limit;
            index++) {
            checkIntent(index);
        }
        checkBias("sender", StateDescriptor.SENDER_BIAS_OFFSET);
        checkBias("receiver", StateDescriptor.RECEIVER_BIAS_OFFSET);
    }

    /** What a sender was about to claim is claimed by somebody: by itself, by whoever took its right away, or by who was faster. */
    private void checkIntent(int index) {
        int base = StateDescriptor.slotOffset(index);
        long intent = queue.stateLong(base + SlotDescriptor.INTENT_OFFSET);
        int place = memory.wholeStateWords().getInt(base + SlotDescriptor.pinOffset(SlotDescriptor.APPENDING_PIN)) - 1;
        if (queue.stateLong(base + SlotDescriptor.OWNER_OFFSET) == 0 || place < 0
            || intent == SlotDescriptor.NO_INTENT) {
            return;
        }
        String what = "intent of slot " + index;
        int offset = SlotDescriptor.intentOffset(intent);
        assertTrue(SlotDescriptor.isIntentFor(intent, detail(table.entryWord(place)), offset),
            what + ": another segment than the one it pins");
        assertTrue(isRecord(memory.segment(place), offset), what + ": no record at " + offset);
    }

    private boolean isRecord(UnsafeBuffer segment, int wanted) {
        int offset = 0;
        while (offset < wanted) {
            int size = Math.abs(segment.getInt(offset + RecordDescriptor.LENGTH_OFFSET));
            if (size == 0) {
                return false;
            }
            offset += (size + 63) & -64;
        }
        return offset == wanted && segment.getInt(offset + RecordDescriptor.LENGTH_OFFSET) != 0;
    }

    /** Who may do without locked operations is there still: a slot that is free, or has another owner, has no such right. */
    private void checkBias(String whose, int offset) {
        int word = memory.wholeStateWords().getInt(offset);
        if (word != BiasWord.NOBODY) {
            int index = BiasWord.tag(word) & 0xFFF;
            int base = StateDescriptor.slotOffset(index);
            String what = "the " + whose + "'s bias " + Integer.toHexString(word);
            assertTrue(queue.stateLong(base + SlotDescriptor.OWNER_OFFSET) != 0, what + ": its slot is free");
            assertEquals(queue.stateLong(base + SlotDescriptor.GENERATION_OFFSET) & 0xFFFF, BiasWord.tag(word) >>> 12,
                what);
        }
    }

    long liveBytes() {
        return Quantity.bytes(live);
    }

    long liveMessages() {
        return Quantity.messages(live);
    }

    /** A segment is as long as a place, or as the one record in it, for which it has the places behind it. */
    private int checkLength(int place, String what) {
        long length = queue.entryLong(place, SegmentTableDescriptor.LENGTH_OFFSET);
        if (length != placeLength) {
            assertTrue(length > placeLength && length <= 1 << 30, what + ": length " + length);
            int size = Math.abs(memory.segment(place).getInt(RecordDescriptor.LENGTH_OFFSET));
            assertEquals((size + 63) & -64, length, what + ": length of its record");
            int end = place + (int) ((length + placeLength - 1) / placeLength);
            assertTrue(end <= table.placeLimit(), what + ": ends at place " + end);
            assertEquals(memory.address(place) >>> 30, memory.address(end - 1) >>> 30, what + ": beyond its window");
            for (int part = place + 1; part < end; part++) {
                assertEquals(word(PART, place), table.entryWord(part), what + ": place " + part);
            }
            assertTrue(HotQueue.isZero(memory.segment(place), (int) length, (end - place) * placeLength),
                what + ": something beyond the end");
        }
        return (int) length;
    }

    /** No place is lost: a part has a head before it, with nothing but parts between, and the head is in use. */
    private void checkPart(int place) {
        int head = (int) detail(table.entryWord(place));
        assertTrue(head < place, "place " + place + " is a part of " + head);
        for (int other = head + 1; other < place; other++) {
            assertEquals(word(PART, head), table.entryWord(other), "place " + other);
        }
        int state = state(table.entryWord(head));
        assertTrue(state == LINKED || state == PREPARED || state == RETIRED || state == CLAIMED,
            "place " + place + " is a part of " + head + ", which is in state " + state);
    }

    private void walk(int place, int end, String what) {
        UnsafeBuffer segment = memory.segment(place);
        int offset = 0;
        while (offset < end) {
            int length = segment.getInt(offset + RecordDescriptor.LENGTH_OFFSET);
            int type = segment.getInt(offset + RecordDescriptor.TYPE_OFFSET);
            String where = what + ", offset " + offset;
            if (length == 0) {
                ended = true;
                // invariant 1: beyond the last header all bytes are zero
                assertTrue(HotQueue.isZero(segment, offset, end), where + ": something beyond the end");
                return;
            }
            if (type == RecordDescriptor.PADDING_TYPE) {
                assertEquals(end - offset, length, where + ": padding");
                return;
            }
            int size = Math.abs(length);
            assertTrue(size >= RecordDescriptor.HEADER_LENGTH && size <= end - offset, where);
            long quantity = Quantity.ofMessage(size - RecordDescriptor.HEADER_LENGTH);
            int claim = segment.getInt(offset + RecordDescriptor.CLAIM_OFFSET);
            if (length < 0) {
                live += quantity;
            } else if (type == RecordDescriptor.DEAD_TYPE) {
                // invariant 2: nobody takes the dead
                assertFalse(ClaimWord.isAvailable(claim), where + ": dead and available");
            } else {
                assertTrue(type > 0, where + ": type " + type);
                assertEquals(running, segment.getLong(offset + RecordDescriptor.TOTAL_OFFSET), where + ": total");
                assertTrue(claim != 0, where + ": a message without a claim word");
                if (!ClaimWord.isConsumed(claim)) {
                    live += quantity;
                }
            }
            running += quantity;
            offset += (size + 63) & -64;
        }
    }
}
