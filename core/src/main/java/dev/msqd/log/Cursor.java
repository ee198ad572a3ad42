package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.CLAIM_OFFSET;
import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.LOG_FILE_OFFSET;
import static dev.msqd.layout.RecordDescriptor.MTYPE_OFFSET;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.WIDE_TYPE;
import static dev.msqd.layout.RecordDescriptor.aligned;
import static dev.msqd.layout.RecordDescriptor.length;
import static dev.msqd.layout.RecordDescriptor.type;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Words;
import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
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

    /** {@link #probe}: no record. */
    static final long NOWHERE = -1;

    private final QueueMemory memory;
    private final SegmentChain chain;
    private final SegmentTable table;
    private final Slot slot;
    private final long clientId;
    private final int segmentLength;
    private final int segmentBits;
    private final int pin;
    private final Bias bias;

    private long link = SegmentLink.NONE;
    private Words records;
    /** Of the segment: its first record's position and address. */
    private long startPosition;
    private long startAddress;
    private int end;
    private int offset;
    private int steppedLength;
    private long candidateLink = SegmentLink.NONE;
    private int candidateEnd;

    private Words recordWords;
    private int recordOffset;
    private int recordLength;
    private boolean writing;
    private int recordType;
    private long recordAddress;
    private int recordClaim;
    private long recordPosition;
    private boolean biased;

    private final Zeroing zeroing;
    /** What this cursor received last, and where in the segment; whether it received all that it passed there: then others need not look. */
    private long receivedPosition = NOWHERE;
    private int lastReceived;
    private boolean allReceived;

    public Cursor(SegmentChain chain, Slot slot, long clientId) {
        this(chain, slot, clientId, SlotDescriptor.RECEIVING_PIN);
    }

    /** One that never takes a message, and so is in no receiver's way. */
    public static Cursor following(SegmentChain chain, Slot slot, long clientId) {
        return new Cursor(chain, slot, clientId, SlotDescriptor.FOLLOWING_PIN);
    }

    private Cursor(SegmentChain chain, Slot slot, long clientId, int pin) {
        this.pin = pin;
        this.zeroing = new Zeroing(chain.places(), chain.reclaimer(), slot);
        this.bias = chain.receiverBias();
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
        records = null;
        startPosition = 0;
        // The same: a look need not see whether there is a segment.
        offset = 0;
        end = 0;
    }

    /** Lets go of every segment. */
    public void release() {
        rewind();
        candidateLink = SegmentLink.NONE;
        if (pin == SlotDescriptor.RECEIVING_PIN) {
            // Also where it was taken away and nobody has forgotten it yet.
            biased = false;
            bias.drop(slot.tag());
        }
        zeroing.finish();
        slot.unpin(pin);
        slot.unpin(SlotDescriptor.CANDIDATE_PIN);
    }

    /**
     * Looks at the record under the cursor, stepping over what is dead or padding. What is found is this object's record
     * until the next look.
     *
     * @return {@link #END}, {@link #WRITING} or {@link #MESSAGE}
     */
    public int look() {
        while (true) {
            if (offset == end) {
                if (!(link == SegmentLink.NONE ? enterHead() : enterNext())) {
                    return END;
                }
                continue;
            }
            long header = records.getLongVolatile(offset);
            int length = length(header);
            if (length >= HEADER_LENGTH && length <= end - offset && type(header) >= 0) {
                writing = false;
                found(records, startAddress, offset, length, type(header), position());
                steppedLength = aligned(length);
                return MESSAGE;
            }
            if (header == 0) {
                return END;
            }
            length = Math.abs(length);
            boolean padding = type(header) == PADDING_TYPE;
            check(SegmentLink.place(link), offset, end, header, length, padding);
            if (padding) {
                offset = end;
            } else if (length(header) > 0 && type(header) == DEAD_TYPE) {
                offset += aligned(length);
            } else {
                writing = length(header) < 0;
                found(records, startAddress, offset, length, type(header), position());
                steppedLength = aligned(length);
                return writing ? WRITING : MESSAGE;
            }
        }
    }

    /** Is there no position under the cursor: at the beginning, before the first look? */
    boolean isNowhere() {
        return link == SegmentLink.NONE;
    }

    /** Is nothing under the cursor, or behind it, at the moment? A few loads. */
    boolean isAtEnd() {
        if (link == SegmentLink.NONE) {
            return table.head() == SegmentLink.NONE;
        }
        return offset == end ? table.next(link) == SegmentLink.NONE : records.getLongVolatile(offset) == 0;
    }

    /** Past the record that the last {@link #look} found, whatever was looked at since. */
    public void step() {
        if (receivedPosition == position()) {
            lastReceived = offset;
        } else {
            allReceived = false;
        }
        offset += steppedLength;
        if (!zeroing.isDone()) {
            zeroing.some(steppedLength);
        }
    }

    /** Uses the time of somebody who waits. */
    public void idle() {
        if (!zeroing.isDone()) {
            zeroing.some(0);
        }
    }

    /** Nobody will come here for a while. */
    public void rest() {
        zeroing.finish();
    }

    /** Position under the cursor. */
    public long position() {
        return startPosition + offset;
    }

    /**
     * Looks at a record that was walked past.
     *
     * @return {@link #WRITING}, {@link #MESSAGE} or {@link #TERMINAL}
     */
    public int lookAt(long position, long address) {
        if (!reach(position, address)) {
            return TERMINAL;
        }
        if (writing) {
            return WRITING;
        }
        return recordType == DEAD_TYPE || ClaimWord.isConsumed(recordClaim) ? TERMINAL : MESSAGE;
    }

    /**
     * Makes a record that was walked past this object's record, whatever became of it.
     *
     * @return false if it was given back together with its segment
     */
    boolean reach(long position, long address) {
        long target = SegmentLink.link(position >>> segmentBits, (int) (address >>> segmentBits));
        if (!pinCandidate(target)) {
            return false;
        }
        int place = SegmentLink.place(target);
        Words targetRecords = memory.records(place);
        int targetOffset = (int) position & (segmentLength - 1);
        long header = targetRecords.getLongVolatile(targetOffset);
        int length = Math.abs(length(header));
        check(place, targetOffset, target == link ? end : candidateEnd, header, length, false);
        writing = length(header) < 0;
        found(targetRecords, memory.address(place), targetOffset, length, type(header), position);
        return true;
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

    /**
     * Makes the record at an address that somebody else names this object's record, if there can be one.
     *
     * @return its position, or {@link #NOWHERE}
     */
    long probe(long address) {
        if (address < 0 || address >= memory.address(table.placeLimit()) || address % RecordDescriptor.ALIGNMENT != 0) {
            return NOWHERE;
        }
        int place = memory.placeOf(address);
        int targetOffset = memory.offsetOf(address);
        long number = table.numberAt(place);
        if (number == 0 || !pinCandidate(SegmentLink.link(number, place))) {
            return NOWHERE;
        }
        int room = table.length(place) - targetOffset;
        if (room < HEADER_LENGTH) {
            return NOWHERE;
        }
        Words targetRecords = memory.records(place);
        long header = targetRecords.getLongVolatile(targetOffset);
        if (length(header) < HEADER_LENGTH || length(header) > room || type(header) < 0) {
            return NOWHERE;
        }
        writing = false;
        found(targetRecords, memory.address(place), targetOffset, length(header), type(header),
            (number << segmentBits) + targetOffset);
        return recordPosition;
    }

    /** The pin of the last record that was looked at by position is about to be used otherwise. */
    void forgetCandidate() {
        candidateLink = SegmentLink.NONE;
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
        return memory.segment(memory.placeOf(recordAddress));
    }

    /** Copies its payload out; the destination has been checked to have room. */
    public void copyTo(UnsafeBuffer dst, int dstOffset) {
        recordWords.getBytes(payloadOffset(), dst, dstOffset, payloadLength());
    }

    /** Where its payload begins in {@link #buffer()}. */
    public int payloadOffset() {
        return recordOffset + HEADER_LENGTH;
    }

    public int payloadLength() {
        return recordLength - HEADER_LENGTH;
    }

    public long mtype() {
        return recordType == WIDE_TYPE ? recordWords.getLong(recordOffset + MTYPE_OFFSET) : recordType;
    }

    public long address() {
        return recordAddress;
    }

    /** Its position. */
    public long recordPosition() {
        return recordPosition;
    }

    public boolean isAvailable() {
        return ClaimWord.isAvailable(recordClaim);
    }

    public boolean isConsumed() {
        return ClaimWord.isConsumed(recordClaim);
    }

    /** Takes the message found, so that nobody else can. False when it is not available any more. */
    public boolean take() {
        while (ClaimWord.isAvailable(recordClaim) && !isAnothers()) {
            // Where it fails, the message may merely have come into the log meanwhile.
            if (moveClaim(ClaimWord.taken(recordClaim, slot.tag()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Is the message being received by somebody who was the only receiver until now? He is not any more: then it is his, and if he died in it,
     * all will look again.
     */
    private boolean isAnothers() {
        int word = bias.word();
        if (word == BiasWord.NOBODY || BiasWord.tag(word) == slot.tag()) {
            return false;
        }
        int revoked = bias.revoke();
        if (revoked == BiasWord.NOBODY) {
            return false;
        }
        long pending = bias.owner(revoked).pendingAddress();
        if (pending == -1) {
            bias.forget(revoked);
        }
        return pending == recordAddress;
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
        intend();
        boolean consumed = moveClaim(ClaimWord.consumed(recordClaim, slot.tag()));
        while (!consumed && isTaken()) {
            consumed = moveClaim(ClaimWord.consumed(recordClaim, slot.tag()));
        }
        if (consumed && ClaimWord.isLogged(recordClaim)) {
            table.markConsumed(memory.placeOf(recordAddress));
        }
        slot.endConsuming(consumed);
        return consumed;
    }

    /**
     * Consumes the message found, which need not be taken: in one step, for who has read it already.
     *
     * @return false when it is not available any more: it was not received, whatever was read
     */
    public boolean receive() {
        boolean shared = !biased || recordClaim != ClaimWord.AVAILABLE;
        if (shared && isAnothers()) {
            return false;
        }
        intend();
        boolean consumed = !shared && isAlone();
        if (consumed) {
            recordWords.putIntRelease(recordOffset + CLAIM_OFFSET, ClaimWord.consumed(recordClaim, slot.tag()));
        }
        while (!consumed && ClaimWord.isAvailable(recordClaim)) {
            // Where it fails, the message may merely have come into the log meanwhile.
            consumed = moveClaim(ClaimWord.consumed(recordClaim, slot.tag()));
        }
        receivedPosition = consumed ? recordPosition : NOWHERE;
        if (consumed && ClaimWord.isLogged(recordClaim)) {
            table.markConsumed(memory.placeOf(recordAddress));
            receivedPosition = NOWHERE;
        }
        slot.endConsuming(consumed);
        return consumed;
    }

    /** What is about to be consumed shows in the slot: is it nobody else's business, not even the daemon's? */
    private boolean isAlone() {
        biased = bias.word() == slot.tag();
        return biased && recordPosition >= table.sharedBefore();
    }

    /** Shows that the message taken is about to be consumed, so that its end can come into the log before. */
    public void intend() {
        slot.beginConsuming(recordAddress, Quantity.ofMessage(payloadLength()));
    }

    /** It will not be consumed after all. */
    public void withdraw() {
        slot.endConsuming(false);
    }

    // ---- the log on disk, for the daemon

    boolean isLogged() {
        return ClaimWord.isLogged(recordClaim);
    }

    /** Reads again what has become of the record. */
    void refresh() {
        recordClaim = recordWords.getIntVolatile(recordOffset + CLAIM_OFFSET);
    }

    /** Neither taken, nor consumed, nor in the log. */
    boolean isUnmarked() {
        return recordClaim == ClaimWord.AVAILABLE;
    }

    boolean isTakenByAnybody() {
        return ClaimWord.isTaken(recordClaim);
    }

    /** The slot that took it, or consumed it. */
    int takerIndex() {
        return Slot.indexOfTag(ClaimWord.tag(recordClaim));
    }

    int takerTag() {
        return ClaimWord.tag(recordClaim);
    }

    int logFile() {
        return recordWords.getIntVolatile(recordOffset + LOG_FILE_OFFSET);
    }

    void logFile(int file) {
        recordWords.putIntVolatile(recordOffset + LOG_FILE_OFFSET, file);
    }

    /** The message is in the log. False if it was received before that showed: its end is not in the log. */
    boolean markLogged(int file) {
        logFile(file);
        while (!ClaimWord.isLogged(recordClaim)) {
            if (ClaimWord.isConsumed(recordClaim)) {
                return false;
            }
            moveClaim(ClaimWord.logged(recordClaim));
        }
        return true;
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
        if (recordWords.compareAndSetInt(claimOffset, recordClaim, to)) {
            recordClaim = to;
            return true;
        }
        recordClaim = recordWords.getIntVolatile(claimOffset);
        return false;
    }

    private void found(Words inRecords, long segmentAddress, int atOffset, int length, int type, long position) {
        recordPosition = position;
        if (recordWords != inRecords) {
            // Not every time: a collector's card table would make threads share a line.
            recordWords = inRecords;
        }
        recordOffset = atOffset;
        recordLength = length;
        recordType = type;
        recordAddress = segmentAddress + atOffset;
        recordClaim = inRecords.getIntVolatile(atOffset + CLAIM_OFFSET);
    }

    /** Invariant 13. */
    private void check(int place, int atOffset, int segmentEnd, long header, int length, boolean padding) {
        if (length > segmentEnd - atOffset || length < (padding ? 1 : HEADER_LENGTH)) {
            throw Appender.damaged(memory, place, atOffset, header);
        }
    }

    private boolean enterHead() {
        long head = chain.pinHead(slot, pin);
        if (head == SegmentLink.NONE) {
            return false;
        }
        enter(head);
        return true;
    }

    private boolean enterNext() {
        if (allReceived && pin == SlotDescriptor.RECEIVING_PIN) {
            table.noteReclaimProgress(SegmentLink.place(link), lastReceived);
        }
        long next;
        try {
            next = chain.pinNext(slot, pin, link);
        } catch (RuntimeException e) {
            // The pin may name another segment already.
            rewind();
            throw e;
        }
        if (next == SegmentLink.NONE) {
            return false;
        }
        enter(next);
        try {
            zeroing.begin();
            chain.reclaimer().claim(slot, clientId);
            zeroing.begin();
        } catch (ErrnoException e) {
            // Whoever can't map what is to be given back leaves it to others.
        }
        return true;
    }

    private void enter(long newLink) {
        // If the segment can't be mapped the cursor is nowhere, and begins anew.
        rewind();
        records = memory.records(SegmentLink.place(newLink));
        startPosition = SegmentLink.number(newLink) << segmentBits;
        startAddress = memory.address(SegmentLink.place(newLink));
        int newEnd = chain.length(newLink);
        offset = table.reclaimProgress(SegmentLink.place(newLink), newEnd);
        end = newEnd;
        lastReceived = offset;
        allReceived = true;
        link = newLink;
        biased = pin == SlotDescriptor.RECEIVING_PIN && (biased || bias.acquire(slot));
    }
}
