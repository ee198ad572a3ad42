package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.StateDescriptor;
import java.util.TreeSet;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The daemon marks messages as logged while the only receiver consumes them by plain stores. What is in the log is queued, or its end
 * follows, whatever the one does between the steps of the other.
 */
@Timeout(60)
class TailerBiasTest implements Tailer.Sink {
    private static final int FILE = 1;
    private static final long DAEMON = 1_000_000;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Party sender = queue.join();
    private final Party receiver = queue.join();
    /** Positions of what a replay would find. */
    private final TreeSet<Long> live = new TreeSet<>();
    private int counted;
    private int sends;
    private Tailer tailer;

    @BeforeEach
    void follow() {
        tailer = new Tailer(queue.chain(), DAEMON, this);
    }

    @AfterEach
    void close() {
        tailer.close();
    }

    @Override
    public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
        live.add(position);
        counted++;
        sends++;
        return FILE;
    }

    @Override
    public void consumed(long first, long last) {
        live.subSet(first, true, last, true).clear();
    }

    @Override
    public void released(int file, int payloadLength) {
        counted--;
    }

    private void collect() {
        tailer.collect(tailer.endPosition(), false, false);
    }

    private void round() {
        collect();
        tailer.committed();
    }

    /** The receiver has looked, and is about to store. */
    private void look() {
        assertEquals(Cursor.MESSAGE, receiver.cursor.look());
        assertEquals(receiver.slot.tag(),
            queue.memory().wholeStateWords().getIntVolatile(StateDescriptor.RECEIVER_BIAS_OFFSET));
        assertTrue(receiver.cursor.isUnmarked());
    }

    private void storeConsumed(long address) {
        queue.claimAt(address, ClaimWord.consumed(ClaimWord.AVAILABLE, receiver.slot.tag()));
        receiver.slot.endConsuming(true);
    }

    private void assertSettled(int messages) {
        round();
        round();
        assertEquals(messages, live.size(), "in the log");
        assertEquals(messages, counted, "counted");
        queue.assertQueued(10L * messages, messages);
    }

    /** One that looked before the mark and stores after it: the mark is not overwritten. */
    @Test
    void whatIsMarkedWhileItIsReceivedHasAnEnd() {
        sender.send(0, 10);
        look();
        round();
        assertEquals(1, live.size());
        assertTrue(receiver.cursor.receive());
        assertSettled(0);
    }

    /** The same, looked at between the round and its commit. */
    @Test
    void whatIsReceivedDuringTheCommitHasAnEnd() {
        sender.send(0, 10);
        look();
        collect();
        assertTrue(receiver.cursor.receive());
        tailer.committed();
        assertSettled(0);
    }

    /** The same for a message that was being written when it was passed. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasBeingWrittenWhenItWasPassedHasAnEnd(boolean afterTheCommit) {
        int offset = sender.claim(10);
        round();
        sender.fill(offset, 1, Party.payload(0, 10), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(offset, 1));
        look();
        collect();
        assertEquals(1, live.size());
        if (afterTheCommit) {
            tailer.committed();
            assertTrue(receiver.cursor.receive());
        } else {
            assertTrue(receiver.cursor.receive());
            tailer.committed();
        }
        assertSettled(0);
    }

    /** In flight when the daemon comes by, and for long: it comes into the log, and so does its end. */
    @Test
    void whatIsInFlightComesIntoTheLogAndSoDoesItsEnd() {
        sender.send(0, 10);
        look();
        long address = receiver.cursor.address();
        receiver.cursor.intend();
        round();
        assertEquals(0, live.size(), "looked at again");
        round();
        assertEquals(1, live.size(), "it must not stay away for ever");
        // the receiver is free to store what it saw
        assertEquals(ClaimWord.AVAILABLE, queue.claimAt(address));
        storeConsumed(address);
        assertSettled(0);
        assertEquals(1, sends);
    }

    /** Between the two looks it was received: it need never be there. */
    @Test
    void whatWasInFlightForAMomentIsNotLogged() {
        sender.send(0, 10);
        look();
        long address = receiver.cursor.address();
        receiver.cursor.intend();
        round();
        storeConsumed(address);
        assertSettled(0);
        assertEquals(0, sends);
    }

    /** It was not received after all: it is in the log, and marked. */
    @Test
    void whatWasInFlightAndIsNotReceivedIsMarked() {
        sender.send(0, 10);
        look();
        receiver.cursor.intend();
        round();
        round();
        receiver.close();
        assertEquals(1, new Repair(queue.chain()).run(client -> client != receiver.clientId).slotsFreed());
        assertSettled(1);
        assertTrue(ClaimWord.isLogged(queue.claimAt(0)));
        Party next = queue.join();
        next.assertReceives(0, 10);
        assertSettled(0);
        assertEquals(1, sends);
    }

    /** The same when the right was taken away meanwhile by one that passed the message. */
    @Test
    void whatIsInFlightStaysSoWhenAnotherComes() {
        sender.send(0, 10);
        sender.send(1, 10);
        look();
        long address = receiver.cursor.address();
        receiver.cursor.intend();
        Party other = queue.join();
        other.assertReceives(1, 10);
        assertEquals(BiasWord.word(BiasWord.REVOKED, receiver.slot.tag()),
            queue.memory().wholeStateWords().getIntVolatile(StateDescriptor.RECEIVER_BIAS_OFFSET));
        round();
        round();
        assertEquals(ClaimWord.AVAILABLE, queue.claimAt(address));
        storeConsumed(address);
        assertSettled(0);
    }

    /** The round did not come into the log. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsInFlightAndDidNotComeIntoTheLog(boolean receivedThen) {
        sender.send(0, 10);
        look();
        long address = receiver.cursor.address();
        receiver.cursor.intend();
        round();
        collect();
        live.clear();
        counted = 0;
        tailer.rollBack();
        if (receivedThen) {
            storeConsumed(address);
            assertSettled(0);
        } else {
            receiver.cursor.withdraw();
            assertSettled(1);
            assertTrue(ClaimWord.isLogged(queue.claimAt(0)));
        }
    }

    /** What comes later is the receiver's alone again. */
    @Test
    void whatIsSentAfterTheRoundIsReceivedWithoutTheDaemon() {
        sender.send(0, 10);
        round();
        sender.send(1, 10);
        look0();
        assertTrue(receiver.cursor.receive());
        receiver.cursor.step();
        look();
        assertTrue(receiver.cursor.position() >= queue.table().sharedBefore());
        assertTrue(receiver.cursor.receive());
        assertSettled(0);
        assertEquals(1, sends);
    }

    private void look0() {
        assertEquals(Cursor.MESSAGE, receiver.cursor.look());
        assertTrue(receiver.cursor.isLogged());
    }
}
