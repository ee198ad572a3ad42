package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.CLAIM_OFFSET;
import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.MTYPE_OFFSET;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.TOTAL_OFFSET;
import static dev.msqd.layout.RecordDescriptor.aligned;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.RecordDescriptor.length;
import static dev.msqd.layout.RecordDescriptor.shortType;
import static dev.msqd.layout.RecordDescriptor.type;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Words;
import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Appends records to the log: claim, fill, commit. One owner thread.
 *
 * <p>A claim is one CAS of the header word from zero, which stores length and owner together: there is never a gap that
 * belongs to nobody, and whoever walks past a record being written knows how long it is. A claim fixes the record's total,
 * so the limit is checked against the very place that the record takes: two senders can't both use the same room.
 *
 * <p>The only sender of a queue claims without a locked operation ({@link Bias}): its slot says which record it is about to write, and the
 * header is stored once, with the commit. Whoever wants to send, too, takes that right away and stores the header of the claim
 * in its owner's stead, if it is not there yet: both mean the same record.
 */
public final class Appender {
    /** {@link #claim}: the message does not fit now. */
    public static final int FULL = -1;

    /** Longest payload in bytes: 512 MiB. What is longer than a segment gets a long one. */
    public static final int MAX_PAYLOAD_LENGTH = QueueMemory.MAX_SEGMENT_LENGTH;

    /** Distance between the records that the append hint names: bytes that a newcomer walks at most, about. */
    private static final int HINT_INTERVAL = 4096;

    /** Of a sender that found another one faster: 0.2 to 0.4 µs. */
    private static final int PAUSES = 8;

    private static final int NO_PLACE = -1;

    private final QueueMemory memory;
    private final SegmentChain chain;
    private final SegmentTable table;
    private final Slots slots;
    private final Slot slot;
    private final int tag;
    private final int segmentLength;
    private final Bias bias;

    private long link = SegmentLink.NONE;
    private int place;
    private UnsafeBuffer segment;
    private Words records;
    private int end;
    private int offset;
    private long total;
    private int hint;
    private long received;
    private int outstanding;
    private long longPosition;
    private boolean biased;
    private long triedLink = SegmentLink.NONE;

    public Appender(SegmentChain chain, Slot slot) {
        this.memory = chain.memory();
        this.chain = chain;
        this.table = chain.table();
        this.slots = chain.slots();
        this.slot = slot;
        this.tag = slot.tag();
        this.segmentLength = memory.segmentLength();
        this.bias = chain.senderBias();
    }

    /** Longest payload in bytes, whatever the length of the queue's segments. */
    public int maxPayloadLength() {
        return MAX_PAYLOAD_LENGTH;
    }

    /**
     * Claims the next record. What it returns lies in {@link #segment()} and is the caller's until commit or abort.
     *
     * @param payloadLength 0 to {@link #maxPayloadLength()}
     * @param qbytes        the limit (R21)
     * @return the record's offset, or {@link #FULL}; also FULL when the record would begin a new segment while another claim
     *         is outstanding, because repair looks for the claims of the dead in one segment
     * @throws ErrnoException ENOMEM when no segment can be had, EIO when the log is damaged; nothing is claimed then
     */
    public int claim(int payloadLength, long qbytes) {
        int claimed = claimUnseen(payloadLength, qbytes);
        if (claimed != FULL) {
            show(claimed, payloadLength);
        }
        return claimed;
    }

