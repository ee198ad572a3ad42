package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.StateDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Finding the receivers that may want a message, without a look at the others' slots. */
class ArmedSlotsTest {
    private static final int SLOTS = 300;
    /** One for each: a pool of one processor would have them run one after the other. */
    private static final Executor THREADS = task -> new Thread(task).start();

    private final HotQueue queue = new HotQueue();
    private final ArmedSlots receivers = ArmedSlots.receivers(queue.memory());

    ArmedSlotsTest() {
        Slots slots = new Slots(queue.memory());
        for (int client = 1; client <= SLOTS; client++) {
            slots.acquire(client);
        }
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private List<Integer> found(byte key) {
        List<Integer> found = new ArrayList<>();
        for (int slot = receivers.next(0, key); slot >= 0; slot = receivers.next(slot + 1, key)) {
            found.add(slot);
        }
        return found;
    }

    @Test
    void findsWhoWantsTheTypeOrMoreThanOne() {
        receivers.want(3, StateDescriptor.wantedKey(7));
        receivers.want(64, StateDescriptor.wantedKey(8));
        receivers.want(65, ArmedSlots.ANY_KEY);
        receivers.want(299, StateDescriptor.wantedKey(7));
        for (int slot : List.of(3, 64, 65, 299)) {
            receivers.set(slot);
        }
        assertEquals(List.of(3, 65, 299), found(StateDescriptor.wantedKey(7)));
        assertEquals(List.of(64, 65), found(StateDescriptor.wantedKey(8)));
        assertEquals(List.of(65), found(StateDescriptor.wantedKey(9)));
        receivers.clear(3);
        assertEquals(List.of(65, 299), found(StateDescriptor.wantedKey(7)));
    }

    @Test
    void whileSomebodyIsArmedThoseWhoPublishLook() {
        assertTrue(receivers.isUnused());
        receivers.set(70);
        assertFalse(receivers.isUnused());
        assertFalse(receivers.isEmptyAfterPublishing());
        receivers.relax();
        assertFalse(receivers.isUnused(), "relaxed over somebody who sleeps");
        receivers.clear(70);
        assertTrue(receivers.isEmptyAfterPublishing());
        receivers.relax();
        assertTrue(receivers.isUnused());
    }

    /** Who looks whether anybody is armed, and relaxes the fence later, must come too late when somebody armed in between. */
    @Test
    void armingChangesTheFenceWordEachTime() {
        List<Integer> words = new ArrayList<>();
        for (int slot = 0; slot < 3; slot++) {
            receivers.set(slot);
            words.add(queue.memory().stateWords().getIntVolatile(StateDescriptor.RECEIVERS_FENCE_OFFSET));
        }
        assertEquals(3, Set.copyOf(words).size());
    }

    @Test
    void whoPublishesAndMeetsNobodyForLongNeedNotLookAnyMore() {
        receivers.set(5);
        receivers.clear(5);
        int published = 0;
        while (!receivers.isUnused() && published < 100_000) {
            assertTrue(receivers.isEmptyAfterPublishing());
            published++;
        }
        assertTrue(published > 1000 && published < 100_000, () -> "relaxed at another time");
    }

    /** Each of them has views of its own, as in processes of their own. Who arms leaves at once, and the fence is relaxed all the time. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(60)
    void nobodyRelaxesOverWhoIsArmed(int many) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> relaxing = CompletableFuture.runAsync(() -> {
            ArmedSlots armed = ArmedSlots.receivers(queue.memory());
            while (!over.get()) {
                armed.relax();
            }
        }, THREADS);
        try {
            CompletableFuture.allOf(IntStream.range(0, many)
                .mapToObj(number -> CompletableFuture.runAsync(() -> armAgainAndAgain(5 + number), THREADS))
                .toArray(CompletableFuture[]::new)).get();
        } finally {
            over.set(true);
            relaxing.get();
        }
    }

    private void armAgainAndAgain(int slot) {
        ArmedSlots armed = ArmedSlots.receivers(queue.memory());
        for (int round = 0; round < 100_000; round++) {
            armed.set(slot);
            for (int look = 0; look < round % 64; look++) {
                assertFalse(armed.isUnused(), "who publishes does not look, and somebody sleeps");
            }
            armed.clear(slot);
        }
    }

    /** Who arms second takes it on itself to say that those who publish look; stopped before, it must not hide the first, who sleeps already. */
    @Test
    void whileAnotherIsStillArmingThoseWhoPublishLook() {
        receivers.set(1);
        queue.memory().stateWords().putIntVolatile(StateDescriptor.RECEIVERS_FENCE_OFFSET,
            StateDescriptor.nextFence(0, StateDescriptor.FENCE_CHANGING));
        assertFalse(receivers.isUnused());
        assertFalse(receivers.isEmptyAfterPublishing());
    }

    /** Killed between its two changes of the fence word, and cleared by repair. */
    @Test
    void whoDiedWhileItArmedIsNoHindrance() {
        queue.memory().stateWords().putIntVolatile(StateDescriptor.RECEIVERS_FENCE_OFFSET,
            StateDescriptor.nextFence(0, StateDescriptor.FENCE_CHANGING));
        assertTrue(receivers.isEmptyAfterPublishing());
        receivers.set(1);
        assertFalse(receivers.isEmptyAfterPublishing());
        receivers.clear(1);
        receivers.relax();
        assertTrue(receivers.isUnused());
    }

    @Test
    void agreesWithALookAtEachSlot() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            byte[] keys = new byte[SLOTS];
            boolean[] armed = new boolean[SLOTS];
            for (int slot = 0; slot < SLOTS; slot++) {
                keys[slot] = random.nextBoolean() ? (byte) random.nextInt(4) : (byte) random.nextInt();
                armed[slot] = random.nextInt(4) == 0;
                receivers.want(slot, keys[slot]);
                receivers.clear(slot);
                if (armed[slot]) {
                    receivers.set(slot);
                }
            }
            byte key = random.nextBoolean() ? 1 : (byte) (1 + random.nextInt(255));
            List<Integer> expected = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                if (armed[slot] && (keys[slot] == ArmedSlots.ANY_KEY || keys[slot] == key)) {
                    expected.add(slot);
                }
            }
            assertEquals(expected, found(key));
        }
    }

    @Test
    void keysAreNeverThatOfAny() {
        for (long mtype : new long[] {1, 254, 255, 256, Integer.MAX_VALUE, Long.MAX_VALUE}) {
            assertEquals(1 + mtype % 255, Byte.toUnsignedInt(StateDescriptor.wantedKey(mtype)));
        }
    }
}
