package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SpareTest {
    private static final UUID QUEUE = new UUID(3, 4);
    private static final long INCARNATION = 5;

    private final PowerCutStorage storage = new PowerCutStorage(new Random(1));

    private static PositionRanges ranges(long... bounds) {
        PositionRanges ranges = new PositionRanges();
        for (int index = 0; index < bounds.length; index += 2) {
            ranges.add(bounds[index], bounds[index + 1]);
        }
        return ranges;
    }

    private Spare twice() {
        Spare spare = Spare.of(storage, QUEUE);
        spare.make();
        spare.keepOnly(INCARNATION, 7, ranges(10, 20, 30, 30));
        spare.keepOnly(INCARNATION, 8, ranges(15, 20, 30, 30));
        return Spare.of(storage, QUEUE);
    }

    private void flip(int offset, int bit) {
        try (LogFile file = storage.openSpare(true)) {
            ByteBuffer at = ByteBuffer.allocateDirect(1);
            file.read(at, offset);
            at.put(0, (byte) (at.get(0) ^ 1 << bit));
            file.write(at.clear(), offset);
        }
    }

    @Test
    void theCopyThatWasWrittenLastHolds() {
        Spare spare = twice();
        assertEquals(8, spare.below());
        assertTrue(spare.counts(7, INCARNATION, 15));
        assertTrue(spare.counts(7, INCARNATION, 30));
        assertFalse(spare.counts(7, INCARNATION, 14));
        assertFalse(spare.counts(7, INCARNATION, 21));
        assertFalse(spare.counts(7, INCARNATION, 31));
        assertFalse(spare.counts(7, INCARNATION + 1, 15), "of a hot file that is gone");
        assertTrue(spare.counts(8, INCARNATION + 1, 14), "none of its business");
        assertEquals("", spare.torn());
    }

    /** As if the power had gone while it was written: what was before holds. */
    @Test
    void anyChangeToACopyMakesTheOtherOneHold() {
        int length = SpareDescriptor.RANGES_OFFSET + 2 * SpareDescriptor.RANGE_LENGTH;
        twice(); // counters 1 and 2: the one that holds is the first copy
        for (int offset = 0; offset < length; offset++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                flip(offset, bit);
                Spare spare = Spare.of(storage, QUEUE);
                assertEquals(7, spare.below());
                assertTrue(spare.counts(6, INCARNATION, 14));
                assertFalse(spare.isDamaged());
                flip(offset, bit);
            }
        }
        assertEquals(8, Spare.of(storage, QUEUE).below());
    }

    @Test
    void whereNeitherCopyIsWholeTheLogIsDamaged() {
        twice();
        flip(SpareDescriptor.COUNTER_OFFSET, 0);
        flip(SpareDescriptor.COPY_LENGTH + SpareDescriptor.RANGES_OFFSET, 3);
        assertTrue(Spare.of(storage, QUEUE).isDamaged());
        assertTrue(Replay.of(storage, QUEUE).report().isDamaged());
        assertFalse(Spare.of(storage, new UUID(3, 5)).isDamaged(), "another queue's: there is none");
    }

    @Test
    void moreRangesThanFitAreRefusedAndChangeNothing() {
        Spare spare = twice();
        PositionRanges many = new PositionRanges();
        for (int index = 0; index < SpareDescriptor.MAX_RANGES; index++) {
            many.add(10L * index, 10L * index + 1);
        }
        spare.keepOnly(INCARNATION, 9, many);
        assertTrue(Spare.of(storage, QUEUE).counts(8, INCARNATION, 10L * SpareDescriptor.MAX_RANGES - 9));
        many.add(Long.MAX_VALUE, Long.MAX_VALUE);
        assertEquals(Errno.ENOSPC,
            assertThrows(ErrnoException.class, () -> spare.keepOnly(INCARNATION, 10, many)).errno());
        assertEquals(9, Spare.of(storage, QUEUE).below());
    }

    @Test
    void withoutRoomThatWasTakenBeforeNothingIsWritten() {
        Spare spare = Spare.of(storage, QUEUE);
        assertEquals(Errno.ENOSPC,
            assertThrows(ErrnoException.class, () -> spare.keepOnly(INCARNATION, 7, ranges(1, 2))).errno());
        assertEquals(0, Spare.of(storage, QUEUE).below());
    }
}
