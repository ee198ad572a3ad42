package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random programs of several endpoints, one step at a time, on the real queue and on {@link ModelQueue}: each result,
 * the depth and the accounts of who was last must be the same. A failure names the seed and the step.
 */
@Timeout(120)
class ModelTest {
    private static final int STEPS = 4_000;
    private static final int AGENTS = 5;
    private static final long[] LIMITS = {0, 1, 10, 500, 20_000, 60_000, 200_000, 200_000, 200_000, 200_000};
    private static final long[] TYPES = {1, 2, 3, 4, 5, 6, 7, Integer.MAX_VALUE - 1, Integer.MAX_VALUE,
        Integer.MAX_VALUE + 1L, Long.MAX_VALUE};

    private final Agent[] agents = new Agent[AGENTS];
    private QueueFixture queue;
    private ModelQueue model;
    private Random random;
    /** So many that the receivers' indexes of types are purged now and then, or few. */
    private boolean manyTypes;
    private int mode = QueueFixture.MODE;
    private int claims;
    private long lastSendNotBefore;
    private long lastReceiveNotBefore;
    private String context;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void doesWhatTheModelDoes(long seed) {
        random = new Random(seed);
        manyTypes = seed % 4 == 0;
        model = new ModelQueue(20_000);
        // The shortest segments: chains grow and shrink all the time. Each third time messages may be longer than they are.
        int segmentLength = QueueMemory.MIN_SEGMENT_LENGTH;
        queue = seed % 3 == 0 ? new QueueFixture(model.qbytes, segmentLength, 3 * segmentLength)
            : new QueueFixture(model.qbytes, segmentLength);
        try {
            for (int i = 0; i < AGENTS; i++) {
                agents[i] = new Agent();
            }
            for (int step = 0; step < STEPS; step++) {
                context = "seed " + seed + ", step " + step;
                step(step);
                compare();
            }
            context = "seed " + seed + ", after removal";
            queue.keeper().markRemoved();
            for (Agent agent : agents) {
                // R15
                assertErrno(Errno.EINVAL, () -> agent.endpoint.sender().send(1, new UnsafeBuffer(0, 0), 0, 0, 0));
                if (agent.inHand == null) {
                    assertErrno(Errno.EINVAL, () -> agent.endpoint.receiver().take(Selector.any(), 0, 0));
                    assertErrno(Errno.EINVAL, () -> agent.endpoint.receiver().browse(0));
                }
            }
        } finally {
            queue.close();
        }
    }

    private void step(int step) {
        // More senders than receivers, then the other way round.
        int sends = step / 500 % 2 == 0 ? 50 : 25;
        Agent agent = agents[random.nextInt(AGENTS)];
        int choice = random.nextInt(100);
        if (choice < sends) {
            agent.send();
        } else if (choice < 90) {
            agent.receive();
        } else if (choice < 94) {
            agent.browse();
        } else if (choice < 95) {
            changeRules();
        } else if (choice < 98) {
            queue.keeper().keepHouse(random.nextInt(3));
        } else {
            agent.replace();
        }
    }

    private long randomType() {
        return manyTypes ? 1 + random.nextInt(3_000) : TYPES[random.nextInt(TYPES.length)];
    }

    private void changeRules() {
        if (random.nextInt(4) == 0) {
            mode = random.nextInt(8);
        } else {
            mode = QueueFixture.MODE;
        }
        model.qbytes = LIMITS[random.nextInt(LIMITS.length)];
        queue.keeper().apply(QueueFixture.UID, QueueFixture.GID, mode, model.qbytes, 0);
    }

    private void compare() {
        // A message that is being written has its room already (invariant 5 speaks of the time in between).
        if (claims == 0) {
            QueueKeeper.Depth depth = queue.keeper().depth();
            assertEquals(model.count(), depth.messages(), context);
            assertEquals(model.bytes(), depth.bytes(), context);
        }
        QueueState state = queue.state();
        // R33, R58
        assertEquals(model.lspid, state.lspid(), context);
        assertEquals(model.lrpid, state.lrpid(), context);
        assertTime(lastSendNotBefore, state.stimeSeconds());
        assertTime(lastReceiveNotBefore, state.rtimeSeconds());
    }

    /** The coarse clock may be behind, never ahead. */
    private void assertTime(long notBefore, long seconds) {
        if (notBefore == 0) {
            assertEquals(0, seconds, context);
        } else {
            assertTrue(seconds >= notBefore - 5 && seconds <= nowSeconds(),
                () -> context + ": " + seconds + " is not about " + notBefore);
        }
    }

    private static long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    private void assertErrno(int errno, Runnable call) {
        assertEquals(Errno.name(errno), assertThrows(ErrnoException.class, call::run, context).errnoName(), context);
    }

    /** One endpoint and its half-done work. */
    private final class Agent {
        private Endpoint endpoint;
        private int pid;
        private ModelQueue.Message claimed;
        private long claimedAt;
        private ModelQueue.Message inHand;

        Agent() {
            open();
        }

        private void open() {
            endpoint = random.nextBoolean() ? queue.endpoint(QueueFixture.BY_MODE)
                : queue.remoteEndpoint(QueueFixture.BY_MODE);
            pid = queue.lastPid();
        }

        /** With a message in hand the end is put off until that is finished. */
        void replace() {
            if (claimed == null) {
                endpoint.close();
                if (inHand != null) {
                    finishReceive();
                }
                open();
            }
        }

