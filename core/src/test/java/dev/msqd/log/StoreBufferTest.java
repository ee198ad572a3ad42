package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who stores and then loads without a fence in between, against who relies on membarrier for it: the store waits in the processor's store
 * buffer while the load is done. The two meet again and again, as near to the same moment as can be; before the store go others, to lines
 * that the other processor has, so that it waits long. On one processor this tries nothing.
 */
@Timeout(60)
class StoreBufferTest {
    private static final long DURATION_NS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("msqd.race.ms", 3000));
    /** Fewer than a store buffer holds: 56 and more. */
    private static final int LINES = 24;
    private static final int LINE = 64;
    private static final int LENGTH = 8;
    private static final int MAX_DELAY = 40;
    private static final int SPINS = 1000;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Party owner = queue.join();
    private final Party other = queue.join();
    private final Party third = queue.join();
    private final UnsafeBuffer lines = new UnsafeBuffer(
        ByteBuffer.allocateDirect(LINE + LINES * LINE).alignedSlice(LINE));
    private final SplittableRandom random = new SplittableRandom(1);
    private Thread thread;
    private Runnable step;
    private volatile long begun;
    private volatile long done;
    private volatile Throwable failure;
    private volatile boolean over;
    private long rounds;
    private long idle;

    @AfterEach
    void end() throws InterruptedException {
        over = true;
        thread.join();
    }

    /** Invariants 1 and 2: the only sender's record is its own, whoever comes and claims. */
    @Test
    void theOnlySenderAgainstOneWhoComes() {
        long[] next = new long[1];
        start(() -> {
            linger();
            owner.send(next[0] + 1, LENGTH);
        });
        long end = System.nanoTime() + DURATION_NS;
        while (System.nanoTime() - end < 0) {
            owner.appender.release();
            other.appender.release();
            owner.send(next[0], LENGTH);
            assertEquals(owner.slot.tag(), owner.chain.senderBias().word(), "the right");
            other.appender.live(); // pins the segment
            race(() -> other.send(next[0] + 2, LENGTH));
            long number = next[0];
            third.assertReceives(number, LENGTH);
            byte[] first = third.receive();
            byte[] second = third.receive();
            assertTrue(first != null && second != null, () -> "a message is lost in round " + rounds);
            byte[] owners = Party.payload(number + 1, LENGTH);
            byte[] others = Party.payload(number + 2, LENGTH);
            boolean inOrder = Arrays.equals(first, owners) && Arrays.equals(second, others);
            boolean reversed = Arrays.equals(first, others) && Arrays.equals(second, owners);
            assertTrue(inOrder || reversed, () -> "not the messages that were sent, in round " + rounds);
            assertNull(third.receive());
            next[0] += 3;
        }
        report("sender");
    }

    /** Who commits and who arms don't both look in vain. */
    @Test
    void aCommitAgainstOneWhoArms() {
        ArmedSlots armed = ArmedSlots.receivers(queue.memory());
        boolean[] seen = new boolean[2];
        start(() -> {
            int offset = owner.appender.claimUnseen(LENGTH, HotQueue.NO_LIMIT);
            owner.fill(offset, 1, Party.payload(1, LENGTH), ClaimWord.AVAILABLE);
            linger();
            assertTrue(owner.appender.commit(offset, 1, LENGTH));
            seen[0] = !armed.isEmptyAfterPublishing();
        });
        long end = System.nanoTime() + DURATION_NS;
        while (System.nanoTime() - end < 0) {
            armed.clear(other.slot.index());
            armed.relax();
            race(() -> {
                armed.set(other.slot.index());
                seen[1] = other.cursor.look() == Cursor.MESSAGE;
            });
            assertTrue(seen[0] || seen[1], () -> "a message that nobody tells the sleeper of, in round " + rounds);
            other.assertReceives(1, LENGTH);
        }
        report("commit");
    }

    /** What comes into the log while the only receiver consumes it has its end in the log, too. */
    @Test
    void theOnlyReceiverAgainstTheMarkOfWhatIsLogged() {
        Disk disk = new Disk();
        try (Tailer tailer = new Tailer(new SegmentChain(queue.memory()), 1000, disk)) {
            start(() -> {
                assertEquals(Cursor.MESSAGE, other.cursor.look());
                linger();
                assertTrue(other.cursor.receive());
                other.cursor.step();
            });
            long end = System.nanoTime() + DURATION_NS;
            while (System.nanoTime() - end < 0) {
                owner.send(1, LENGTH);
                // Everything before was received: as if it had never been shared.
                queue.table().shareBefore(0);
                int word = other.chain.receiverBias().word();
                idle += word == BiasWord.NOBODY || word != other.slot.tag() ? 1 : 0;
                race(() -> disk.round(tailer));
                disk.round(tailer);
                disk.round(tailer);
                assertEquals(0, disk.live, () -> "received, and in the log for ever, in round " + rounds);
            }
        }
        assertTrue(idle < rounds / 2, idle + " of " + rounds + " rounds without the right");
        report("mark");
    }

    private void report(String what) {
        System.out.printf("store buffer, %s: %,d rounds%n", what, rounds);
    }

    /** Stores that take their time, since the other processor has the lines. */
    private void linger() {
        for (int line = 0; line < LINES; line++) {
            lines.putLong(line * LINE, begun);
        }
    }

    private void start(Runnable work) {
        step = work;
        thread = Thread.ofPlatform().daemon().name("owner").start(() -> {
            long round = 0;
            int spins = 0;
            while (!over) {
                long now = begun;
                if (now == round) {
                    await(spins++);
                    continue;
                }
                round = now;
                spins = 0;
                try {
                    step.run();
                } catch (Throwable e) {
                    failure = e;
                }
                done = now;
            }
        });
    }

    /** The owner's thread does its step, this one another at about the same time. */
    private void race(Runnable another) {
        linger();
        rounds++;
        begun = rounds;
        for (int left = random.nextInt(MAX_DELAY); left > 0; left--) {
            Thread.onSpinWait();
        }
        another.run();
        for (int spins = 0; done != rounds; spins++) {
            await(spins);
        }
        if (failure != null) {
            throw new AssertionError("in round " + rounds, failure);
        }
    }

    /** Spins; where both are on one processor it lets the other run. */
    private static void await(int spins) {
        if (spins > SPINS) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /** Counts what is in the log without its end. */
    private static final class Disk implements Tailer.Sink {
        private long live;

        void round(Tailer tailer) {
            tailer.collect(tailer.endPosition(), false, false);
            tailer.committed();
        }

        @Override
        public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
            live++;
            return 1;
        }

        @Override
        public void consumed(long first, long last) {
            live--;
        }

        @Override
        public void released(int file, int payloadLength) {
            // not looked at
        }
    }
}
