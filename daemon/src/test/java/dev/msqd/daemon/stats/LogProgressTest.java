package dev.msqd.daemon.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LogProgressTest {
    private final LogProgress progress = new LogProgress(100);

    /** A run brings on disk what the one before found: what came right after that one began has waited since. */
    @Test
    void whatWasSeenAtTheRunBeforeIsOnDiskWithTheNext() {
        progress.upToDate(10, 100);
        progress.ran(false, 20, 200, 205);
        assertEquals(105, progress.waitedNs());
        assertEquals(20, progress.seenTo());
        assertEquals(0, progress.lagNs(10, 250));
        assertEquals(150, progress.lagNs(20, 250));
        progress.ran(false, 20, 300, 310);
        assertEquals(210, progress.waitedNs(), "sent after 100, found at 200, on disk at 310");
        assertEquals(0, progress.lagNs(20, 350));
        assertEquals(150, progress.lagNs(21, 350));
        progress.upToDate(20, 400);
        assertEquals(0, progress.waitedNs());
    }

    @Test
    void aRunThatTakesEverythingIsNoRunLate() {
        progress.upToDate(10, 100);
        progress.ran(true, 20, 200, 205);
        assertEquals(0, progress.lagNs(20, 250));
        progress.ran(true, 30, 300, 310);
        assertEquals(110, progress.waitedNs());
    }

    /** What waits because the log can't be written is in the statistics, and no reason to warn of a slow disk. */
    @Test
    void whatAFaultHoldsUpIsNotLate() {
        progress.upToDate(10, 100);
        progress.failed(true);
        progress.failed(false);
        assertEquals(1, progress.faults());
        assertEquals(800, progress.lagNs(11, 900));
        progress.ran(true, 20, 1_000, 1_010);
        assertEquals(0, progress.waitedNs());
        progress.ran(true, 30, 1_100, 1_110);
        assertEquals(110, progress.waitedNs());
    }

    @Test
    void whereNothingHasToBeOnDiskNothingIsLate() {
        progress.upToDate(10, 100);
        progress.unlogged();
        assertEquals(0, progress.lagNs(20, 900));
        assertEquals(0, progress.waitedNs());
    }
}
