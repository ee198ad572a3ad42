package dev.msqd.bench.report;

import dev.msqd.bench.machine.Stay;
import java.util.LongSummaryStatistics;

/**
 * The places of the two processors in a run. They are two when the greatest distance is more than three times the least; what lies
 * between is divided by their geometric mean. One thread.
 */
final class Places {
    private static final double FARTHER = 3;

    private final LongSummaryStatistics distances = new LongSummaryStatistics();

    void add(Stay stay) {
        distances.accept(stay.beforeNs());
        distances.accept(stay.afterNs());
    }

    /** Of all that came, nanoseconds. */
    LongSummaryStatistics distances() {
        return distances;
    }

    boolean areTwo() {
        return distances.getMax() > FARTHER * distances.getMin();
    }

    /** What is nearer than this is near. */
    double boundaryNs() {
        return Math.sqrt((double) distances.getMin() * distances.getMax());
    }

    /** As far as the run is known now. Null is a stay that is not known. */
    Place of(Stay stay) {
        if (!areTwo()) {
            return Place.ANY;
        }
        if (stay == null || stay.moved()) {
            return Place.UNCERTAIN;
        }
        return stay.distanceNs() < boundaryNs() ? Place.NEAR : Place.APART;
    }
}
