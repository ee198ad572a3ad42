package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.CLAIM_OFFSET;
import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.MTYPE_OFFSET;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.WIDE_TYPE;
import static dev.msqd.layout.RecordDescriptor.aligned;
import static dev.msqd.layout.RecordDescriptor.length;
import static dev.msqd.layout.RecordDescriptor.type;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Walks the log from its oldest record to its end, and looks at single records by position. One owner thread.
 *
 * <p>A position is the record's place in the log's endless order: number of its segment times the length of a place, plus
 * offset. An address is where in the file it lies.
 */
public final class Cursor {
    /** What {@link #look} and {@link #lookAt} find. */
    public static final int END = 0;
    public static final int WRITING = 1;
    public static final int MESSAGE = 2;
    /** Nothing that could be received: dead, consumed, or given back together with its segment. */
    public static final int TERMINAL = 3;

    private final QueueMemory memory;
    private final SegmentChain chain;
    private final SegmentTable table;
    private final Slot slot;
    private final long clientId;
    private final int segmentLength;
    private final int segmentBits;

    private long link = SegmentLink.NONE;
    private UnsafeBuffer segment;
    private int end;
    private int offset;
    private int steppedLength;
    private long candidateLink = SegmentLink.NONE;
    private int candidateEnd;

    private UnsafeBuffer recordSegment;
    private int recordOffset;
    private int recordLength;
    private int recordType;
    private long recordAddress;
    private int recordClaim;

    public Cursor(SegmentChain chain, Slot slot, long clientId) {
        this.memory = chain.memory();
        this.chain = chain;
        this.table = chain.table();
        this.slot = slot;
        this.clientId = clientId;
        this.segmentLength = memory.segmentLength();
        this.segmentBits = Integer.numberOfTrailingZeros(segmentLength);
    }

    /** Back to the oldest record. */
    public void rewind() {
        link = SegmentLink.NONE;
        segment = null;
    }

    /** Lets go of every segment. */
    public void release() {
        rewind();
        candidateLink = SegmentLink.NONE;
        slot.unpin(SlotDescriptor.RECEIVING_PIN);
        slot.unpin(SlotDescriptor.CANDIDATE_PIN);
    }

    /**
     * Looks at the record under the cursor, stepping over what is dead or padding. What is found is this object's record
     * until the next look.
     *
     * @return {@link #END}, {@link #WRITING} or {@link #MESSAGE}
     */
    public int look() {
        if (link == SegmentLink.NONE && !enterHead()) {
            return END;
        }
        while (true) {
            if (offset == end) {
                if (!enterNext()) {
                    return END;
                }
                continue;
            }
            long header = segment.getLongVolatile(offset);
            if (header == 0) {
                return END;
            }
            int length = Math.abs(length(header));
            boolean padding = type(header) == PADDING_TYPE;
            check(SegmentLink.place(link), offset, end, header, length, padding);
            if (padding) {
                offset = end;
            } else if (length(header) > 0 && type(header) == DEAD_TYPE) {
                offset += aligned(length);
            } else {
                steppedLength = aligned(length);
                found(segment, SegmentLink.place(link), offset, header);
                return length(header) < 0 ? WRITING : MESSAGE;
            }
        }
    }

    /** Past the record that the last {@link #look} found, whatever was looked at since. */
    public void step() {
        offset += steppedLength;
    }

    /** Position under the cursor. */
    public long position() {
        return (SegmentLink.number(link) << segmentBits) + offset;
    }

    /**
     * Looks at a record that was walked past.
     *
     * @return {@link #WRITING}, {@link #MESSAGE} or {@link #TERMINAL}
     */
    public int lookAt(long position, long address) {
        long target = SegmentLink.link(position >>> segmentBits, (int) (address >>> segmentBits));
        if (!pinCandidate(target)) {
            return TERMINAL;
        }
        int place = SegmentLink.place(target);
        UnsafeBuffer targetSegment = memory.segment(place);
        int targetOffset = (int) position & (segmentLength - 1);
        long header = targetSegment.getLongVolatile(targetOffset);
        check(place, targetOffset, target == link ? end : candidateEnd, header, Math.abs(length(header)), false);
        found(targetSegment, place, targetOffset, header);
        if (length(header) < 0) {
            return WRITING;
        }
        return type(header) == DEAD_TYPE || ClaimWord.isConsumed(recordClaim) ? TERMINAL : MESSAGE;
    }

    /**
     * Looks at the record that was handed to this slot, and pins its segment. As long as the waiter word names the record it is
     * not terminal; if the word still does after the pin, the pin came in time.
     *
     * @param waiterWord the word that named the record
     * @return {@link #WRITING}, {@link #MESSAGE} or {@link #TERMINAL}
     */
    public int lookAtHanded(long waiterWord) {
        long address = SlotDescriptor.handedAddress(waiterWord);
        if (address < 0 || address >= memory.address(table.placeLimit())) {
            return TERMINAL;
        }
        long number = table.numberAt((int) (address >>> segmentBits));
        if (number == 0 || !pinCandidate(SegmentLink.link(number, (int) (address >>> segmentBits)))
            || slot.waiterWord() != waiterWord) {
            return TERMINAL;
        }
        return lookAt((number << segmentBits) + (address & (segmentLength - 1)), address);
    }

