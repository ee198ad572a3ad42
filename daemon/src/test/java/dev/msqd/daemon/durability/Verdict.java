package dev.msqd.daemon.durability;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What was found wrong after one power cut, and how old what an interval lost was. */
final class Verdict {
    private static final int MAX_WRONGS = 20;

    private final int flushed;
    private final int cut;
    private final long cutNs;
    private final long patienceNs;
    private final List<String> wrongs = new ArrayList<>();
    private int lost;
    private int repeated;
    private long oldestNs;

    /**
     * @param flushed    number of writes that the disk has for certain
     * @param cut        number of writes that the device got before the power failed
     * @param cutNs      when that was at the latest
     * @param patienceNs the age from which on nothing may be lost of a queue that is logged at intervals
     */
    Verdict(int flushed, int cut, long cutNs, long patienceNs) {
        this.flushed = flushed;
        this.cut = cut;
        this.cutNs = cutNs;
        this.patienceNs = patienceNs;
    }

    int flushed() {
        return flushed;
    }

    int cut() {
        return cut;
    }

    void wrong(String what) {
        if (wrongs.size() < MAX_WRONGS) {
            wrongs.add(what);
        }
    }

    void lost(String what, long sinceNs) {
        lost += checkAge(what, sinceNs);
    }

    void repeated(String what, long sinceNs) {
        repeated += checkAge(what, sinceNs);
    }

    /** Counts what was done before the power failed. */
    private int checkAge(String what, long sinceNs) {
        long ageNs = cutNs - sinceNs;
        if (ageNs < 0) {
            return 0;
        }
        oldestNs = Math.max(oldestNs, ageNs);
        if (ageNs > patienceNs) {
            wrong(what + ", " + TimeUnit.NANOSECONDS.toMillis(ageNs) + " ms old");
        }
        return 1;
    }

    List<String> wrongs() {
        return wrongs;
    }

    /** Messages lost that were younger than the interval allows. */
    int lost() {
        return lost;
    }

    int repeated() {
        return repeated;
    }

    long oldestNs() {
        return oldestNs;
    }
}
