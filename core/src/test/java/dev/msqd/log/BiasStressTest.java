package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.QueueFixture;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One sender and one receiver most of the time, which need no locked operations then; and others that open the queue, send or receive a
 * few messages and close it. Every message is received exactly once (invariant 3), and by each receiver in its sender's order (invariant 6).
 */
@Timeout(300)
class BiasStressTest {
    private static final int SEGMENT_LENGTH = 16 * 1024;
    private static final int QBYTES = 32 * 1024;
    private static final int MAX_LENGTH = 200;
    /** Of each sender; it takes a queue of 17 million messages a second 30 s. */
    private static final int MAX_MESSAGES = 1 << 29;
    private static final int SENDERS = 2;
    /** The longest time between two visits: most of it the owners are alone. */
    private static final int REST_NS = 1_000_000;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong visits = new AtomicLong();
    private final AtomicLong takenFromSender = new AtomicLong();
    private final AtomicLong takenFromReceiver = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final long[] sent = new long[SENDERS];
    /** A bit a message, set when it is received. */
    private final AtomicLongArray[] seen = new AtomicLongArray[SENDERS];
    private volatile boolean sendersOver;
    private volatile boolean over;

    @Test
    void visitorsComeAndGo() throws Exception {
        run(TimeUnit.SECONDS.toNanos(Integer.getInteger("msqd.storm.seconds", 6)), 1);
    }

    @Tag("long")
    @Test
    @Timeout(3600)
    void visitorsComeAndGoForLonger() throws Exception {
        for (int seed = 2; seed < 12; seed++) {
            run(TimeUnit.SECONDS.toNanos(30), seed);
        }
    }

