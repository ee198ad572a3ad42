package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkippedTypeTest {
    private static final SkippedType.Liveness ALL_LIVE = (position, address) -> true;

    private final SkippedType queue = new SkippedType();

    @Test
    void keepsOrderOfPositionsWhateverTheOrderOfArrival() {
        for (long position : new long[] {40, 10, 30, 50, 20}) {
            queue.add(position, -position, ALL_LIVE);
        }
        assertEntries(List.of(10L, 20L, 30L, 40L, 50L));
    }

    @Test
    void growsWhileEverythingLives() {
        List<Long> expected = new ArrayList<>();
        for (long position = 0; position < 1000; position++) {
            queue.add(position, -position, ALL_LIVE);
            expected.add(position);
        }
        assertEntries(expected);
    }

    @Test
    void dropsWhatIsGoneBeforeItGrows() {
        for (long position = 0; position < 1_000_000; position++) {
            long lastLive = position - 5;
            queue.add(position, -position, (p, address) -> p >= lastLive);
            assertTrue(queue.size() <= 32, () -> "holds " + queue.size() + " entries for 5 that live");
        }
        queue.retain((position, address) -> position >= 999_995);
        assertEntries(List.of(999_995L, 999_996L, 999_997L, 999_998L, 999_999L));
    }

    @Test
    void retainKeepsOrderAcrossTheRingsEnd() {
        for (long position = 0; position < 14; position++) {
            queue.add(position, -position, ALL_LIVE);
        }
        for (int i = 0; i < 10; i++) {
            queue.removeFirst();
        }
        for (long position = 14; position < 24; position++) {
            queue.add(position, -position, ALL_LIVE);
        }
        queue.retain((position, address) -> position % 3 == 0);
        assertEntries(List.of(12L, 15L, 18L, 21L));
    }

    @Test
    void resetForgetsEverything() {
        queue.add(1, -1, ALL_LIVE);
        queue.reset(8);
        assertEquals(0, queue.size());
        assertEquals(8, queue.mtype);
        queue.add(2, -2, ALL_LIVE);
        assertEntries(List.of(2L));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void doesWhatASortedSetDoes(long seed) {
        Random random = new Random(seed);
        TreeSet<Long> live = new TreeSet<>();
        Set<Long> gone = new HashSet<>();
        long end = 0;
        for (int step = 0; step < 20_000; step++) {
            int choice = random.nextInt(100);
            if (choice < 50) {
                end += 1 + random.nextInt(3);
                add(live, gone, end);
            } else if (choice < 55 && end > 0) {
                long late = Math.max(0, end - random.nextInt(50));
                if (!live.contains(late) && !gone.contains(late)) {
                    add(live, gone, late);
                }
            } else if (choice < 70 && !live.isEmpty()) {
                Long victim = live.ceiling(live.first() + random.nextInt((int) (live.last() - live.first() + 1)));
                live.remove(victim);
                gone.add(victim);
            } else if (queue.size() > 0 && queue.size() > random.nextInt(200)) {
                long first = queue.position(0);
                assertEquals(-first, queue.address(0));
                if (!gone.contains(first)) {
                    assertEquals(live.first(), first, "seed " + seed + ", step " + step);
                }
                live.remove(first);
                queue.removeFirst();
            } else if (random.nextInt(20) == 0) {
                queue.retain((position, address) -> live.contains(position));
                assertEntries(List.copyOf(live));
            }
        }
        queue.retain((position, address) -> live.contains(position));
        assertEntries(List.copyOf(live));
    }

    private void add(Set<Long> live, Set<Long> gone, long position) {
        live.add(position);
        gone.remove(position);
        queue.add(position, -position, (p, address) -> live.contains(p));
    }

    private void assertEntries(List<Long> positions) {
        List<Long> actual = new ArrayList<>();
        for (int index = 0; index < queue.size(); index++) {
            actual.add(queue.position(index));
            assertEquals(-queue.position(index), queue.address(index));
        }
        assertEquals(positions, actual);
    }
}