        void send() {
            if (claimed != null) {
                finishClaim();
                return;
            }
            long mtype = randomType();
            byte[] payload = new byte[payloadLength()];
            random.nextBytes(payload);
            if (random.nextInt(5) == 0) {
                claim(mtype, payload);
            } else {
                trySend(mtype, payload);
            }
        }

        private int payloadLength() {
            return switch (random.nextInt(20)) {
                case 0, 1, 2 -> 0;
                case 3 -> random.nextInt(endpoint.sender().maxMessageLength() + 1);
                case 4 -> endpoint.sender().maxMessageLength();
                default -> random.nextInt(400);
            };
        }

        private void trySend(long mtype, byte[] payload) {
            UnsafeBuffer source = new UnsafeBuffer(payload.clone());
            if ((mode & Rules.WRITE) == 0) {
                // R24: before EAGAIN
                assertErrno(Errno.EACCES, () -> endpoint.sender().send(mtype, source, 0, payload.length, 0));
                return;
            }
            ModelQueue.Message expected = model.claim(mtype, payload);
            long nowSeconds = nowSeconds();
            // R21, R22, R24, R32
            assertEquals(expected != null, endpoint.sender().send(mtype, source, 0, payload.length, 0), context);
            if (expected != null) {
                model.commit(expected, pid);
                lastSendNotBefore = nowSeconds;
                // R34: what happens to the source afterwards does not matter
                source.setMemory(0, payload.length, (byte) 0);
            }
        }

        private void claim(long mtype, byte[] payload) {
            if ((mode & Rules.WRITE) == 0) {
                assertErrno(Errno.EACCES, () -> endpoint.sender().tryClaim(mtype, payload.length));
                return;
            }
            ModelQueue.Message expected = model.claim(mtype, payload);
            long where = endpoint.sender().tryClaim(mtype, payload.length);
            assertEquals(expected != null, where >= 0, context);
            if (expected != null) {
                endpoint.memory().segment((int) (where >>> Integer.SIZE)).putBytes((int) where, payload);
                claimed = expected;
                claimedAt = where;
                claims++;
            }
        }

        private void finishClaim() {
            if (random.nextInt(3) == 0) {
                endpoint.sender().abort((int) claimedAt);
                model.abort(claimed);
            } else {
                long nowSeconds = nowSeconds();
                endpoint.sender().commit((int) claimedAt);
                model.commit(claimed, pid);
                lastSendNotBefore = nowSeconds;
            }
            claimed = null;
            claims--;
        }

        void receive() {
            if (inHand != null) {
                finishReceive();
                return;
            }
            long msgtyp = switch (random.nextInt(6)) {
                case 0, 1 -> 0;
                case 2, 3 -> randomType();
                case 4 -> -randomType();
                default -> random.nextInt(50) == 0 ? Long.MIN_VALUE : -3;
            };
            boolean except = random.nextInt(3) == 0;
            int room = random.nextInt(10) == 0 ? random.nextInt(300) : Integer.MAX_VALUE;
            Selector selector = Selector.of(msgtyp, except);
            if ((mode & Rules.READ) == 0) {
                assertErrno(Errno.EACCES, () -> endpoint.receiver().take(selector, room, 0));
                return;
            }
            // R38, R39, R40
            ModelQueue.Message expected = model.first(msgtyp, except);
            int taken = endpoint.receiver().take(selector, room, 0);
            String what = context + ": " + selector + " gives " + expected;
            if (expected == null) {
                // R43
                assertEquals(Receiver.NONE, taken, what);
            } else if (expected.payload.length > room) {
                // R41: nothing smaller is tried
                assertEquals(Receiver.TOO_LONG, taken, what);
            } else {
                assertEquals(Receiver.TAKEN, taken, what);
                assertFound(expected, what);
                expected.held = true;
                inHand = expected;
                if (random.nextInt(4) != 0) {
                    finishReceive();
                }
            }
        }

        private void finishReceive() {
            assertFound(inHand, context + ": still in hand");
            if (random.nextInt(5) == 0) {
                endpoint.receiver().giveBack();
                inHand.held = false;
            } else {
                long nowSeconds = nowSeconds();
                assertTrue(endpoint.receiver().consume(), context);
                model.consume(inHand, pid);
                lastReceiveNotBefore = nowSeconds;
            }
            inHand = null;
        }

        /** R44. */
        void browse() {
            if (inHand != null || (mode & Rules.READ) == 0) {
                return;
            }
            long index = random.nextInt((int) model.available() + 2) - (random.nextInt(20) == 0 ? 10L : 0);
            ModelQueue.Message expected = index < 0 ? null : model.at(index);
            int found = endpoint.receiver().browse(index);
            if (expected == null) {
                assertEquals(Receiver.NONE, found, context);
            } else {
                assertEquals(Receiver.TAKEN, found, context);
                assertFound(expected, context + ": browsed " + index);
            }
        }

        private void assertFound(ModelQueue.Message expected, String what) {
            Receiver receiver = endpoint.receiver();
            byte[] payload = new byte[receiver.length()];
            receiver.buffer().getBytes(receiver.offset(), payload);
            assertEquals(expected.mtype, receiver.mtype(), what);
            assertArrayEquals(expected.payload, payload, what);
        }
    }
}