    private boolean pinCandidate(long target) {
        if (target != link && target != candidateLink) {
            candidateLink = SegmentLink.NONE;
            if (!chain.pin(slot, SlotDescriptor.CANDIDATE_PIN, target)) {
                return false;
            }
            candidateEnd = chain.length(target);
            candidateLink = target;
        }
        return true;
    }

    // ---- the record that was found

    public UnsafeBuffer buffer() {
        return recordSegment;
    }

    /** Where its payload begins in {@link #buffer()}. */
    public int payloadOffset() {
        return recordOffset + HEADER_LENGTH;
    }

    public int payloadLength() {
        return recordLength - HEADER_LENGTH;
    }

    public long mtype() {
        return recordType == WIDE_TYPE ? recordSegment.getLong(recordOffset + MTYPE_OFFSET) : recordType;
    }

    public long address() {
        return recordAddress;
    }

    public boolean isAvailable() {
        return ClaimWord.isAvailable(recordClaim);
    }

    public boolean isConsumed() {
        return ClaimWord.isConsumed(recordClaim);
    }

    /** Takes the message found, so that nobody else can. False when it is not available any more. */
    public boolean take() {
        return ClaimWord.isAvailable(recordClaim) && moveClaim(ClaimWord.taken(recordClaim, slot.tag()));
    }

    /** Is it taken for this slot: by itself, or by a sender that handed it over? */
    public boolean isTaken() {
        return ClaimWord.isTakenBy(recordClaim, slot.tag());
    }

    /** Accepts the message that was handed to this slot. False when it is not this slot's any more. */
    public boolean accept() {
        while (ClaimWord.isHandedTo(recordClaim, slot.tag())) {
            if (moveClaim(ClaimWord.accepted(recordClaim))) {
                return true;
            }
        }
        return false;
    }

    /** Consumes the message taken. False when it was declared ours no more: then it was not received (invariant 3). */
    public boolean consume() {
        slot.beginConsuming(recordAddress, Quantity.ofMessage(payloadLength()));
        boolean consumed = moveClaim(ClaimWord.consumed(recordClaim, slot.tag()));
        while (!consumed && isTaken()) {
            consumed = moveClaim(ClaimWord.consumed(recordClaim, slot.tag()));
        }
        slot.endConsuming(consumed);
        return consumed;
    }

    /** Puts the message taken back in its place, where every receiver looks again. */
    public void giveBack() {
        while (isTaken()) {
            if (moveClaim(ClaimWord.returned(recordClaim))) {
                memory.state().bumpRescanEpoch();
            }
        }
    }

    private boolean moveClaim(int to) {
        int claimOffset = recordOffset + CLAIM_OFFSET;
        if (recordSegment.compareAndSetInt(claimOffset, recordClaim, to)) {
            recordClaim = to;
            return true;
        }
        recordClaim = recordSegment.getIntVolatile(claimOffset);
        return false;
    }

    private void found(UnsafeBuffer inSegment, int place, int atOffset, long header) {
        recordSegment = inSegment;
        recordOffset = atOffset;
        recordLength = Math.abs(length(header));
        recordType = type(header);
        recordAddress = memory.address(place) + atOffset;
        recordClaim = inSegment.getIntVolatile(atOffset + CLAIM_OFFSET);
    }

    /** Invariant 13. */
    private void check(int place, int atOffset, int segmentEnd, long header, int length, boolean padding) {
        if (length > segmentEnd - atOffset || length < (padding ? 1 : HEADER_LENGTH)) {
            throw Appender.damaged(memory, place, atOffset, header);
        }
    }

    private boolean enterHead() {
        long head = chain.pinHead(slot, SlotDescriptor.RECEIVING_PIN);
        if (head == SegmentLink.NONE) {
            return false;
        }
        enter(head);
        return true;
    }

    private boolean enterNext() {
        long next = chain.pinNext(slot, SlotDescriptor.RECEIVING_PIN, link);
        if (next == SegmentLink.NONE) {
            return false;
        }
        enter(next);
        chain.reclaimer().run(slot, clientId);
        return true;
    }

    private void enter(long newLink) {
        // If the segment can't be mapped the cursor is nowhere, and begins anew.
        link = SegmentLink.NONE;
        segment = memory.segment(SegmentLink.place(newLink));
        end = chain.length(newLink);
        offset = table.reclaimProgress(SegmentLink.place(newLink), end);
        link = newLink;
    }
}
