package dev.msqd.bench.axis;

import java.util.List;

/** One thing that peers are compared in. */
public interface Axis {
    /** How the command line calls it. */
    String name();

    /** Heading in the report. */
    String title();

    /** What is measured and how, for the report: sentences. */
    String method(Scale scale);

    /** Whether figures go between processors: how far these lie from each other makes them two to four times as long. */
    default boolean dependsOnPlace() {
        return true;
    }

    /** What is tried in each round, in the order of the first round. */
    List<Trial> trials(Scale scale);
}
