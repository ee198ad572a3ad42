package dev.msqd.log;

import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The right to do without locked operations: both sides of it, step by step. */
@Timeout(60)
class BiasFaultsTest {
    private static final int LENGTH = 10;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Party owner = queue.join();
    private final Party other = queue.join();

    /** Who seals a segment stores where the only sender may be about to write: it must take his right away first. */
    @ParameterizedTest
    @ValueSource(ints = {LENGTH, LONGEST, 2 * SEGMENT_LENGTH})
    void whatTheOnlySenderWritesIsSentWhateverAnotherSends(int length) {
        owner.send(1, LENGTH);
        assertEquals(owner.slot.tag(), owner.chain.senderBias().word(), "the right");
        int offset = owner.appender.claimUnseen(LENGTH, NO_LIMIT);
        other.send(3, length);

        owner.fill(offset, 1, Party.payload(2, LENGTH), ClaimWord.AVAILABLE);
        assertTrue(owner.appender.commit(offset, 1, LENGTH), "nobody took it back");
        owner.send(4, LENGTH);

        Party reader = queue.join();
        // invariant 4: what was claimed first comes first
        reader.assertReceives(1, LENGTH);
        reader.assertReceives(2, LENGTH);
        reader.assertReceives(3, length);
        reader.assertReceives(4, LENGTH);
        queue.assertQueued(0, 0);
    }

    /** The same, where the only sender dies instead of committing. */
    @ParameterizedTest
    @ValueSource(ints = {LENGTH, LONGEST, 2 * SEGMENT_LENGTH})
    void whatTheOnlySenderWroteWhenItDiedIsSettledWhateverAnotherSent(int length) {
        owner.send(1, LENGTH);
        int offset = owner.appender.claimUnseen(LENGTH, NO_LIMIT);
        owner.fill(offset, 1, Party.payload(2, LENGTH), ClaimWord.AVAILABLE);
        other.send(3, length);
        owner.close();

        assertEquals(new Repair.Report(1, 1, 0, null), queue.repairAllBut(other));
        assertEquals(BiasWord.NOBODY, other.chain.senderBias().word());
        other.send(4, LENGTH);
        other.assertReceives(1, LENGTH);
        other.assertReceives(3, length);
        other.assertReceives(4, LENGTH);
        queue.assertQueued(0, 0);
    }

    /**
     * One who takes the right away is stopped after it walked to the end, another one finishes in the meantime. The owner shows its next
     * intent, and dies before it sees that it has the right no more. What the first one then stores in its stead is nobody's.
     */
    @Test
    void aClaimIsNotStoredForTheDeadAfterTheirRepair() {
        owner.send(1, LENGTH);
        Party stopped = queue.join();
        stopped.appender.live(); // pins the segment
        Bias bias = stopped.chain.senderBias();
        int revoked = bias.revoke();
        assertEquals(owner.slot.tag(), BiasWord.tag(revoked));
        int end = (int) stopped.appender.endPosition() & SEGMENT_LENGTH - 1;
        // The stopped one is here: at the end, about to read the intent. Another one reads what the owner intends, nothing, and is done.
        other.chain.senderBias().forget(revoked);
        int recordLength = RecordDescriptor.HEADER_LENGTH + LENGTH;
        owner.slot.intent(SlotDescriptor.intent(SegmentLink.FIRST_NUMBER, end, recordLength));
        owner.close();
        queue.repairAllBut(other, stopped);

        long intent = bias.owner(revoked).intent();
        if (SlotDescriptor.isIntentFor(intent, SegmentLink.FIRST_NUMBER, end)) {
            Appender.showClaim(stopped.memory.records(stopped.appender.place()), SEGMENT_LENGTH, end, intent,
                BiasWord.tag(revoked));
        }

        other.send(2, LENGTH);
        other.assertReceives(1, LENGTH);
        other.assertReceives(2, LENGTH);
        // invariant 5: else the room, and the segment, are lost for ever
        queue.assertQueued(0, 0);
    }

    /**
     * What is marked as logged lies before the position that the only receiver heeds; else its store of CONSUMED takes the mark away, and
     * the message's end never comes into the log.
     */
    @Test
    void whatWasBeingWrittenWhenItWasPassedIsSharedBeforeItIsMarked() {
        Party sender = owner;
        Party receiver = other;
        int offset = sender.claim(LENGTH);
        assertEquals(Cursor.WRITING, receiver.cursor.look());
        assertEquals(receiver.slot.tag(), receiver.chain.receiverBias().word(), "the right");
        long position = receiver.cursor.position();
        boolean[] alone = new boolean[1];
        int[] ends = new int[1];
        long[] address = new long[1];
        Tailer.Sink sink = new Tailer.Sink() {
            @Override
            public int send(long at, long mtype, DirectBuffer source, int from, int length) {
                // The receiver comes here, between the daemon's look at it and its mark, and goes on after the mark.
                receiver.slot.beginConsuming(address[0], Quantity.ofMessage(LENGTH));
                alone[0] = receiver.chain.receiverBias().word() == receiver.slot.tag()
                    && position >= receiver.chain.table().sharedBefore();
                return 1;
            }

            @Override
            public void consumed(long first, long last) {
                ends[0]++;
            }

            @Override
            public void released(int file, int payloadLength) {
                // not looked at
            }
        };
        try (Tailer tailer = new Tailer(new SegmentChain(queue.memory()), 1000, sink)) {
            tailer.collect(Long.MAX_VALUE, false, false);
            tailer.committed();
            sender.fill(offset, 1, Party.payload(1, LENGTH), ClaimWord.AVAILABLE);
            address[0] = sender.appender.address(offset);
            assertTrue(sender.appender.commit(offset, 1));
            tailer.collect(Long.MAX_VALUE, false, false);
            tailer.committed();
            int claim = queue.claimAt(address[0]);
            assertNotEquals(0, claim);
            // as Cursor.receive does
            queue.claimAt(address[0],
                ClaimWord.consumed(alone[0] ? ClaimWord.AVAILABLE : claim, receiver.slot.tag()));
            if (ClaimWord.isLogged(queue.claimAt(address[0]))) {
                receiver.chain.table().markConsumed(0);
            }
            receiver.slot.endConsuming(true);
            for (int round = 0; round < 3; round++) {
                tailer.collect(Long.MAX_VALUE, false, false);
                tailer.committed();
            }
        }
        assertEquals(1, ends[0], "the message is in the log, and so must be its end");
    }
}
