package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkipIndexTest {
    /** The messages that live: type by position. */
    private final TreeMap<Long, Long> live = new TreeMap<>();
    private final SkipIndex index = new SkipIndex((position, address) -> live.containsKey(position));
    /** No position is ever used twice. */
    private final Set<Long> used = new HashSet<>();
    private long end;

    @Test
    void emptyOneHasNothingForAnybody() {
        assertTrue(index.isEmpty());
        assertNull(index.first(Selector.any()));
        assertNull(index.first(Selector.type(1)));
        assertNull(index.first(Selector.except(1)));
        assertNull(index.first(Selector.upTo(1)));
    }

    @Test
    void selectsAsMsgrcvDoes() {
        add(5);
        add(3);
        add(5);
        add(4);
        // R38
        assertFirst(Selector.any(), 1, 5);
        assertFirst(Selector.type(4), 4, 4);
        assertNull(index.first(Selector.type(6)));
        // R39
        assertFirst(Selector.except(5), 2, 3);
        assertFirst(Selector.except(3), 1, 5);
        // R40
        assertFirst(Selector.upTo(9), 2, 3);
        assertFirst(Selector.upTo(3), 2, 3);
        assertNull(index.first(Selector.upTo(2)));
    }

    @Test
    void lateInsertsComeToTheirPlace() {
        end = 10;
        add(2);
        insert(5, 2);
        insert(7, 1);
        insert(3, 1);
        assertFirst(Selector.any(), 3, 1);
        assertFirst(Selector.except(1), 5, 2);
        assertFirst(Selector.type(1), 3, 1);
    }

    @Test
    void clearedOneIsAsGoodAsNew() {
        for (int i = 0; i < 100; i++) {
            add(1 + i % 10);
        }
        index.clear();
        live.clear();
        assertTrue(index.isEmpty());
        add(4);
        assertFirst(Selector.any(), 101, 4);
        assertNull(index.first(Selector.except(4)));
    }

    @Test
    void whatIsGoneOfManyTypesDoesNotPileUp() {
        for (long mtype = 1; mtype <= 200_000; mtype++) {
            add(mtype);
            live.remove(end - 10);
        }
        int entries = 0;
        while (!index.isEmpty()) {
            index.removeFirst(index.first(Selector.any()));
            entries++;
        }
        assertTrue(entries <= 512, entries + " entries for 10 messages");
    }

    @Test
    void ordersOfManyTypesSurviveAPurge() {
        // 512 types with two messages each; the first of many is gone when the next new type comes and purges.
        for (int round = 0; round < 2; round++) {
            for (long mtype = 1; mtype <= 255; mtype++) {
                add(mtype);
            }
        }
        Random random = new Random(1);
        live.keySet().removeIf(position -> random.nextInt(3) == 0);
        for (long mtype = 1000; mtype < 1010; mtype++) {
            add(mtype);
        }
        while (!live.isEmpty()) {
            SkippedType first = find(Selector.any());
            assertEquals(live.firstKey(), first.position(0));
            live.remove(first.position(0));
            index.removeFirst(first);
        }
        assertNull(find(Selector.any()));
    }

    @ParameterizedTest(name = "seed {0}, {1} types")
    @CsvSource({"1, 1", "2, 2", "3, 3", "4, 10", "5, 100", "6, 1000", "7, 1000", "8, 5000", "9, 5000", "10, 100000"})
    void doesWhatAListDoes(long seed, int typeCount) {
        Random random = new Random(seed);
        for (int step = 0; step < 30_000; step++) {
            int choice = random.nextInt(100);
            // Deep and shallow by turns.
            int adds = step / 5_000 % 2 == 0 ? 60 : 30;
            if (choice < adds) {
                add(1 + random.nextInt(typeCount));
                end += random.nextInt(2); // leaves room for those who come late
            } else if (choice < adds + 3) {
                long position = Math.max(1, end - random.nextInt(100));
                if (position <= end && !used.contains(position)) {
                    insert(position, 1 + random.nextInt(typeCount));
                }
            } else if (choice < adds + 15) {
                Long victim = live.ceilingKey((long) (random.nextDouble() * (end + 1)));
                if (victim != null) {
                    live.remove(victim);
                }
            } else {
                Selector selector = selector(random, typeCount);
                SkippedType found = find(selector);
                Long expected = naive(selector);
                String context = "seed " + seed + ", step " + step + ", " + selector;
                if (expected == null) {
                    assertNull(found, context);
                } else {
                    assertNotNull(found, context);
                    assertEquals(expected, found.position(0), context);
                    assertEquals(live.get(expected), found.mtype, context);
                    assertEquals(-expected, found.address(0), context);
                    if (random.nextInt(4) != 0) {
                        live.remove(expected);
                        index.removeFirst(found);
                    }
                }
            }
        }
        index.clear();
        assertTrue(index.isEmpty());
    }

    private static Selector selector(Random random, int typeCount) {
        long mtype = 1 + random.nextInt(typeCount);
        return switch (random.nextInt(4)) {
            case 0 -> Selector.any();
            case 1 -> Selector.type(mtype);
            case 2 -> Selector.except(mtype);
            default -> Selector.upTo(mtype);
        };
    }

    private void add(long mtype) {
        insert(++end, mtype);
    }

    private void insert(long position, long mtype) {
        assertTrue(used.add(position));
        index.add(mtype, position, -position);
        live.put(position, mtype);
    }

    private void assertFirst(Selector selector, long position, long mtype) {
        SkippedType first = index.first(selector);
        assertEquals(position, first.position(0));
        assertEquals(mtype, first.mtype);
    }

    /** As a receiver does it: what is gone and comes first is removed. */
    private SkippedType find(Selector selector) {
        SkippedType first = index.first(selector);
        while (first != null && !live.containsKey(first.position(0))) {
            index.removeFirst(first);
            first = index.first(selector);
        }
        return first;
    }

    private Long naive(Selector selector) {
        Map.Entry<Long, Long> best = null;
        for (Map.Entry<Long, Long> message : live.entrySet()) {
            if (selector.matches(message.getValue())) {
                if (selector.mode() != Selector.UP_TO) {
                    return message.getKey();
                }
                if (best == null || message.getValue() < best.getValue()) {
                    best = message;
                }
            }
        }
        return best == null ? null : best.getKey();
    }
}
