package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is wrong after a power cut is found, what is not isn't. The queue is made at write 10. A write takes a millisecond. */
class QueueHistoryTest {
    private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static Step step(int before, int after) {
        Step step = begun(before);
        step.done(after, ns(after));
        return step;
    }

    private static Step begun(int before) {
        return new Step(before, ns(before));
    }

    private static long ns(int writes) {
        return TimeUnit.MILLISECONDS.toNanos(writes);
    }

    private static long id(int sequence) {
        return Payload.id(1, sequence);
    }

    private static QueueHistory queue(Level level) {
        return new QueueHistory("q", level, step(5, 10));
    }

    private static String judge(QueueHistory history, int flushed, int cut, long... found) {
        Verdict verdict = new Verdict(flushed, cut, ns(cut), PATIENCE_NS);
        history.check(verdict, found);
        return String.join("; ", verdict.wrongs());
    }

    private static void assertRight(QueueHistory history, int flushed, int cut, long... found) {
        assertEquals("", judge(history, flushed, cut, found));
    }

    private static void assertWrong(String what, QueueHistory history, int flushed, int cut, long... found) {
        String wrongs = judge(history, flushed, cut, found);
        assertTrue(wrongs.contains(what), wrongs);
    }

    @Test
    void aSendIsThereOnceItIsAnswered() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), step(20, 30));
        assertRight(history, 30, 40, id(0));
        assertWrong("lost", history, 30, 40);
        assertRight(history, 29, 40);
        assertRight(history, 29, 40, id(0));
        assertRight(history, 15, 20);
        assertWrong("before it was sent", history, 15, 20, id(0));
    }

    @Test
    void aSendWithoutAnAnswerIsThereOrNot() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), begun(20));
        assertRight(history, 90, 90);
        assertRight(history, 90, 90, id(0));
    }

    @Test
    void aMessageIsGoneOnceItsReceiptIsAnswered() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), step(20, 30));
        history.received(id(0), step(40, 50));
        assertRight(history, 30, 40, id(0));
        assertWrong("lost", history, 30, 40);
        assertRight(history, 45, 49, id(0));
        assertRight(history, 45, 49);
        assertRight(history, 50, 50);
        assertWrong("back", history, 50, 50, id(0));
    }

    @Test
    void anIntervalLosesTheYoungestAlone() {
        QueueHistory history = queue(Level.INTERVAL);
        history.sending(id(0), step(20, 21));
        history.sending(id(1), step(22, 23));
        history.sending(id(2), step(40, 41));
        assertRight(history, 60, 70);
        assertRight(history, 60, 73, id(0));
        assertRight(history, 60, 72, id(0), id(1));
        assertWrong("51 ms old", history, 60, 72);
        assertWrong("hole", history, 60, 60, id(1));
        assertWrong("hole", history, 60, 60, id(0), id(2));
        // nothing was flushed since: it is too old all the same
        assertWrong("ms old", history, 15, 92, id(0), id(1));
    }

    @Test
    void anIntervalRepeatsWhatWasReceivedLast() {
        QueueHistory history = queue(Level.INTERVAL);
        history.sending(id(0), step(20, 21));
        history.received(id(0), step(30, 31));
        assertRight(history, 70, 81, id(0));
        assertRight(history, 70, 82);
        assertWrong("51 ms old", history, 70, 82, id(0));
    }

    @Test
    void whatIsReceivedLeavesNoHole() {
        QueueHistory history = queue(Level.INTERVAL);
        history.sending(id(0), step(20, 21));
        history.sending(id(1), step(22, 23));
        history.received(id(0), step(30, 31));
        assertRight(history, 32, 35, id(1));
        assertRight(history, 32, 35, id(0), id(1));
    }

    /** Then a message may be gone that nobody got, one for each, until something succeeds that was begun later. */
    @Test
    void aReceiptThatIsRefusedLeavesDoubt() {
        QueueHistory history = queue(Level.SYNC);
        for (int sequence = 0; sequence < 3; sequence++) {
            history.sending(id(sequence), step(20, 30));
        }
        history.receiptRefused(begun(40), ns(45));
        Step meanwhile = step(44, 50);
        history.sending(id(3), meanwhile);
        history.sent(meanwhile);
        Step later = step(46, 60);
        history.sending(id(4), later);
        history.sent(later);
        assertWrong("lost", history, 35, 40, id(1), id(2));
        assertRight(history, 35, 41, id(1), id(2));
        assertRight(history, 59, 59, id(0), id(1), id(3), id(4));
        assertWrong("lost", history, 59, 59, id(0), id(3), id(4));
        assertWrong("lost", history, 60, 60, id(0), id(1), id(3), id(4));
    }

    @Test
    void orderIsKept() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), step(20, 30));
        history.sending(id(1), step(31, 40));
        history.sending(Payload.id(2, 0), step(35, 45));
        assertRight(history, 90, 90, id(0), Payload.id(2, 0), id(1));
        assertRight(history, 90, 90, id(0), id(1), Payload.id(2, 0));
        assertWrong("out of order", history, 90, 90, id(1), id(0), Payload.id(2, 0));
        assertWrong("out of order", history, 90, 90, Payload.id(2, 0), id(0), id(1));
    }

    @Test
    void nothingIsThereThatNobodySent() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), step(20, 30));
        assertWrong("twice", history, 90, 90, id(0), id(0));
        assertWrong("unknown", history, 90, 90, id(0), id(7));
        assertWrong("bytes that nobody sent", history, 90, 90, id(0), Payload.CORRUPT);
    }

    @Test
    void aQueueIsThereFromItsMakingToItsRemoval() {
        QueueHistory history = queue(Level.SYNC);
        history.sending(id(0), step(20, 30));
        history.removedBy(step(50, 60));
        assertRight(history, 3, 5, null);
        assertWrong("before it was made", history, 3, 5);
        assertRight(history, 9, 9, null);
        assertRight(history, 9, 9);
        assertWrong("gone", history, 40, 45, null);
        assertWrong("lost", history, 40, 45);
        assertRight(history, 50, 55, null);
        assertRight(history, 50, 55, id(0));
        assertRight(history, 60, 60, null);
        assertWrong("back", history, 60, 60);
    }

    @Test
    void aMessageIsKnownByEachOfItsBytes() {
        for (int sequence = 0; sequence < 200; sequence++) {
            byte[] bytes = Payload.bytes(id(sequence));
            long mtype = Payload.mtype(id(sequence));
            assertEquals(id(sequence), Payload.identify(mtype, bytes, bytes.length));
            assertEquals(Payload.CORRUPT, Payload.identify(mtype + 1, bytes, bytes.length));
            assertEquals(Payload.CORRUPT, Payload.identify(mtype, bytes, bytes.length - 1));
            bytes[sequence % bytes.length]++;
            assertEquals(Payload.CORRUPT, Payload.identify(mtype, bytes, bytes.length));
        }
    }
}