    private void run(long durationNs, long seed) throws Exception {
        Arrays.setAll(seen, sender -> new AtomicLongArray(MAX_MESSAGES / Long.SIZE));
        Arrays.fill(sent, 0);
        received.set(0);
        sendersOver = false;
        over = false;
        SplittableRandom random = new SplittableRandom(seed);
        try (QueueFixture queue = new QueueFixture(QBYTES, SEGMENT_LENGTH)) {
            List<Thread> senders = new ArrayList<>();
            List<Thread> receivers = new ArrayList<>();
            Endpoint onlySender = queue.remoteEndpoint();
            Endpoint onlyReceiver = queue.remoteEndpoint();
            SplittableRandom[] own = {random.split(), random.split(), random.split(), random.split()};
            senders.add(start("sender", () -> {
                while (!sendersOver && sent[0] < MAX_MESSAGES && failure.get() == null) {
                    send(onlySender, 0, own[0]);
                }
            }));
            receivers.add(start("receiver", () -> {
                Taker taker = new Taker(onlyReceiver, own[1]);
                while (!over && failure.get() == null) {
                    taker.take();
                }
            }));
            senders.add(start("visiting sender", () -> {
                while (!sendersOver && failure.get() == null) {
                    LockSupport.parkNanos(own[2].nextInt(REST_NS));
                    note(queue, StateDescriptor.SENDER_BIAS_OFFSET, takenFromSender);
                    try (Endpoint visitor = open(queue)) {
                        for (int left = 1 + own[2].nextInt(4); left > 0 && !sendersOver; left--) {
                            send(visitor, 1, own[2]);
                        }
                    }
                }
            }));
            receivers.add(start("visiting receiver", () -> {
                Taker taker = null;
                while (!over && failure.get() == null) {
                    LockSupport.parkNanos(own[3].nextInt(REST_NS));
                    note(queue, StateDescriptor.RECEIVER_BIAS_OFFSET, takenFromReceiver);
                    try (Endpoint visitor = open(queue)) {
                        taker = taker == null ? new Taker(visitor, own[3]) : taker.at(visitor);
                        for (int left = 1 + own[3].nextInt(4); left > 0; left--) {
                            taker.take();
                        }
                    }
                }
            }));
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis(durationNs));
            sendersOver = true;
            join(senders);
            while (queue.messages() > 0 && failure.get() == null) {
                Thread.sleep(10); // the test's own time limit is the watchdog
            }
            over = true;
            join(receivers);
            if (failure.get() != null) {
                throw new AssertionError("seed " + seed, failure.get());
            }
            check(queue);
        }
    }

    private void check(QueueFixture queue) {
        for (int sender = 0; sender < SENDERS; sender++) {
            long count = 0;
            for (int i = 0; i < seen[sender].length(); i++) {
                count += Long.bitCount(seen[sender].get(i));
            }
            assertEquals(sent[sender], count, "messages of sender " + sender);
        }
        assertEquals(0, queue.bytes());
        System.out.printf(
            "bias: %,d messages, %,d visits, %,d times the sender's right was there to take, %,d times the receiver's%n",
            received.get(), visits.get(), takenFromSender.get(), takenFromReceiver.get());
        // Else nothing was tried.
        assertTrue(takenFromSender.get() > 0, "the sender was never alone");
        assertTrue(takenFromReceiver.get() > 0, "the receiver was never alone");
    }

    private Endpoint open(QueueFixture queue) {
        visits.incrementAndGet();
        synchronized (queue) {
            return queue.endpoint();
        }
    }

    private static void note(QueueFixture queue, int whose, AtomicLong count) {
        int word = queue.memory().wholeStateWords().getIntVolatile(whose);
        if (word != BiasWord.NOBODY && BiasWord.state(word) == BiasWord.OWNED) {
            count.incrementAndGet();
        }
    }

    private void send(Endpoint endpoint, int sender, SplittableRandom random) {
        byte[] bytes = new byte[Integer.BYTES + Long.BYTES + random.nextInt(MAX_LENGTH)];
        UnsafeBuffer message = new UnsafeBuffer(bytes);
        Arrays.fill(bytes, (byte) sent[sender]);
        message.putInt(0, sender);
        message.putLong(Integer.BYTES, sent[sender]);
        while (!endpoint.sender().send(1 + sent[sender] % 3, message, 0, bytes.length, 0)) {
            if (failure.get() != null) {
                return;
            }
            Thread.yield();
        }
        sent[sender]++;
    }

    /** Copies what it receives most of the time, now and then it takes it in place. */
    private final class Taker {
        private final SplittableRandom random;
        private final long[] last = new long[SENDERS];
        private final UnsafeBuffer message = new UnsafeBuffer(new byte[QBYTES]);
        private Receiver receiver;

        Taker(Endpoint endpoint, SplittableRandom random) {
            this.random = random;
            Arrays.fill(last, -1);
            at(endpoint);
        }

        Taker at(Endpoint endpoint) {
            receiver = endpoint.receiver();
            return this;
        }

        void take() {
            if (random.nextInt(16) == 0) {
                if (receiver.take(Selector.any(), QBYTES, 0) == Receiver.TAKEN) {
                    receiver.buffer().getBytes(receiver.offset(), message, 0, receiver.length());
                    int length = receiver.length();
                    assertTrue(receiver.consume());
                    note(length);
                }
            } else if (receiver.receive(Selector.any(), message, 0, QBYTES, 0) == Receiver.RECEIVED) {
                note(receiver.length());
            } else {
                Thread.onSpinWait();
            }
        }

        private void note(int length) {
            int sender = message.getInt(0);
            long number = message.getLong(Integer.BYTES);
            for (int i = Integer.BYTES + Long.BYTES; i < length; i++) {
                assertEquals((byte) number, message.getByte(i), "a message that is not whole");
            }
            assertTrue(number > last[sender], () -> "sender " + sender + ": " + number + " after " + last[sender]);
            last[sender] = number;
            long bit = 1L << number;
            long before = seen[sender].getAndAccumulate((int) (number / Long.SIZE), bit, (bits, one) -> bits | one);
            assertTrue((before & bit) == 0, () -> "sender " + sender + ": message " + number + " came twice");
            received.incrementAndGet();
        }
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
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
