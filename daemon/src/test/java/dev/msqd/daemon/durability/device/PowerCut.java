package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A moment at which the power fails: what was written before {@code flushed} is on the disk, of what was written after it and
 * before {@code cut} some is.
 *
 * @param flushed number of entries up to a flush and with it
 * @param cut     number of entries that were written at all
 * @param seed    which of those in between are on the disk
 */
public record PowerCut(int flushed, int cut, long seed) {
    /** This share of the cuts is made right after a flush. */
    private static final double CLEAN = 0.25;

    /** Cuts spread over a log between two numbers of entries, in the order of their flushes. */
    public static List<PowerCut> plan(WriteLog log, int from, int to, int count, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<WriteLog.Entry> entries = log.entries();
        int[] flushedAt = new int[entries.size() + 1];
        for (int i = 0; i < entries.size(); i++) {
            flushedAt[i + 1] = entries.get(i).isFlush() ? i + 1 : flushedAt[i];
        }
        List<PowerCut> cuts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int cut = random.nextInt(from, to + 1);
            int flushed = Math.max(flushedAt[cut], from);
            cuts.add(new PowerCut(flushed, random.nextDouble() < CLEAN ? flushed : cut, random.nextLong()));
        }
        cuts.sort(Comparator.comparingInt(PowerCut::flushed).thenComparingInt(PowerCut::cut));
        return cuts;
    }
}