    /**
     * {@link #claim} where the header may come with the commit: nobody else sees that something is being written. To be committed at once, or
     * {@link #show shown}.
     */
    public int claimUnseen(int payloadLength, long qbytes) {
        int recordLength = HEADER_LENGTH + payloadLength;
        int alignedLength = aligned(recordLength);
        while (true) {
            if (offset == end) {
                if (link == SegmentLink.NONE) {
                    enterTail();
                    continue;
                }
                if (alignedLength > segmentLength) {
                    return claimLong(payloadLength, alignedLength, qbytes);
                }
                if (outstanding > 0) {
                    return FULL;
                }
                enterNext();
                continue;
            }
            long header = records.getLongVolatile(offset);
            if (header != 0) {
                stepOver(header);
            } else if (!fits(payloadLength, qbytes)) {
                // Totals of receivers were read after the zero header: if it is zero still, nothing came in between.
                if (records.getLongVolatile(offset) == 0) {
                    return FULL;
                }
            } else if (offset + alignedLength > end) {
                if (alignedLength > segmentLength) {
                    return claimLong(payloadLength, alignedLength, qbytes);
                }
                seal();
            } else if (claimNext(recordLength)) {
                int claimed = offset;
                records.putLong(claimed + TOTAL_OFFSET, total);
                offset += alignedLength;
                total += Quantity.ofMessage(payloadLength);
                outstanding++;
                return claimed;
            }
        }
    }

    /** Claims the record at the offset, whose header was zero a moment ago; false if it is not any more, or may not be. */
    private boolean claimNext(int recordLength) {
        if (biased) {
            if (outstanding > 0) {
                showClaim(records, end, SlotDescriptor.intentOffset(slot.intent()), slot.intent(), tag);
            }
            slot.intent(SlotDescriptor.intent(SegmentLink.number(link), offset, recordLength));
            if (bias.word() == tag) {
                return true;
            }
            biased = false;
            // Whoever took the right away may have stored this very header already.
            return claimByHeader(recordLength) || records.getLongVolatile(offset) == header(-recordLength, tag);
        }
        if (triedLink != link && outstanding == 0) {
            triedLink = link;
            biased = bias.acquire(slot);
            return false;
        }
        if (bias.word() != BiasWord.NOBODY) {
            revoke();
            return false;
        }
        if (claimByHeader(recordLength)) {
            return true;
        }
        // Another sender was faster. Let it send some in a row: by turns each message would cost both the lines that the other wrote.
        for (int pause = 0; pause < PAUSES; pause++) {
            Thread.onSpinWait();
        }
        return false;
    }

    private boolean claimByHeader(int recordLength) {
        return records.compareAndSetLong(offset, 0, header(-recordLength, tag));
    }

    /** Fills the segment to its end, unless the only sender is claiming there: then look again. */
    private void seal() {
        if (!biased && bias.word() != BiasWord.NOBODY) {
            revoke();
        } else {
            records.compareAndSetLong(offset, 0, header(end - offset, PADDING_TYPE));
        }
    }

    /**
     * After it whoever had the right to do without locked operations has none, and what it was claiming is claimed by its header. With claims
     * outstanding nobody can have had it: this slot's pin was there before.
     */
    private void revoke() {
        int revoked = bias.revoke();
        if (revoked == BiasWord.NOBODY) {
            return;
        }
        walkToEnd();
        long intent = bias.owner(revoked).intent();
        if (offset < end && SlotDescriptor.isIntentFor(intent, SegmentLink.number(link), offset)) {
            showClaim(records, end, offset, intent, BiasWord.tag(revoked));
        }
        bias.forget(revoked);
    }

    /** Stores the header of the record that the only sender was about to write, if there is none. */
    static void showClaim(Words records, int end, int recordOffset, long intent, int tag) {
        int recordLength = SlotDescriptor.intentLength(intent);
        if (recordLength >= HEADER_LENGTH && recordLength <= end - recordOffset) {
            records.compareAndSetLong(recordOffset, 0, header(-recordLength, tag));
        }
    }

    /** Has the header of a claimed record say so, for those who look at it before it is committed. */
    public void show(int recordOffset, int payloadLength) {
        if (records.getLong(recordOffset) == 0) {
            records.putLongRelease(recordOffset, header(-(HEADER_LENGTH + payloadLength), tag));
        }
    }

