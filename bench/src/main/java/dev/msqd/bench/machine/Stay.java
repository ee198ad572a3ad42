package dev.msqd.bench.machine;

import java.util.OptionalLong;

/**
 * How far two processors lay from each other before and after a measurement: a cache line's round trip, nanoseconds.
 *
 * @see Distance
 */
public record Stay(long beforeNs, long afterNs) {
    /** Farther or nearer by this, they do not lie where they did. */
    private static final double MOVED = 2;

    /** Null unless both are known. */
    public static Stay of(OptionalLong beforeNs, OptionalLong afterNs) {
        return beforeNs.isEmpty() || afterNs.isEmpty() ? null : new Stay(beforeNs.getAsLong(), afterNs.getAsLong());
    }

    /** What was measured in between was measured in two places. */
    public boolean moved() {
        return Math.max(beforeNs, afterNs) > MOVED * Math.min(beforeNs, afterNs);
    }

    /** The geometric mean. */
    public double distanceNs() {
        return Math.sqrt((double) beforeNs * afterNs);
    }

    /** "130/141": before and after. */
    @Override
    public String toString() {
        return beforeNs + "/" + afterNs;
    }
}
