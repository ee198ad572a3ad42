package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads as if processes: each maps the queue's file for itself, so that they share nothing but that memory. Segments
 * are as short as they can be, so that they are made, linked, retired and used again all the time. Every message is
 * received exactly once, whole, and in the order of its sender; the totals are exact in the end.
 */
@Timeout(300)
class LogStressTest {
    private static final int MIN_LENGTH = 2 * Long.BYTES;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** Many short messages, a queue that is often full: what matters is who comes first at each word. */
    @Test
    void shortMessagesThroughAQueueThatIsOftenFull() throws Exception {
        new Run(3, 3, 200_000, 100, 4_000, Manner.ORDERLY).go(1);
    }

    /** About one message a segment: what matters is who makes, links and gives back segments. */
    @Test
    void longMessagesThatTurnSegmentsOver() throws Exception {
        new Run(3, 3, 15_000, HotQueue.LONGEST, 100_000, Manner.ORDERLY).go(2);
    }

    /** Longer than a segment, or short: what matters is who claims, joins and splits places. */
    @Test
    void messagesLongerThanASegment() throws Exception {
        new Run(3, 3, 4_000, 4 * HotQueue.SEGMENT_LENGTH, 300_000, Manner.ORDERLY).go(5);
    }

    /** Nearly all fill the queue by themselves: of those who have places in hand most find it full. */
    @Test
    void longMessagesThroughAQueueThatIsFull() throws Exception {
        new Run(4, 2, 3_000, 3 * HotQueue.SEGMENT_LENGTH, 4 * HotQueue.SEGMENT_LENGTH, Manner.FICKLE).go(6);
    }

    /** Claims are given up, several are open at once, messages go back to their places. */
    @Test
    void messagesThatAreGivenUpAndGivenBack() throws Exception {
        new Run(3, 3, 60_000, 3_000, 50_000, Manner.FICKLE).go(3);
    }

    /** Nothing but the limit of the segments: the queue grows long, and is given back. */
    @Test
    void aQueueThatGrowsLong() throws Exception {
        new Run(4, 2, 40_000, 2_000, HotQueue.NO_LIMIT, Manner.ORDERLY).go(4);
    }

    @Tag("long")
    @Test
    @Timeout(3600)
    void everythingForLonger() throws Exception {
        for (int round = 0; round < 20; round++) {
            new Run(3, 3, 1_000_000, 100, 4_000, Manner.ORDERLY).go(10 * round + 1);
            new Run(4, 4, 100_000, HotQueue.LONGEST, 100_000, Manner.ORDERLY).go(10 * round + 2);
            new Run(4, 4, 300_000, 3_000, 50_000, Manner.FICKLE).go(10 * round + 3);
            new Run(6, 2, 200_000, 2_000, 1 << 24, Manner.FICKLE).go(10 * round + 4);
            new Run(4, 3, 30_000, 4 * HotQueue.SEGMENT_LENGTH, 1 << 20, Manner.ORDERLY).go(10 * round + 5);
            new Run(4, 4, 20_000, 6 * HotQueue.SEGMENT_LENGTH, 1 << 19, Manner.FICKLE).go(10 * round + 6);
        }
    }

    private enum Manner {
        /** Messages are sent and received one after the other: first in, first out. */
        ORDERLY,
        /** Senders abort, and commit in any order; receivers give back. */
        FICKLE
    }

    private final class Run {
        private final int senders;
        private final int takers;
        private final int messages;
        private final int maxLength;
        private final long qbytes;
        private final Manner manner;
        private final AtomicLong left;
        private final AtomicLong receivedQuantity = new AtomicLong();
        private final AtomicLong abortedQuantity = new AtomicLong();
        /** A bit a message, set when it is received. */
        private final AtomicLongArray[] seen;

        Run(int senders, int takers, int messages, int maxLength, long qbytes, Manner manner) {
            this.senders = senders;
            this.takers = takers;
            this.messages = messages;
            this.maxLength = maxLength;
            this.qbytes = qbytes;
            this.manner = manner;
            this.left = new AtomicLong((long) senders * messages);
            this.seen = new AtomicLongArray[senders];
            for (int sender = 0; sender < senders; sender++) {
                seen[sender] = new AtomicLongArray(messages / Long.SIZE + 1);
            }
        }