    /**
     * Claims a record that is longer than a segment: it gets one of its own, which is appended with the claim in it. Places are
     * had first, so that a hot directory that is full costs nothing else.
     */
    private int claimLong(int payloadLength, int alignedLength, long qbytes) {
        if (outstanding > 0) {
            return FULL;
        }
        int head = NO_PLACE;
        try {
            while (true) {
                walkToEnd();
                if (!fits(payloadLength, qbytes)) {
                    // Totals of receivers were read after the end was: if it is the end still, nothing came in between.
                    if (isEnd()) {
                        return FULL;
                    }
                } else if (head == NO_PLACE) {
                    head = chain.claimLong(slot, alignedLength);
                } else if (offset < end) {
                    seal();
                } else if (appendLong(head, HEADER_LENGTH + payloadLength, alignedLength)) {
                    head = NO_PLACE;
                    return 0;
                }
            }
        } finally {
            if (head != NO_PLACE) {
                chain.giveBackLong(slot, head);
            }
        }
    }

    /** The limit holds: the total at the sealed end is the record's, and somebody else's append makes this one fail. */
    private boolean appendLong(int head, int recordLength, int alignedLength) {
        Words longRecords = memory.records(head);
        longRecords.putLong(TOTAL_OFFSET, total);
        longRecords.putLong(0, header(-recordLength, tag));
        long appended = chain.extendLong(slot, SlotDescriptor.APPENDING_PIN, link, head, total, alignedLength);
        if (appended == SegmentLink.NONE) {
            return false;
        }
        link = appended;
        place = head;
        segment = memory.segment(head);
        records = longRecords;
        end = alignedLength;
        hint = 0;
        offset = alignedLength;
        longPosition = position(0);
        total += Quantity.ofMessage(recordLength - HEADER_LENGTH);
        outstanding++;
        return true;
    }

    /** Where the last claim lies. */
    public UnsafeBuffer segment() {
        return segment;
    }

    /** Place of the segment of the last claim. */
    public int place() {
        return place;
    }

    /** Address of a record in the segment of the last claim. */
    public long address(int recordOffset) {
        return memory.address(place) + recordOffset;
    }

    /** Position of a record in the segment of the last claim. */
    public long position(int recordOffset) {
        return SegmentLink.number(link) * segmentLength + recordOffset;
    }

    /**
     * Position of the record that was claimed last, as long as nothing else was done since.
     *
     * @param payloadLength of that record
     */
    public long claimedPosition(int payloadLength) {
        int alignedLength = aligned(HEADER_LENGTH + payloadLength);
        return alignedLength > segmentLength ? longPosition : position(offset - alignedLength);
    }

    /**
     * Makes a claimed and filled record a message. It is a plain release: only the records of those who are proved dead are
     * settled by others. No fence: look for waiters with {@link ArmedSlots#isEmptyAfterPublishing}.
     *
     * @return false if there is no such record, because a repair took this process for dead: nothing was sent
     */
    public boolean commit(int recordOffset, long mtype) {
        long claimed = records.getLong(recordOffset);
        if (length(claimed) > -HEADER_LENGTH) {
            outstanding -= type(claimed) == DEAD_TYPE ? 1 : 0;
            return false;
        }
        return commit(recordOffset, mtype, -length(claimed) - HEADER_LENGTH);
    }

    /** The same for a record that need not have been {@link #show shown}. */
    public boolean commit(int recordOffset, long mtype, int payloadLength) {
        long claimed = records.getLong(recordOffset);
        int recordLength = HEADER_LENGTH + payloadLength;
        if (claimed != 0 && claimed != header(-recordLength, tag)) {
            outstanding -= type(claimed) == DEAD_TYPE ? 1 : 0;
            return false;
        }
        outstanding--;
        records.putLongRelease(recordOffset, header(recordLength, shortType(mtype)));
        if (recordOffset - hint >= HINT_INTERVAL) {
            hint = recordOffset;
            table.noteAppendHint(place, recordOffset);
        }
        return true;
    }

    /** Copies a claimed record's payload in; the source has been checked to have so many bytes. */
    public void fill(int recordOffset, DirectBuffer src, int srcOffset, int payloadLength) {
        records.putBytes(recordOffset + HEADER_LENGTH, src, srcOffset, payloadLength);
    }

    /** Fills in what a record says of itself. */
    public void describe(int recordOffset, long mtype, int claimWord) {
        records.putLong(recordOffset + MTYPE_OFFSET, mtype);
        records.putInt(recordOffset + CLAIM_OFFSET, claimWord);
    }

