package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random workloads, the power cut again and again at any moment: a replay finds what it must and nothing else. And if
 * a single sync is left out, it does not: the model would notice.
 */
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PowerCutModelTest {
    private static final int IMAGES = 2_000;
    private static final int STEPS = 150;
    private static final int WORKLOADS = 1_000;

    /** One image of so many moments, on average. */
    private static final int MOMENTS = 40;
    /** Of those at which a file is deleted, of which there are few. */
    private static final int DELETIONS = 4;

    /** What a sync is for, told by who asks for it. */
    enum Purpose {
        HEADER("create", PowerCutStorage.Operation.SYNC),
        DIRECTORY_ENTRY("create", PowerCutStorage.Operation.SYNC_DIRECTORY),
        BATCH("commit", PowerCutStorage.Operation.SYNC),
        OLD_FILE_AT_ROLL("roll", PowerCutStorage.Operation.SYNC),
        OLD_FILE_AT_CHECKPOINT("beginCheckpoint", PowerCutStorage.Operation.SYNC),
        DELETION_OF_ALL("deleteAll", PowerCutStorage.Operation.SYNC_DIRECTORY),
        /** Of a newer file of a checkpoint that is given up. */
        NEWER_FILE_DELETED("deleteFrom", PowerCutStorage.Operation.SYNC_DIRECTORY),
        /** Of the batch that makes a file unneeded. */
        BEFORE_DELETION("commit", PowerCutStorage.Operation.SYNC);

        private final String method;
        private final PowerCutStorage.Operation operation;

        Purpose(String method, PowerCutStorage.Operation operation) {
            this.method = method;
            this.operation = operation;
        }

        private boolean fits(PowerCutStorage.Operation operation, Workload workload) {
            return operation == this.operation && (this != BEFORE_DELETION || workload.workload.deletesNext())
                && (this != NEWER_FILE_DELETED || workload.before == PowerCutStorage.Operation.DELETE)
                && method
                    .equals(StackWalker.getInstance().walk(frames -> frames.map(StackWalker.StackFrame::getMethodName)
                        .filter(Purpose::isMethod).findFirst().orElse("")));
        }

        private static boolean isMethod(String name) {
            for (Purpose purpose : values()) {
                if (purpose.method.equals(name)) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    void findsWhatItMustAfterACut() {
        run(1, IMAGES);
    }

    @Test
    @Tag("long")
    void findsWhatItMustAfterManyCuts() {
        run(1_000_000, 100_000);
    }

    @ParameterizedTest
    @EnumSource(Purpose.class)
    void noticesASyncThatIsLeftOut(Purpose purpose) {
        int images = 0;
        int leftOut = 0;
        for (long seed = 1; images < IMAGES && seed <= WORKLOADS; seed++) {
            Random dice = new Random(31 * seed);
            Workload workload = new Workload(seed);
            boolean[] done = {false};
            workload.leaveOut(operation -> {
                boolean out = !done[0] && purpose.fits(operation, workload) && dice.nextInt(4) == 0;
                done[0] |= out;
                return out;
            });
            try {
                workload.run();
            } catch (AssertionError noticed) {
                assertTrue(done[0], () -> "a failure without a cause: " + noticed);
                return;
            }
            images += done[0] ? workload.images : 0;
            leftOut += done[0] ? 1 : 0;
        }
        throw new AssertionError(leftOut + " left out, and not noticed in " + images + " images");
    }

    private static void run(long firstSeed, int images) {
        long seed = Long.getLong("msqd.power-cut.seed", firstSeed);
        for (int checked = 0; checked < images; seed++) {
            Workload workload = new Workload(seed);
            try {
                workload.run();
            } catch (Throwable t) {
                throw new AssertionError("-Dmsqd.power-cut.seed=" + seed + ", image " + workload.images + ": " + t, t);
            }
            checked += workload.images;
        }
    }

    /** One workload with cuts at random moments. */
    private static final class Workload {
        private final Random dice;
        private final LogWorkload workload;
        private PowerCutStorage.LeftOut leftOut = operation -> false;
        private int images;
        /** The operation at hand, and the one before it. */
        private PowerCutStorage.Operation latest;
        private PowerCutStorage.Operation before;

        private Workload(long seed) {
            dice = new Random(~seed);
            workload = new LogWorkload(new Random(seed), this::configure);
        }

        private void configure(PowerCutStorage storage) {
            storage.leaveOut(operation -> leftOut.leavesOut(operation));
            storage.observe(operation -> {
                before = latest;
                latest = operation;
                if (dice.nextInt(operation == PowerCutStorage.Operation.DELETE ? DELETIONS : MOMENTS) == 0) {
                    check();
                }
                if (dice.nextInt(400) == 0) {
                    throw new LogWorkload.Killed();
                }
            });
        }

        private void leaveOut(PowerCutStorage.LeftOut leftOut) {
            this.leftOut = leftOut;
        }

        private void run() {
            for (int step = 0; step < STEPS; step++) {
                workload.step();
                if (workload.hasJustDeletedAll() || dice.nextInt(10) == 0) {
                    check();
                }
            }
            workload.finish();
            workload.verifyAll();
            for (int image = 0; image < 4; image++) {
                check();
            }
        }

        private void check() {
            images++;
            workload.verify(Replay.of(workload.storage().afterCut(dice), LogWorkload.QUEUE));
        }
    }
}
