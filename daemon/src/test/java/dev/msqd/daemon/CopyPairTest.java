package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.COPY_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.COUNTER_OFFSET;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Every combination of what two copies can be. */
class CopyPairTest {
    /** What a copy can be; the good ones by their counter, even at A, odd at B. */
    private enum Found {
        ZERO(0), OLD(4), NEW(8), BAD(6), MISPLACED(7);

        private final long counter;

        Found(long counter) {
            this.counter = counter;
        }

        /** The counter that this copy has at A (0) or B (1). */
        long counterAt(int parity) {
            return this == MISPLACED ? counter ^ parity : counter + parity;
        }
    }

    @Test
    void decidesByTheTable() {
        for (Found a : Found.values()) {
            for (Found b : Found.values()) {
                ByteBuffer buffer = ByteBuffer.allocate(2 * COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
                put(buffer, 0, a);
                put(buffer, 1, b);

                CopyPair pair = CopyPair.read(buffer, 0);

                String what = "A " + a + ", B " + b;
                boolean aGood = isGood(a);
                boolean bGood = isGood(b);
                assertEquals(!aGood && !bGood, pair.damaged(), what);
                assertEquals(aGood != bGood, pair.mended(), what);
                if (!pair.damaged()) {
                    long expected = Math.max(aGood ? counter(a, 0) : 0, bGood ? counter(b, 1) : 0);
                    assertEquals(expected, pair.current().getLong(COUNTER_OFFSET), what);
                }
            }
        }
    }

    /** One flipped bit anywhere makes a copy bad. */
    @Test
    void noticesEveryFlippedBit() {
        ByteBuffer buffer = ByteBuffer.allocate(2 * COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        put(buffer, 1, Found.OLD);
        for (int bit = 0; bit < COPY_LENGTH * Byte.SIZE; bit++) {
            int at = COPY_LENGTH + bit / Byte.SIZE;
            buffer.put(at, (byte) (buffer.get(at) ^ 1 << bit % Byte.SIZE));
            CopyPair pair = CopyPair.read(buffer, 0);
            assertEquals(0, pair.current().getLong(COUNTER_OFFSET), "bit " + bit);
            buffer.put(at, (byte) (buffer.get(at) ^ 1 << bit % Byte.SIZE));
        }
    }

    private static boolean isGood(Found found) {
        return found != Found.BAD && found != Found.MISPLACED;
    }

    private static long counter(Found found, int parity) {
        return found == Found.ZERO ? 0 : found.counterAt(parity);
    }

    private static void put(ByteBuffer buffer, int parity, Found found) {
        if (found == Found.ZERO) {
            return;
        }
        ByteBuffer copy = CopyPair.successor(found.counterAt(parity) - 1);
        copy.putInt(100, 1234);
        CopyPair.seal(copy);
        if (found == Found.BAD) {
            copy.putInt(100, 4321);
        }
        buffer.put(parity * COPY_LENGTH, copy, 0, COPY_LENGTH);
    }
}