    /** May anybody take the record just committed? Its segment stays pinned until the next claim. */
    public boolean isAvailable(int recordOffset) {
        return ClaimWord.isAvailable(records.getIntVolatile(recordOffset + CLAIM_OFFSET));
    }

    /** Is the record just committed in the log on disk, or received? Its segment stays pinned until the next claim. */
    public boolean isSettled(int recordOffset) {
        int claim = records.getIntVolatile(recordOffset + CLAIM_OFFSET);
        return ClaimWord.isLogged(claim) || ClaimWord.isConsumed(claim);
    }

    /** Is it somewhere in the log, with that segment pinned? */
    public boolean isPlaced() {
        return link != SegmentLink.NONE;
    }

    /** Claims that are neither committed nor aborted yet. */
    public int outstanding() {
        return outstanding;
    }

    /** Is a claim neither committed nor aborted yet? Then the segment must not be left. */
    public boolean hasOutstanding() {
        return outstanding > 0;
    }

    /** Is a record of this slot being written at that offset of the present segment? */
    public boolean isClaimed(int recordOffset) {
        if (outstanding == 0 || recordOffset < 0 || recordOffset > end - HEADER_LENGTH) {
            return false;
        }
        long header = records.getLongVolatile(recordOffset);
        return length(header) < 0 && type(header) == tag;
    }

    /** Gives up a claimed record: it becomes dead, and its quantity counts as received by this slot. */
    public void abort(int recordOffset) {
        outstanding--;
        kill(slot, records, memory.address(place), recordOffset, tag);
    }

    /**
     * Makes a record being written dead, in the accounts of {@code slot}, whose tag it bears.
     *
     * @return false if it was committed or dead already
     */
    static boolean kill(Slot slot, Words records, long placeAddress, int recordOffset, int tag) {
        long header = records.getLongVolatile(recordOffset);
        int recordLength = -length(header);
        if (recordLength <= 0 || type(header) != tag) {
            return false;
        }
        slot.beginConsuming(placeAddress + recordOffset, Quantity.ofMessage(recordLength - HEADER_LENGTH));
        records.putInt(recordOffset + CLAIM_OFFSET, ClaimWord.consumed(0, tag));
        boolean killed = records.compareAndSetLong(recordOffset, header, header(recordLength, DEAD_TYPE));
        slot.endConsuming(killed);
        return killed;
    }

    /** How much is queued: total at the end less what was received. A little old while a claim is outstanding. */
    public long live() {
        if (link == SegmentLink.NONE && table.head() == SegmentLink.NONE) {
            return 0;
        }
        if (link == SegmentLink.NONE) {
            enterTail();
        }
        while (true) {
            walkToEnd();
            received = slots.received();
            if (outstanding > 0 || isEnd()) {
                return total - received;
            }
        }
    }

    /** Total at the end that {@link #live} or {@link #passedPosition} found last: all that ever was appended. */
    public long total() {
        return total;
    }

    private boolean isEnd() {
        return offset == end ? table.next(link) == SegmentLink.NONE : records.getLongVolatile(offset) == 0;
    }

    /** Position of the end as of now; 0 before the first send. Unlike {@link #endPosition} it never looks twice. */
    public long passedPosition() {
        if (link == SegmentLink.NONE) {
            if (table.head() == SegmentLink.NONE) {
                return 0;
            }
            enterTail();
        }
        walkToEnd();
        return SegmentLink.number(link) * segmentLength + offset;
    }

    /** Position of the end that {@link #live} finds; 0 before the first send. */
    public long endPosition() {
        live();
        return link == SegmentLink.NONE ? 0 : SegmentLink.number(link) * segmentLength + offset;
    }

    /** Gives up what is claimed and lets go of the segment; the next claim begins anew. */
    public void release() {
        int at = 0;
        while (outstanding > 0 && at < offset) {
            int length = Math.abs(length(records.getLongVolatile(at)));
            if (length < HEADER_LENGTH || length > end - at) {
                break;
            }
            if (isClaimed(at)) {
                abort(at);
            }
            at += aligned(length);
        }
        outstanding = 0;
        // Also where it was taken away and nobody has forgotten it yet.
        biased = false;
        bias.drop(tag);
        triedLink = SegmentLink.NONE;
        leave();
        slot.unpin(SlotDescriptor.APPENDING_PIN);
    }

