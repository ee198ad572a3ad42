package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LiveSetTest {
    private static void assertHolds(TreeMap<Long, Long> expected, LiveSet set, long minPlace, String seed) {
        set.settle(minPlace);
        expected.values().removeIf(place -> place < minPlace);
        assertEquals(expected.size(), set.size(), seed);
        int index = 0;
        for (Map.Entry<Long, Long> entry : expected.entrySet()) {
            assertEquals(entry.getKey(), set.position(index), seed);
            assertEquals(entry.getValue(), set.place(index), seed);
            index++;
        }
    }

    /** Against a tree, in all mixtures of ascending and other positions. */
    @Test
    void holdsWhatATreeHolds() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            LiveSet set = new LiveSet();
            TreeMap<Long, Long> tree = new TreeMap<>();
            long next = random.nextInt(100) - 50;
            int ascending = random.nextInt(100);
            int removals = random.nextInt(40);
            for (int step = 0, place = 1; step < 2_000; step++, place++) {
                if (random.nextInt(100) < removals) {
                    long first = next - random.nextInt(3_000);
                    long last = first + random.nextInt(random.nextInt(10) == 0 ? 3_000 : 10) - 1;
                    set.remove(first, last);
                    if (first <= last) {
                        tree.subMap(first, true, last, true).clear();
                    }
                } else {
                    next += 1 + random.nextInt(3);
                    long position = random.nextInt(100) < ascending ? next : next - random.nextInt(3_000);
                    set.put(position, place);
                    tree.put(position, (long) place);
                }
                assertEquals(tree.size(), set.size(), "seed " + seed);
                if (random.nextInt(500) == 0) {
                    assertHolds(tree, set, random.nextInt(3) == 0 ? random.nextInt(place) : 0, "seed " + seed);
                }
            }
            assertHolds(tree, set, 0, "seed " + seed);
        }
    }

    /** More than wait in the tree. */
    @Test
    void mergesManyLateOnes() {
        LiveSet set = new LiveSet();
        TreeMap<Long, Long> tree = new TreeMap<>();
        Random random = new Random(1);
        for (int count = 1; count < 300_000; count++) {
            long position = random.nextInt(1 << 20);
            set.put(position, count);
            tree.put(position, (long) count);
        }
        assertEquals(tree.size(), set.size());
        assertHolds(tree, set, 0, "");
    }

    /** It would take hours if each walked over all that went before. */
    @Test
    void rangesThatAreEmptyAlreadyCostNothing() {
        LiveSet set = new LiveSet();
        for (int position = 0; position < 500_000; position++) {
            set.put(position, 1);
        }
        set.put(Long.MAX_VALUE, 1);
        for (int count = 0; count < 500_000; count++) {
            set.remove(Long.MIN_VALUE, Long.MAX_VALUE - 1);
        }
        assertEquals(1, set.size());
    }
}
