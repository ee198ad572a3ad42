package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random workloads, the power cut again and again at any moment: a replay finds what it must and nothing else. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PowerCutModelTest {
    private static final int STEPS = 150;

    /** One image of so many moments, on average. */
    private static final int MOMENTS = 12;

    @Test
    void findsWhatItMustAfterACut() {
        run(1, 2_000);
    }

    @Test
    @Tag("long")
    void findsWhatItMustAfterManyCuts() {
        run(1_000_000, 100_000);
    }

    private static void run(long firstSeed, int images) {
        long seed = Long.getLong("msqd.power-cut.seed", firstSeed);
        for (int checked = 0; checked < images; seed++) {
            checked += checkWorkload(seed);
        }
    }

    /** Returns how many images were checked. */
    static int checkWorkload(long seed) {
        Random dice = new Random(~seed);
        int[] images = {0};
        LogWorkload[] workload = {null};
        try {
            workload[0] = new LogWorkload(new Random(seed), storage -> storage.observe(operation -> {
                if (workload[0] != null && workload[0].storage() == storage && dice.nextInt(MOMENTS) == 0) {
                    images[0]++;
                    workload[0].verify(Replay.of(storage.afterCut(dice), LogWorkload.QUEUE));
                }
            }));
            for (int step = 0; step < STEPS; step++) {
                workload[0].step();
            }
            workload[0].finish();
            workload[0].verifyAll();
            for (int image = 0; image < 4; image++) {
                images[0]++;
                workload[0].verify(Replay.of(workload[0].storage().afterCut(dice), LogWorkload.QUEUE));
            }
        } catch (Throwable t) {
            throw new AssertionError("-Dmsqd.power-cut.seed=" + seed + ", image " + images[0] + ": " + t.getMessage(), t);
        }
        return images[0];
    }
}
