package dev.msqd.daemon.journal;

import java.util.List;

/**
 * What a replay met.
 *
 * @param files      with a good header that were read
 * @param batches    whole ones that were read
 * @param unfinished numbers of files that were never finished making; harmless
 * @param tornTail   where the log, or a file that failed, ends in the middle of a batch, as after a power cut:
 *     file and offset; empty if it ends clean
 * @param damage     what is missing or wrong that no power cut explains, each with file and offset; empty if all
 *     is well
 */
public record ReplayReport(int files, long batches, List<Integer> unfinished, String tornTail, List<String> damage) {
    public boolean isDamaged() {
        return !damage.isEmpty();
    }
}
