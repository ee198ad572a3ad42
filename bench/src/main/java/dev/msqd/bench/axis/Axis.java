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

    /** What is tried in each round, in the order of the first round. */
    List<Trial> trials(Scale scale);
}
