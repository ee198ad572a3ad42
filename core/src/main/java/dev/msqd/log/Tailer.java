package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.detail;
import static dev.msqd.layout.SegmentTableDescriptor.state;

import dev.msqd.calls.Membarrier;
import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Follows the hot log and says what belongs in the log on disk: messages that are queued, and the ends of those that are in the log
 * already. For the daemon; one owner thread.
 *
 * <p>Work goes in rounds: {@link #collect} (or {@link #collectAll}, {@link #collectFiles}) gives the sink what is new; when that is on disk,
 * {@link #committed} makes it known to senders and to those who give memory back; when it did not get there, {@link #abandon} forgets
 * it, and everything must be collected anew.
 *
 * <pre>
 *  record                                       what is done
 *  -------------------------------------------  --------------------------------------------------------
 *  being written                                looked at again
 *  queued or taken, not logged                  SEND; then its LOGGED flag and its file are set
 *  taken, not logged, its taker intends to      looked at again: it need never be in the log. If it is still so then,
 *  consume it (with {@code confirm})            LOGGED without a file: its sender need not wait for its taker.
 *                                               With {@code history} SEND and CONSUMED
 *  taken, logged, its taker intends to          CONSUMED; then it has no file any more, and is looked at
 *  consume it (with {@code confirm})            again: should it come back to its place, it is sent again
 *  about to be consumed by the only receiver,   looked at again. If it is still so then, SEND, and marked or CONSUMED when that is over
 *  without a look at its flag (Bias)
 *  consumed, logged, has a file                 CONSUMED; then it has no file any more: its place can be used again
 *  consumed between SEND and LOGGED             CONSUMED in the next round
 *  consumed, not logged, with {@code history}   SEND and CONSUMED at once: it must not come back
 * </pre>
 *
 * The file a message is in is stored in its record, so nothing here grows with what is queued.
 */
public final class Tailer implements AutoCloseable {
    /** What one round collects at most, about. */
    private static final int MAX_MESSAGES = 1 << 16;
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_PASSED = 1 << 20;

    private static final long NONE = Cursor.NOWHERE;

    private final QueueMemory memory;
    private final SegmentChain chain;
    private final SegmentTable table;
    private final Slots slots;
    private final Slot slot;
    private final long clientId;
    private final Sink sink;
    private final Cursor cursor;
    private final Appender appender;
    private final Bias receiverBias;
    private final int segmentBits;

    /** Being written, or about to be consumed, when they were passed. */
    private final Records unsettled = new Records();
    /** Their CONSUMED is in the log, but they are not consumed yet. */
    private final Records confirmed = new Records();
    /** In the log, and that does not show: the only receiver was about to consume them. */
    private final Records watching = new Records();
    /** In the log, or perhaps in the log (no file), and none of that shows: their end is due. */
    private final Records late = new Records();

    /** What was received already when it came into the log does not say so: before this position it is there. */
    private long historyFrom;
    /** Where the walk was when {@link #collectFiles} began another. */
    private long walkAgainTo;
    /** The same as it was before {@link #collectAll} began: what that collected is worth nothing without its end. */
    private long historyFromBefore;
    private boolean historyWanted;

    // ---- of the round

    private final Records sent = new Records();
    /** Sent for the history's sake: received before they came into the log. */
    private final Records past = new Records();
    private final Records ended = new Records();
    private final Records confirming = new Records();
    private final Records granting = new Records();
    private final Records watched = new Records();
    private int lateEnded;
    private int sharedAhead;
    private boolean all;
    private long walkedTo;
    private int messages;
    private long bytes;

    /** @param clientId whose slot to use, or to go on using: nobody else's at the time */
    public Tailer(SegmentChain chain, long clientId, Sink sink) {
        this.memory = chain.memory();
        this.chain = chain;
        this.table = chain.table();
        this.slots = chain.slots();
        this.clientId = clientId;
        Slot left = new Repair(chain).adopt(clientId);
        this.slot = left == null ? slots.acquire(clientId) : left;
        this.sink = sink;
        this.cursor = Cursor.following(chain, slot, clientId);
        this.appender = new Appender(chain, slot);
        this.receiverBias = chain.receiverBias();
        this.segmentBits = Integer.numberOfTrailingZeros(memory.segmentLength());
        this.historyFrom = table.retainFrom() << segmentBits; // what an earlier daemon walked through, it logged
    }

    /** Position of the log's end as of now. */
    public long endPosition() {
        long position = appender.passedPosition();
        appender.release();
        return position;
    }

    /** Whether a collect might find something, now or after a while. A few loads. */
    public boolean maybeWork() {
        return !late.isEmpty() || !confirmed.isEmpty() || !unsettled.isEmpty() || !watching.isEmpty()
            || table.anyConsumed()
            || !cursor.isAtEnd();
    }

    /**
     * Collects what is new before a position.
     *
     * @param history whether also messages belong in the log that are received already
     * @param confirm whether receivers wait for the CONSUMED of what they are about to consume
     * @return whether the round is full: there is more
     */
    public boolean collect(long limit, boolean confirm, boolean history) {
        begin(false);
        sharedAhead = confirm ? memory.segmentLength() : 0; // a fence for many messages: it takes as long as a quarter of a sync
        settleWatching();
        collectEndsFor(confirm);
        if (confirm || !confirmed.isEmpty()) {
            collectConfirmed();
        }
        collectUnsettled(confirm, history);
        return collectNew(limit, confirm, history);
    }

    /** Collects the ends of messages alone. */
    public void collectEnds(boolean confirm) {
        begin(false);
        collectEndsFor(confirm);
    }

    /**
     * Collects everything that is queued before a position, logged or not: call it until it says that there is no more, each time
     * followed by {@link #committed}.
     *
     * @param first whether to begin at the oldest message
     * @return whether there is more
     */
    public boolean collectAll(boolean first, long limit) {
        begin(true);
        if (first) {
            historyFromBefore = historyFrom;
            confirmed.clear();
            late.clear();
            watching.clear();
            rewind();
        }
        return collectNew(limit, true, historyWanted);
    }

    /**
     * Collects what is queued and in a file of the log below a number, so that it comes into a newer one. Call it until it says that there is
     * no more, each time followed by {@link #committed}. It walks over what was walked over before, once, and ends where that ended.
     *
     * @param first whether to begin at the oldest message
     * @return whether there is more
     */
    public boolean collectFiles(boolean first, int below) {
        begin(false);
        if (first) {
            walkAgainTo = cursor.isNowhere() ? 0 : cursor.position();
            cursor.rewind();
        }
        int found = cursor.look();
        while (found != Cursor.END && cursor.position() < walkAgainTo) {
            if (isFull()) {
                return true;
            }
            if (found == Cursor.MESSAGE && !cursor.isConsumed() && cursor.isLogged() && cursor.logFile() != 0
                && cursor.logFile() < below) {
                send(cursor.position(), cursor.address());
            }
            cursor.step();
            found = cursor.look();
        }
        return false;
    }

    /** What was collected is on disk. */
    public void committed() {
        for (int i = 0; i < sent.size(); i++) {
            long position = sent.position(i);
            long address = sent.address(i);
            int file = sent.file(i);
            int length = sent.length(i);
            boolean there = cursor.reach(position, address);
            int before = there ? cursor.logFile() : 0;
            if (!there || !cursor.markLogged(file)) {
                late.add(position, address, file, length);
            } else if (before != 0 && !all) {
                sink.released(before, length);
            }
        }
        for (int i = 0; i < ended.size(); i++) {
            if (cursor.reach(ended.position(i), ended.address(i))) {
                cursor.logFile(0);
            }
            if (ended.file(i) != 0) {
                sink.released(ended.file(i), ended.length(i));
            }
        }
        for (int i = 0; i < past.size(); i++) {
            sink.released(past.file(i), past.length(i));
        }
        watching.addAll(watched);
        for (int i = 0; i < lateEnded; i++) {
            if (late.file(i) != 0) {
                sink.released(late.file(i), late.length(i));
            }
        }
        late.removeFirst(lateEnded);
        confirmed.addAll(confirming);
        for (int i = 0; i < granting.size(); i++) {
            if (cursor.reach(granting.position(i), granting.address(i)) && cursor.markLogged(0)) {
                confirmed.add(granting.position(i), granting.address(i), 0, 0);
            }
        }
        historyFrom = Math.max(historyFrom, walkedTo);
        clearRound();
    }

    /**
     * What was collected did not come into the log, or only a part of it: it will be collected again. What was not in the log before gets an end
     * there first, since it may be received without one.
     */
    public void rollBack() {
        for (int i = 0; i < sent.size(); i++) {
            long position = sent.position(i);
            long address = sent.address(i);
            boolean logged = cursor.reach(position, address) && cursor.isLogged();
            if (!logged || cursor.logFile() == 0) {
                late.add(position, address, 0, sent.length(i));
            }
            // What came back to its place after its end was logged: the walk would pass over it.
            if (logged && cursor.logFile() == 0) {
                confirmed.add(position, address, 0, 0);
            }
        }
        for (int i = 0; i < past.size(); i++) {
            late.add(past.position(i), past.address(i), 0, past.length(i));
        }
        for (int i = 0; i < watched.size(); i++) {
            late.add(watched.position(i), watched.address(i), 0, watched.length(i));
        }
        for (int i = 0; i < ended.size(); i++) {
            table.markConsumed(memory.placeOf(ended.address(i)));
        }
        clearRound();
        rewind();
    }

    /** What was collected did not come into the log: everything must be collected anew ({@link #collectAll}). */
    public void abandon() {
        historyFrom = all ? historyFromBefore : historyFrom;
        clearRound();
        confirmed.clear();
        late.clear();
        watching.clear();
        rewind();
    }

    /**
     * Segments that were not walked through yet stay where they are: their history is wanted, and collected, also by {@link #collectAll}. Or,
     * with false, need not.
     */
    public void retain(boolean wanted) {
        historyWanted = wanted;
        long number = cursor.isNowhere() ? SegmentLink.FIRST_NUMBER : cursor.position() >>> segmentBits;
        table.retainFrom(wanted ? number : 0);
    }

    /** No message is in the log any more. */
    public void forgetFiles() {
        abandon();
        int found = cursor.look();
        while (found != Cursor.END) {
            if (found == Cursor.MESSAGE && cursor.logFile() != 0) {
                cursor.logFile(0);
            }
            cursor.step();
            found = cursor.look();
        }
        rewind();
    }

    /** Lets go of the queue, but not of the slot. */
    public void park() {
        cursor.release();
        appender.release();
    }

    /** Lets go of the queue. */
    @Override
    public void close() {
        park();
        slots.release(slot, clientId);
    }

    // ---- one round

    private void begin(boolean everything) {
        clearRound();
        sharedAhead = 0;
        all = everything;
    }

    private void clearRound() {
        sent.clear();
        past.clear();
        ended.clear();
        confirming.clear();
        granting.clear();
        watched.clear();
        lateEnded = 0;
        messages = 0;
        bytes = 0;
        walkedTo = 0;
    }

    /** Whatever was being written is found again. */
    private void rewind() {
        unsettled.clear();
        cursor.rewind();
    }

    private boolean isFull() {
        return messages >= MAX_MESSAGES || bytes >= MAX_BYTES;
    }

    private void collectEndsFor(boolean confirm) {
        collectLate();
        table.placeLimit(); // what can't be reached shows before the mark is taken
        if (table.takeAnyConsumed()) {
            for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
                if (table.takeConsumed(place)) {
                    collectEnds(place);
                }
            }
        }
        if (confirm) {
            for (int index = 0, limit = slots.limit(); index < limit; index++) {
                confirm(slots.peer(index));
            }
        }
    }

    /** Neighbours together: there is little room for ends on a full disk. */
    private void collectLate() {
        lateEnded = late.size();
        int next = 0;
        while (next < lateEnded) {
            long first = late.position(next);
            long last = first;
            next++;
            while (next < lateEnded
                && late.position(next) == last + RecordDescriptor.aligned(HEADER_LENGTH + late.length(next - 1))) {
                last = late.position(next);
                next++;
            }
            sink.consumed(first, last);
        }
    }

    private void collectEnds(int place) {
        long word = table.entryWord(place);
        cursor.forgetCandidate();
        if (state(word) != LINKED
            || !chain.pin(slot, SlotDescriptor.CANDIDATE_PIN, SegmentLink.link(detail(word), place))) {
            return;
        }
        UnsafeBuffer segment = memory.segment(place);
        long start = detail(word) << segmentBits;
        long address = memory.address(place);
        long first = NONE;
        long last = NONE;
        int end = table.length(place);
        int offset = 0;
        while (offset < end) {
            long header = segment.getLongVolatile(offset);
            int length = Math.abs(RecordDescriptor.length(header));
            if (RecordDescriptor.type(header) == RecordDescriptor.PADDING_TYPE || length < HEADER_LENGTH
                || length > end - offset) {
                break; // sealed, or the end, or damage that those who walk here will report
            }
            int claim = segment.getIntVolatile(offset + RecordDescriptor.CLAIM_OFFSET);
            int file = segment.getIntVolatile(offset + RecordDescriptor.LOG_FILE_OFFSET);
            if (RecordDescriptor.length(header) > 0 && ClaimWord.isLogged(claim) && file != 0) {
                if (ClaimWord.isConsumed(claim)) {
                    first = first == NONE ? start + offset : first;
                    last = start + offset;
                    ended.add(start + offset, address + offset, file, length - HEADER_LENGTH);
                } else if (first != NONE) {
                    sink.consumed(first, last);
                    first = NONE;
                }
            }
            offset += RecordDescriptor.aligned(length);
        }
        if (first != NONE) {
            sink.consumed(first, last);
        }
    }

    /** What a receiver is about to consume. Its words are believed as far as they can do no harm to others. */
    private void confirm(Slot receiver) {
        long address = receiver.pendingAddress();
        long position = address < 0 ? NONE : cursor.probe(address);
        if (position != NONE && cursor.isTakenByAnybody() && cursor.takerTag() == receiver.presentTag()
            && cursor.isLogged() && cursor.logFile() != 0) {
            sink.consumed(position, position);
            ended.add(position, address, cursor.logFile(), cursor.payloadLength());
            confirming.add(position, address, 0, 0);
        }
    }

    /** What became of those whose end is in the log before they were consumed. */
    private void collectConfirmed() {
        for (int i = confirmed.size() - 1; i >= 0; i--) {
            long position = confirmed.position(i);
            long address = confirmed.address(i);
            if (cursor.lookAt(position, address) == Cursor.TERMINAL) {
                confirmed.remove(i);
            } else if (!isIntended()) {
                confirmed.remove(i);
                if (!cursor.isConsumed()) {
                    send(position, address);
                }
            }
        }
    }

    private void collectUnsettled(boolean confirm, boolean history) {
        for (int i = unsettled.size() - 1; i >= 0 && !isFull(); i--) {
            long position = unsettled.position(i);
            long address = unsettled.address(i);
            int found = cursor.lookAt(position, address);
            if (found == Cursor.WRITING) {
                continue;
            }
            unsettled.remove(i);
            boolean intended = found == Cursor.MESSAGE && confirm && isIntended();
            if (intended) {
                granting.add(position, address, 0, 0);
            } else if (found == Cursor.MESSAGE && !cursor.isConsumed()) {
                share(position, position + 1);
                send(position, address, isBeingReceived() ? watched : sent);
                continue;
            }
            // Where its segment was given back since, nobody can tell any more what it was.
            if (history && (intended || cursor.reach(position, address) && cursor.isConsumed() && !cursor.isLogged())) {
                sendPast(position, address);
            }
        }
    }

    private boolean collectNew(long limit, boolean confirm, boolean history) {
        int passed = 0;
        int found = cursor.look();
        while (found != Cursor.END && cursor.position() < limit) {
            if (isFull() || ++passed > MAX_PASSED) {
                walkedTo = cursor.position();
                return true;
            }
            if (found == Cursor.WRITING) {
                unsettled.add(cursor.position(), cursor.address(), 0, 0);
            } else {
                boolean intended = confirm && !cursor.isConsumed() && isIntended();
                if (cursor.isConsumed()) {
                    collectConsumed(history);
                } else {
                    share(cursor.position(), limit);
                    collectQueued(intended);
                }
            }
            cursor.step();
            found = cursor.look();
        }
        walkedTo = cursor.isNowhere() ? 0 : cursor.position();
        return false;
    }

    private void collectConsumed(boolean history) {
        if (history && !cursor.isLogged() && cursor.position() >= historyFrom) {
            sendPast(cursor.position(), cursor.address());
        } else if (all && cursor.isLogged() && cursor.logFile() != 0) {
            ended.add(cursor.position(), cursor.address(), 0, 0);
        }
    }

    private void collectQueued(boolean intended) {
        if (intended && !cursor.isLogged() || isBeingReceived()) {
            unsettled.add(cursor.position(), cursor.address(), 0, 0);
        } else if (all && intended && cursor.logFile() == 0) {
            // Its end is in the log, and its taker may have been told: it must not come back.
            confirmed.add(cursor.position(), cursor.address(), 0, 0);
        } else if (all || !cursor.isLogged()) {
            send(cursor.position(), cursor.address());
        }
    }

    /** What became of those that are in the log and not marked, because their receiver was about to consume them without looking. */
    private void settleWatching() {
        for (int i = watching.size() - 1; i >= 0; i--) {
            long position = watching.position(i);
            long address = watching.address(i);
            boolean there = cursor.reach(position, address);
            if (there && isBeingReceived()) {
                continue;
            }
            if (!there || !cursor.markLogged(watching.file(i))) {
                late.add(position, address, watching.file(i), watching.length(i));
            }
            watching.remove(i);
        }
    }

    /**
     * From here on whoever receives a message before that position, or a little after it where all receivers ask for leave, looks whether it is in the log; who is about to receive one without
     * shows that in his slot.
     */
    private void share(long position, long before) {
        if (position >= table.sharedBefore()) {
            table.shareBefore(before + sharedAhead);
            Membarrier.everywhere();
            cursor.refresh();
        }
    }

    /** Is the cursor's record about to be consumed by the only receiver, without a look? After {@link #share}. */
    private boolean isBeingReceived() {
        int word = receiverBias.word();
        boolean pending = word != BiasWord.NOBODY && receiverBias.owner(word).pendingAddress() == cursor.address();
        if (!pending) {
            cursor.refresh();
        }
        return pending && cursor.isUnmarked();
    }

    /** The cursor's record was received, or is about to be: at once it must not come back. */
    private void sendPast(long position, long address) {
        send(position, address, past);
        sink.consumed(position, position);
    }

    /** The cursor's record. */
    private void send(long position, long address) {
        send(position, address, sent);
    }

    private void send(long position, long address, Records noted) {
        int length = cursor.payloadLength();
        int file = sink.send(position, cursor.mtype(), cursor.buffer(), cursor.payloadOffset(), length);
        noted.add(position, address, file, length);
        messages++;
        bytes += length;
    }

    /**
     * Is the cursor's record taken by somebody who waits for leave to consume it? If not, it may be consumed by now: whoever has
     * leave consumes it first, and ends his wish then.
     */
    private boolean isIntended() {
        if (!cursor.isTakenByAnybody() || cursor.takerIndex() >= slots.limit()) {
            return false;
        }
        Slot taker = slots.peer(cursor.takerIndex());
        boolean intended = taker.pendingAddress() == cursor.address() && taker.presentTag() == cursor.takerTag();
        if (!intended) {
            cursor.refresh();
        }
        return intended;
    }

    /** Where the log is written. */
    public interface Sink {
        /** A message is queued. Returns the number of the file that will hold it and, once committed, counts it; not 0. The payload is copied. */
        int send(long position, long mtype, DirectBuffer source, int offset, int length);

        /** All messages from one position to another that are in the log have been received. */
        void consumed(long first, long last);

        /** A file holds one message less that is queued. */
        void released(int file, int payloadLength);
    }
}
