package dev.msqd.daemon.stress;

/** How a role does its work. */
enum Manner {
    /** In one endpoint, messages of up to 600 bytes, received in place. */
    VARIED,
    /** In one endpoint, as fast as it goes: short messages, now and then one that is longer than a segment; most are received by copying. */
    HOT,
    /** As {@link #HOT}, but it opens an endpoint for a few messages, closes it and rests for a moment, again and again. */
    VISITING;

    boolean isHot() {
        return this != VARIED;
    }
}
