package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.StateDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Finding the receivers that may want a message, without a look at the others' slots. */
class ArmedSlotsTest {
    private static final int SLOTS = 300;

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
