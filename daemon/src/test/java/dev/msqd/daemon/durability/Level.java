package dev.msqd.daemon.durability;

/** What is promised of a queue. */
enum Level {
    /** What was answered is there after a power cut. */
    SYNC,
    /** Only what is younger than the interval is lost, or comes again. */
    INTERVAL
}