    /**
     * Begins a new segment behind a long one that was received: the last of the chain stays, and it may be long until somebody
     * sends. For the daemon.
     *
     * @return whether there was such a segment
     * @throws ErrnoException as {@link #claim}
     */
    public boolean passLongSegment() {
        live();
        if (end <= segmentLength || outstanding > 0 || !isTerminal()) {
            return false;
        }
        enterNext();
        return true;
    }

    private boolean isTerminal() {
        long header = records.getLongVolatile(0);
        return length(header) > 0
            && (type(header) == DEAD_TYPE || Reclaimer.isOver(records, 0));
    }

    /** Lets go of a long segment in which nothing is left to do: who sends seldom must not keep its memory. */
    public void leaveLongSegment() {
        if (end > segmentLength && outstanding == 0) {
            release();
        }
    }

    private void walkToEnd() {
        while (true) {
            if (offset == end) {
                if (outstanding > 0 || table.next(link) == SegmentLink.NONE) {
                    return;
                }
                enterNext();
            } else {
                long header = records.getLongVolatile(offset);
                if (header == 0) {
                    return;
                }
                stepOver(header);
            }
        }
    }

    private boolean fits(int payloadLength, long qbytes) {
        if (Quantity.fits(total - received, payloadLength, qbytes)) {
            return true;
        }
        received = slots.received();
        if (Quantity.fits(total - received, payloadLength, qbytes)) {
            return true;
        }
        while (true) {
            long before = received;
            if (Quantity.fits(total - before - chain.handed(), payloadLength, qbytes)) {
                return true;
            }
            // What was received since was missed by both.
            received = slots.received();
            if (received == before) {
                return false;
            }
        }
    }

    private void stepOver(long header) {
        int length = Math.abs(length(header));
        boolean padding = type(header) == PADDING_TYPE;
        if (length > end - offset || length < (padding ? 1 : HEADER_LENGTH)) {
            throw damaged(memory, place, offset, header);
        }
        if (!padding) {
            total += Quantity.ofMessage(length - HEADER_LENGTH);
        }
        offset += aligned(length);
    }

    private void enterTail() {
        long tail = chain.pinTail(slot, SlotDescriptor.APPENDING_PIN);
        if (tail == SegmentLink.NONE) {
            tail = chain.extend(slot, SlotDescriptor.APPENDING_PIN, SegmentLink.NONE, 0);
        }
        enter(tail);
    }

    private void enterNext() {
        long next;
        try {
            next = SegmentLink.number(table.tail()) > SegmentLink.number(link)
                ? chain.pinTail(slot, SlotDescriptor.APPENDING_PIN)
                : chain.extend(slot, SlotDescriptor.APPENDING_PIN, link, total);
        } catch (RuntimeException e) {
            // The pin may name another segment already.
            leave();
            throw e;
        }
        enter(next);
    }

    /** Nowhere, offset and end are the same: a claim need not look whether there is a segment. */
    private void leave() {
        link = SegmentLink.NONE;
        segment = null;
        records = null;
        offset = 0;
        end = 0;
    }

    private void enter(long newLink) {
        // If the segment can't be mapped the appender is nowhere, and begins anew.
        leave();
        place = SegmentLink.place(newLink);
        segment = memory.segment(place);
        records = memory.records(place);
        int newEnd = chain.length(newLink);
        hint = table.appendHint(place, newEnd);
        total = hint == 0 ? table.totalAtStart(place) : records.getLong(hint + TOTAL_OFFSET);
        // An old sum would in the end be so old that the difference wraps; a sum as old as a segment never is.
        received = slots.received();
        offset = hint;
        end = newEnd;
        link = newLink;
    }

    static ErrnoException damaged(QueueMemory memory, int place, int offset, long header) {
        return new ErrnoException(Errno.EIO, memory.what() + " is damaged: place " + place + ", offset " + offset
            + ": header " + Long.toHexString(header));
    }
}
