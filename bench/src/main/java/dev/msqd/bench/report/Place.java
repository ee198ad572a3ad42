package dev.msqd.bench.report;

import java.util.List;
import java.util.Locale;

/** Where the two processors lay while something was measured. */
enum Place {
    /** The run has only one place as far as is known, or what was measured does not depend on it. */
    ANY(""), NEAR(", processors near"), APART(", processors apart"),
    /** The run has two, and the processors were moved meanwhile, or their distance is not known. */
    UNCERTAIN(", place uncertain");

    /** Those in which a figure may be compared with another one of the same place. */
    static final List<Place> COMPARABLE = List.of(ANY, NEAR, APART);

    private final String suffix;

    Place(String suffix) {
        this.suffix = suffix;
    }

    /** What was measured there, in a report to read. */
    String name(String what) {
        return what + suffix;
    }

    /** For programs. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
