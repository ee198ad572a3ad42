package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.COPY_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.COUNTER_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.CRC_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.copyOffset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Which of two copies holds. A copy is zero (never written), good (its CRC fits, and it lies where its counter says) or
 * bad (a torn write, or damage).
 *
 * <pre>
 *   A \ B   zero      good                    bad
 *   zero    zero      B                       zero, mended
 *   good    A         the higher counter      A, mended
 *   bad     zero, m.  B, mended               damaged
 * </pre>
 *
 * Mended: what was being written to the bad copy was never acknowledged, or was damaged since; the two cannot be told
 * apart, so it is reported. Before a creation is acknowledged both copies say it, so damage to one does not make a queue look free.
 */
final class CopyPair {
    private static final ByteBuffer NEVER_WRITTEN = ByteBuffer.allocate(COPY_LENGTH).asReadOnlyBuffer();

    /** The copy that holds, or null: damaged. */
    private final ByteBuffer current;
    private final boolean mended;

    private CopyPair(ByteBuffer current, boolean mended) {
        this.current = current;
        this.mended = mended;
    }

    /** Judges the two copies that begin at an offset. */
    static CopyPair read(ByteBuffer buffer, int offset) {
        ByteBuffer best = null;
        boolean bad = false;
        for (int parity = 0; parity < 2; parity++) {
            ByteBuffer copy = buffer.slice(offset + copyOffset(parity), COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            if (!good(copy, parity)) {
                bad = true;
            } else if (best == null || copy.getLong(COUNTER_OFFSET) > best.getLong(COUNTER_OFFSET)) {
                best = copy;
            }
        }
        return new CopyPair(best, bad && best != null);
    }

    /** A buffer for the copy that follows one with this counter; its counter is in place. */
    static ByteBuffer successor(long counter) {
        return ByteBuffer.allocate(COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN).putLong(COUNTER_OFFSET, counter + 1);
    }

    /** Closes a copy with its CRC. */
    static void seal(ByteBuffer copy) {
        copy.putInt(CRC_OFFSET, crc(copy));
    }

    boolean damaged() {
        return current == null;
    }

    boolean mended() {
        return mended;
    }

    /** The copy that holds, all zero if none was ever written. Not for a damaged pair. */
    ByteBuffer current() {
        return current;
    }

    private static boolean good(ByteBuffer copy, int parity) {
        long counter = copy.getLong(COUNTER_OFFSET);
        if (counter > 0) {
            return (counter & 1) == parity && copy.getInt(CRC_OFFSET) == crc(copy);
        }
        return copy.mismatch(NEVER_WRITTEN) < 0;
    }

    private static int crc(ByteBuffer copy) {
        CRC32C crc = new CRC32C();
        crc.update(copy.slice(0, CRC_OFFSET));
        return (int) crc.getValue();
    }
}