        void go(long seed) throws InterruptedException {
            try (HotQueue queue = new HotQueue()) {
                SplittableRandom random = new SplittableRandom(seed);
                List<Thread> threads = new ArrayList<>();
                for (int sender = 0; sender < senders; sender++) {
                    Party party = queue.join();
                    int number = sender;
                    SplittableRandom own = random.split();
                    threads.add(start("sender-" + sender, () -> send(party, number, own)));
                }
                for (int taker = 0; taker < takers; taker++) {
                    Party party = queue.join();
                    SplittableRandom own = random.split();
                    threads.add(start("taker-" + taker, () -> receive(party, own)));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                if (failure.get() != null) {
                    throw new AssertionError("seed " + seed, failure.get());
                }
                check(queue);
            }
        }

        private void check(HotQueue queue) {
            for (AtomicLongArray bits : seen) {
                int count = 0;
                for (int i = 0; i < bits.length(); i++) {
                    count += Long.bitCount(bits.get(i));
                }
                assertEquals(messages, count);
            }
            // invariant 5: what was received and what was given up is all that was ever claimed
            assertEquals(receivedQuantity.get() + abortedQuantity.get(), queue.chain().slots().received());
            queue.assertQueued(0, 0);
            // invariant 10: nobody pins anything any more, so that all but the last segment can be used again
            queue.reclaim();
            queue.reclaim();
            assertEquals(1, queue.places(SegmentTableDescriptor.LINKED));
            assertEquals(queue.table().placeLimit() - 1 - queue.places(SegmentTableDescriptor.PART),
                queue.places(SegmentTableDescriptor.READY) + queue.places(SegmentTableDescriptor.HOLE));
            queue.assertQueued(0, 0);
            assertTrue(SegmentLink.number(queue.table().tail()) > 100, "segments were hardly turned over");
        }

        // ---- senders

        private void send(Party party, int sender, SplittableRandom random) {
            int number = 0;
            while (number < messages && failure.get() == null) {
                if (manner == Manner.FICKLE && random.nextInt(16) == 0) {
                    int length = random.nextInt(maxLength + 1);
                    int offset = party.appender.claim(length, qbytes);
                    if (offset != Appender.FULL) {
                        party.appender.abort(offset);
                        abortedQuantity.addAndGet(Quantity.ofMessage(length));
                    }
                } else if (manner == Manner.FICKLE && random.nextInt(16) == 0 && number + 1 < messages) {
                    number += sendTwo(party, sender, number, random);
                } else {
                    int offset = claim(party, sender, number, random);
                    if (offset == Appender.FULL) {
                        Thread.yield();
                    } else {
                        assertTrue(party.appender.commit(offset, mtype(sender, number)));
                        number++;
                        // invariant 5: what was received is summed after the end was read, so this is never too much
                        long live = party.appender.live();
                        assertTrue(Quantity.bytes(live) <= qbytes, () -> Quantity.bytes(live) + " bytes of " + qbytes);
                    }
                }
            }
            party.leave();
        }

        /** Two claims at once; the second is committed first. */
        private int sendTwo(Party party, int sender, int number, SplittableRandom random) {
            int first = claim(party, sender, number, random);
            if (first == Appender.FULL) {
                return 0;
            }
            int second = claim(party, sender, number + 1, random);
            if (second != Appender.FULL) {
                assertTrue(party.appender.commit(second, mtype(sender, number + 1)));
            }
            assertTrue(party.appender.commit(first, mtype(sender, number)));
            return second == Appender.FULL ? 1 : 2;
        }

        private int claim(Party party, int sender, int number, SplittableRandom random) {
            // a longest length beyond a segment's means a mixture
            int bound = maxLength > HotQueue.LONGEST && random.nextBoolean() ? 2_000 : maxLength;
            int length = MIN_LENGTH + random.nextInt(bound - MIN_LENGTH + 1);
            int offset = party.appender.claim(length, qbytes);
            if (offset != Appender.FULL) {
                UnsafeBuffer segment = party.appender.segment();
                int payload = offset + RecordDescriptor.PAYLOAD_OFFSET;
                segment.putLong(payload, sender);
                segment.putLong(payload + Long.BYTES, number);
                for (int i = MIN_LENGTH; i < length; i++) {
                    segment.putByte(payload + i, filler(sender, number, i));
                }
                party.appender.describe(offset, mtype(sender, number), ClaimWord.AVAILABLE);
            }
            return offset;
        }

        // ---- takers

        private void receive(Party party, SplittableRandom random) {
            Taker taker = new Taker(party);
            int[] last = new int[senders];
            Arrays.fill(last, -1);
            while (left.get() > 0 && failure.get() == null) {
                if (!taker.take()) {
                    Thread.yield();
                    continue;
                }
                Cursor cursor = party.cursor;
                UnsafeBuffer buffer = cursor.buffer();
                int payload = cursor.payloadOffset();
                int length = cursor.payloadLength();
                int sender = (int) buffer.getLong(payload);
                int number = (int) buffer.getLong(payload + Long.BYTES);
                assertEquals(mtype(sender, number), cursor.mtype());
                for (int i = MIN_LENGTH; i < length; i++) {
                    assertEquals(filler(sender, number, i), buffer.getByte(payload + i));
                }
                if (manner == Manner.FICKLE && random.nextInt(32) == 0) {
                    cursor.giveBack();
                    continue;
                }
                assertTrue(cursor.consume());
                receivedQuantity.addAndGet(Quantity.ofMessage(length));
                if (manner == Manner.ORDERLY) {
                    // invariant 6
                    assertTrue(number > last[sender],
                        () -> "sender " + sender + ": message " + number + " after " + last[sender]);
                    last[sender] = number;
                }
                // invariant 3: exactly once
                long bit = 1L << number;
                long before = seen[sender].getAndAccumulate(number / Long.SIZE, bit, (bits, one) -> bits | one);
                assertTrue((before & bit) == 0, () -> "sender " + sender + ": message " + number + " came twice");
                left.decrementAndGet();
            }
            party.leave();
        }

        private static long mtype(int sender, int number) {
            // narrow and wide ones
            return (number & 1) == 0 ? sender + 1 : Integer.MAX_VALUE + (long) sender;
        }

        private static byte filler(int sender, int number, int index) {
            return (byte) (sender * 31 + number * 7 + index);
        }
    }

