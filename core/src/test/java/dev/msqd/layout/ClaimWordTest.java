package dev.msqd.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimWordTest {
    private static final int LOGGED = 4;

    /** The tags at the edges of 28 bits. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 0x1000, 0x0FFF_FFFF})
    void aWordTellsItsStateAndItsTaker(int tag) {
        for (int available : new int[] {ClaimWord.AVAILABLE, ClaimWord.AVAILABLE | LOGGED}) {
            int taken = ClaimWord.taken(available, tag);
            int consumed = ClaimWord.consumed(taken, tag);

            // invariant 2: available, taken and consumed exclude each other
            assertTrue(ClaimWord.isAvailable(available));
            assertFalse(ClaimWord.isTakenBy(available, tag));
            assertFalse(ClaimWord.isConsumed(available));
            assertTrue(ClaimWord.isTakenBy(taken, tag));
            assertFalse(ClaimWord.isAvailable(taken));
            assertFalse(ClaimWord.isConsumed(taken));
            assertTrue(ClaimWord.isConsumed(consumed));
            assertTrue(ClaimWord.isConsumedBy(consumed, tag));
            assertFalse(ClaimWord.isTakenBy(consumed, tag));
            assertFalse(ClaimWord.isAvailable(consumed));

            // invariant 3: nobody else's
            int other = tag ^ 0x0800_0001;
            assertFalse(ClaimWord.isTakenBy(taken, other));
            assertFalse(ClaimWord.isConsumedBy(consumed, other));

            // "is in the log" survives every move
            assertEquals(available & LOGGED, taken & LOGGED);
            assertEquals(available & LOGGED, consumed & LOGGED);
            assertEquals(available, ClaimWord.returned(taken));
        }
    }

    /** Invariant 2: 0 is never takeable. */
    @ParameterizedTest
    @ValueSource(ints = {0, LOGGED})
    void zeroIsNothing(int claim) {
        assertFalse(ClaimWord.isAvailable(claim));
        assertFalse(ClaimWord.isConsumed(claim));
        assertFalse(ClaimWord.isTakenBy(claim, 0));
        assertFalse(ClaimWord.isConsumedBy(claim, 0));
    }
}
