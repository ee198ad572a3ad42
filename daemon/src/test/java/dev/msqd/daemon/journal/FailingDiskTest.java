package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Operations of the disk fail, and the power goes. No commit says that something is on disk which is not, no file
 * that failed is written to again ({@link PowerCutStorage} insists on it), and in the end everything is on disk.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingDiskTest {
    private static final int STEPS = 100;

    @ParameterizedTest
    @ValueSource(ints = {Errno.EIO, Errno.ENOSPC})
    void survivesAnErrorOfEachOperation(int errno) {
        everyOperation(errno, 1, 4);
    }

    @ParameterizedTest
    @Tag("long")
    @ValueSource(ints = {Errno.EIO, Errno.ENOSPC, Errno.EDQUOT})
    void survivesAnErrorOfEachOperationOfManyWorkloads(int errno) {
        everyOperation(errno, 1_000, 40);
    }

    @Test
    void survivesManyErrors() {
        manyErrors(1, 40);
    }

    @Test
    @Tag("long")
    void survivesVeryManyErrors() {
        manyErrors(1_000, 2_000);
    }

    @Test
    void survivesAFullDisk() {
        fullDisk(1, 40);
    }

    @Test
    @Tag("long")
    void survivesManyFullDisks() {
        fullDisk(1_000, 2_000);
    }

    private static void everyOperation(int errno, long firstSeed, int workloads) {
        int total = 0;
        for (long seed = firstSeed; seed < firstSeed + workloads; seed++) {
            int[] operations = {0};
            run(seed, storage -> storage.fail(operation -> {
                operations[0]++;
                return 0;
            }), storage -> {});
            total += operations[0];
            for (int failing = 0; failing < operations[0]; failing++) {
                int[] left = {failing};
                LogWorkload workload =
                    run(seed, storage -> storage.fail(operation -> left[0]-- == 0 ? errno : 0), storage -> {});
                assertTrue(left[0] >= 0 || workload.failures() <= 1, "an error leads to others");
            }
        }
        assertTrue(total > 50 * workloads, "operations: " + total);
    }

    private static void manyErrors(long firstSeed, int workloads) {
        int failures = 0;
        for (long seed = firstSeed; seed < firstSeed + workloads; seed++) {
            Random dice = new Random(seed + 1);
            failures += run(seed, storage -> storage.fail(operation -> dice.nextInt(40) > 0 ? 0
                : dice.nextInt(3) == 0 ? Errno.ENOSPC : Errno.EIO), storage -> {}).failures();
        }
        assertTrue(failures > workloads, "failures: " + failures);
    }

    private static void fullDisk(long firstSeed, int workloads) {
        int failures = 0;
        for (long seed = firstSeed; seed < firstSeed + workloads; seed++) {
            long[] capacity = {40_000 + new Random(seed + 1).nextInt(300_000)};
            failures += run(seed, storage -> storage.capacity(capacity[0]), storage -> {
                capacity[0] = Long.MAX_VALUE;
                storage.capacity(capacity[0]);
            }).failures();
        }
        assertTrue(failures > workloads, "failures: " + failures);
    }

    /** @param atTheEnd is done to the storage before all that is left undone is done. */
    private static LogWorkload run(long seed, Consumer<PowerCutStorage> configure, Consumer<PowerCutStorage> atTheEnd) {
        Random dice = new Random(~seed);
        LogWorkload[] workload = {null};
        try {
            workload[0] = new LogWorkload(new Random(seed), storage -> {
                configure.accept(storage);
                storage.observe(operation -> {
                    if (dice.nextInt(100) == 0) {
                        verify(workload[0], dice);
                    }
                });
            });
            for (int step = 0; step < STEPS; step++) {
                workload[0].step();
            }
            atTheEnd.accept(workload[0].storage());
            workload[0].finish();
            workload[0].verifyAll();
            verify(workload[0], dice);
            return workload[0];
        } catch (Throwable t) {
            throw new AssertionError("seed " + seed + ": " + t, t);
        }
    }

    private static void verify(LogWorkload workload, Random dice) {
        workload.verify(Replay.of(workload.storage().afterCut(dice), LogWorkload.QUEUE));
    }
}