    /**
     * Receives as the rules say: what was being written when it was passed is looked at again before what comes after
     * it.
     */
    private static final class Taker {
        private final Cursor cursor;
        private final QueueState state;
        private final List<long[]> passed = new ArrayList<>();
        private long epoch;

        Taker(Party party) {
            this.cursor = party.cursor;
            this.state = party.memory.state();
            this.epoch = state.rescanEpoch();
        }

        boolean take() {
            if (state.rescanEpoch() != epoch) {
                epoch = state.rescanEpoch();
                passed.clear();
                cursor.rewind();
            }
            while (true) {
                switch (cursor.look()) {
                    case Cursor.END -> {
                        return takePassed();
                    }
                    case Cursor.WRITING -> {
                        passed.add(new long[] {cursor.position(), cursor.address()});
                        cursor.step();
                    }
                    default -> {
                        // invariant 4
                        if (takePassed()) {
                            return true;
                        }
                        if (cursor.look() == Cursor.MESSAGE && cursor.take()) {
                            cursor.step();
                            return true;
                        }
                        cursor.step();
                    }
                }
            }
        }

        private boolean takePassed() {
            for (int i = 0; i < passed.size();) {
                int found = cursor.lookAt(passed.get(i)[0], passed.get(i)[1]);
                if (found == Cursor.WRITING) {
                    i++;
                    continue;
                }
                passed.remove(i);
                if (found == Cursor.MESSAGE && cursor.take()) {
                    return true;
                }
            }
            return false;
        }
    }

    private Thread start(String name, Runnable work) {
        return Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
    }
}
