package dev.msqd.bench.axis;

/** How much is measured: so little that it only shows that it works, what the goals are about, in some minutes, or everything. */
public enum Scale {
    TINY, SHORT, FULL;

    /** One of three. */
    public <T> T choose(T tiny, T forShort, T full) {
        return switch (this) {
            case TINY -> tiny;
            case SHORT -> forShort;
            case FULL -> full;
        };
    }
}
