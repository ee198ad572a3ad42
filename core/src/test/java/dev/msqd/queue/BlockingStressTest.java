package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.QueueState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that sleep and wake all the time, each with a mapping of its own as if it were a process of its own.
 *
 * <p>A wake-up that is lost costs its sleeper {@link Parker#MAX_SLEEP_NS} and then goes unnoticed; so calls of that
 * length are counted. A few are granted to a machine that is busy with something else.
 */
@Timeout(120)
class BlockingStressTest {
    private static final int SUSPECTS_GRANTED = 3;
    private static final long FOREVER = Long.MAX_VALUE;
    /** Delays reach to both sides of the moment at which a thread stops spinning and goes to sleep. */
    private static final int MAX_DELAY_NS = (int) (3 * Endpoint.SPIN_NS) + 1;

    private final AtomicInteger suspects = new AtomicInteger();

    private interface Call {
        void run();
    }

    private void timed(Call call) {
        long beginNs = System.nanoTime();
        call.run();
        if (System.nanoTime() - beginNs >= Parker.MAX_SLEEP_NS) {
            suspects.incrementAndGet();
        }
    }

    private void assertNoLostWakeUps() {
        assertTrue(suspects.get() <= SUSPECTS_GRANTED, () -> suspects + " calls slept to the safety look");
    }

    private static void delay(Random random) {
        long endNs = System.nanoTime() + random.nextInt(MAX_DELAY_NS);
        while (System.nanoTime() - endNs < 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void pingPong() throws Exception {
        int roundTrips = 20_000;
        try (QueueFixture queue = new QueueFixture(8)) {
            Endpoint here = queue.remoteEndpoint();
            Endpoint there = queue.remoteEndpoint();
            AsyncCall<Long> echo = AsyncCall.start(() -> {
                Random random = new Random(1);
                long sum = 0;
                for (int trip = 0; trip < roundTrips; trip++) {
                    long number = receive(there, Selector.type(1));
                    delay(random);
                    send(there, 2, number);
                    sum += number;
                }
                return sum;
            });
            AsyncCall<Long> call = AsyncCall.start(() -> {
                Random random = new Random(2);
                for (int trip = 0; trip < roundTrips; trip++) {
                    delay(random);
                    send(here, 1, trip);
                    assertEquals(trip, receive(here, Selector.type(2)));
                }
                return (long) roundTrips * (roundTrips - 1) / 2;
            });
            assertEquals(call.result(), echo.result());
            assertEquals(0, queue.messages());
        }
        assertNoLostWakeUps();
    }

    private void send(Endpoint endpoint, long mtype, long number) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[Long.BYTES]);
        buffer.putLong(0, number);
        timed(() -> assertTrue(endpoint.sender().send(mtype, buffer, 0, Long.BYTES, FOREVER)));
    }

    private long receive(Endpoint endpoint, Selector selector) {
        Receiver receiver = endpoint.receiver();
        timed(() -> assertEquals(Receiver.TAKEN, receiver.take(selector, Long.BYTES, FOREVER)));
        long number = receiver.buffer().getLong(receiver.offset());
        assertTrue(receiver.consume());
        return number;
    }

    @Test
    void sendersAndReceiversOfAllKinds() throws Exception {
        // Room for about five messages: both sides sleep often.
        storm(new Storm(260, 30_000, List.of(Selector.type(1), Selector.upTo(2), Selector.except(1))));
    }

    @Test
    void receiversThatCompeteForEverything() throws Exception {
        storm(new Storm(120, 30_000, List.of(Selector.any(), Selector.any(), Selector.any())));
    }

    @Test
    void oneMessageAtATime() throws Exception {
        storm(new Storm(50, 10_000, List.of(Selector.upTo(3), Selector.except(2), Selector.type(2))));
    }

    /** Three senders of messages of the types 1 to 3 and of 16 to 50 bytes. */
    private record Storm(long qbytes, int messagesPerSender, List<Selector> selectors) {}

    private static final int SENDERS = 3;
    private static final int TYPES = 3;
    private static final int MIN_LENGTH = 2 * Long.BYTES;
    private static final int MAX_LENGTH = 50;

    private void storm(Storm storm) throws Exception {
        try (QueueFixture queue = new QueueFixture(storm.qbytes, 16 * 1024)) {
            CountDownLatch missing = new CountDownLatch(SENDERS * storm.messagesPerSender);
            List<AsyncCall<BitSet[]>> receivers = new ArrayList<>();
            for (Selector selector : storm.selectors) {
                Endpoint endpoint = queue.remoteEndpoint();
                receivers.add(AsyncCall.start(() -> receiveAll(endpoint, selector, missing)));
            }
            List<AsyncCall<Void>> senders = new ArrayList<>();
            for (int id = 0; id < SENDERS; id++) {
                int senderId = id;
                Endpoint endpoint = queue.remoteEndpoint();
                senders.add(AsyncCall.start(() -> sendAll(endpoint, senderId, storm.messagesPerSender)));
            }
            while (!missing.await(10, TimeUnit.MILLISECONDS)) {
                for (AsyncCall<BitSet[]> receiver : receivers) {
                    if (receiver.isDone()) {
                        receiver.result(); // it failed: say how
                    }
                }
            }
            for (AsyncCall<Void> sender : senders) {
                sender.result();
            }
            assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
            assertNull(new Peer(queue.endpoint()).tryReceive(Selector.any()));
            queue.keeper().markRemoved();
            // Exactly once: the receivers' sets don't meet, and together they are complete.
            BitSet[] all = newSets();
            for (AsyncCall<BitSet[]> receiver : receivers) {
                BitSet[] received = receiver.result();
                for (int id = 0; id < SENDERS; id++) {
                    assertTrue(!all[id].intersects(received[id]), "received twice");
                    all[id].or(received[id]);
                }
            }
            for (int id = 0; id < SENDERS; id++) {
                assertEquals(storm.messagesPerSender, all[id].cardinality(), "lost");
            }
        }
        assertNoLostWakeUps();
    }

    private static BitSet[] newSets() {
        BitSet[] sets = new BitSet[SENDERS];
        Arrays.setAll(sets, i -> new BitSet());
        return sets;
    }

    private Void sendAll(Endpoint endpoint, int id, int count) {
        Random random = new Random(id);
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_LENGTH]);
        for (int number = 0; number < count; number++) {
            int length = MIN_LENGTH + random.nextInt(MAX_LENGTH - MIN_LENGTH + 1);
            long mtype = 1 + random.nextInt(TYPES);
            buffer.putLong(0, id);
            buffer.putLong(Long.BYTES, number);
            buffer.setMemory(MIN_LENGTH, MAX_LENGTH - MIN_LENGTH, (byte) number);
            timed(() -> assertTrue(endpoint.sender().send(mtype, buffer, 0, length, FOREVER)));
            if (number % 8 == 0) {
                delay(random);
            }
        }
        return null;
    }

    private BitSet[] receiveAll(Endpoint endpoint, Selector selector, CountDownLatch missing) {
        Random random = new Random(endpoint.slot().index());
        Receiver receiver = endpoint.receiver();
        BitSet[] received = newSets();
        int[][] last = new int[SENDERS][TYPES + 1];
        for (int[] ofSender : last) {
            Arrays.fill(ofSender, -1);
        }
        QueueState state = endpoint.memory().state();
        long[][] epochs = new long[SENDERS][TYPES + 1];
        for (int round = 0; true; round++) {
            long epoch = state.rescanEpoch();
            long beginNs = System.nanoTime();
            try {
                assertEquals(Receiver.TAKEN, receiver.take(selector, MAX_LENGTH, FOREVER));
            } catch (ErrnoException e) {
                // R54: that is how it ends; the last wait may have been long
                assertTrue(e.errno() == Errno.EIDRM || e.errno() == Errno.EINVAL, e.getMessage());
                return received;
            }
            if (System.nanoTime() - beginNs >= Parker.MAX_SLEEP_NS) {
                suspects.incrementAndGet();
            }
            int id = (int) receiver.buffer().getLong(receiver.offset());
            int number = (int) receiver.buffer().getLong(receiver.offset() + Long.BYTES);
            int mtype = (int) receiver.mtype();
            assertTrue(selector.matches(mtype));
            for (int i = MIN_LENGTH; i < receiver.length(); i++) {
                assertEquals((byte) number, receiver.buffer().getByte(receiver.offset() + i), "torn");
            }
            assertTrue(receiver.consume());
            // Invariant 6: first in, first out per sender, receiver and type; for a receiver of anything per sender.
            // Only a message that went back to its place in between may come late.
            int line = selector.mode() == Selector.ANY ? 0 : mtype;
            assertTrue(number > last[id][line] || state.rescanEpoch() != epochs[id][line],
                () -> selector + ": sender " + id + ", type " + mtype + ": " + number + " after " + last[id][line]);
            if (number > last[id][line]) {
                last[id][line] = number;
                epochs[id][line] = epoch;
            }
            assertTrue(!received[id].get(number), "received twice");
            received[id].set(number);
            missing.countDown();
            if (round % 8 == 0) {
                delay(random);
            }
        }
    }
}
