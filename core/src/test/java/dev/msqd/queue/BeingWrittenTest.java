package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BeingWrittenTest {
    private final BeingWritten beingWritten = new BeingWritten();

    private List<Long> positions() {
        List<Long> positions = new ArrayList<>();
        for (int index = 0; index < beingWritten.size(); index++) {
            assertEquals(-beingWritten.position(index), beingWritten.address(index));
            positions.add(beingWritten.position(index));
        }
        return positions;
    }

    @Test
    void clearedOneIsAsGoodAsNew() {
        beingWritten.add(8, -8);
        beingWritten.clear();
        assertEquals(List.of(), positions());
        beingWritten.add(16, -16);
        assertEquals(List.of(16L), positions());
    }

    /** Whoever looks newest first and finds a record written must have looked at it before the same sender's earlier ones. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void thoseLeftKeepTheirOrder(long seed) {
        Random random = new Random(seed);
        List<Long> expected = new ArrayList<>();
        for (long position = 8; position < 4000; position += 8) {
            expected.add(position);
            beingWritten.add(position, -position);
            while (!expected.isEmpty() && random.nextInt(expected.size() + 8) > 8) {
                int index = random.nextInt(expected.size());
                expected.remove(index);
                beingWritten.remove(index);
            }
            // Invariant 6
            assertEquals(expected, positions());
        }
    }
}
