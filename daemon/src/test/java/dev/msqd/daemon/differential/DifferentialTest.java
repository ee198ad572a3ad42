package dev.msqd.daemon.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.daemon.contract.RunActors;
import dev.msqd.daemon.contract.SharedMemoryFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * msqd answers as the kernel does, whatever it is asked. {@code -Dmsqd.differential.seed=...} runs one program again that found a
 * difference, {@code -Dmsqd.differential.operations=...} makes the long test longer or shorter.
 */
class DifferentialTest {
    private static final String SEED_PROPERTY = "msqd.differential.seed";
    private static final long FIRST_SEED = 1;
    private static final int OPERATIONS = 50_000;
    private static final int MANY_OPERATIONS = Integer.getInteger("msqd.differential.operations", 1_000_000);
    private static final int RUN_OPERATIONS = Integer.getInteger("msqd.differential.run.operations", 10_000);
    private static final int REPETITIONS = 3;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void answersAsTheKernel(@TempDir(factory = SharedMemoryFolder.class) Path folder) throws Exception {
        compare(folder, FIRST_SEED, OPERATIONS);
    }

    @Test
    @Tag("long")
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void answersAsTheKernelForLong(@TempDir(factory = SharedMemoryFolder.class) Path folder) throws Exception {
        compare(folder, new Random().nextLong(), MANY_OPERATIONS);
    }

    /** The same by C programs under {@code msqd run}. */
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void answersProgramsAsTheKernel(@TempDir(factory = SharedMemoryFolder.class) Path folder) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path actor = RunActors.compile(folder);
        assumeTrue(actor != null, "there is no cc");
        String failure = Stage.under(folder, msqd -> new RunSubject(msqd, folder, actor),
            stage -> compare(stage, FIRST_SEED, RUN_OPERATIONS));
        assertEquals("", failure);
    }

    private static void compare(Path folder, long firstSeed, int operations) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        String failure = Stage.with(folder, UnaryOperator.identity(), stage -> compare(stage, firstSeed, operations));
        assertEquals("", failure);
    }

    /** Returns what went wrong. */
    private static String compare(Stage stage, long firstSeed, int operations) {
        String given = System.getProperty(SEED_PROPERTY);
        if (given != null) {
            return report(stage, Long.parseLong(given));
        }
        System.out.println("differential: programs of the seeds from " + firstSeed
            + (stage.isPrivileged() ? ""
                : "; without root's privileges: no other users, no EPERM, limits as they are"));
        String failure = "";
        for (long seed = firstSeed; failure.isEmpty() && stage.coverage().operations() < operations; seed++) {
            failure = report(stage, seed);
        }
        System.out.println("differential: " + stage.coverage());
        return failure.isEmpty() ? notCovered(stage) : failure;
    }

    private static String report(Stage stage, long seed) {
        Run run = stage.run(stage.program(seed));
        if (!run.hasDifference()) {
            return "";
        }
        Run shortest = Minimiser.minimise(run, stage::run);
        return "seed " + seed + " finds a difference (-D" + SEED_PROPERTY + "=" + seed + "), here with "
            + shortest.length() + " of " + run.length() + " steps" + repeatability(shortest, stage) + ":\n" + shortest;
    }

    private static String repeatability(Run run, Stage stage) {
        int again = 0;
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            again += stage.run(run.program()).hasDifference() ? 1 : 0;
        }
        return again == REPETITIONS ? "" : ", seen again in " + again + " of " + REPETITIONS + " repetitions";
    }

    /** A generator that leaves something out would find nothing there. */
    private static String notCovered(Stage stage) {
        Coverage coverage = stage.coverage();
        String sendAsleep = Coverage.asleep("msgsnd");
        String receiveAsleep = Coverage.asleep("msgrcv");
        List<String> missing = new ArrayList<>();
        missing.addAll(coverage.missing("msgget", "ok", "ENOENT", "EEXIST"));
        missing.addAll(coverage.missing("msgsnd", "ok", "EINVAL", "EAGAIN"));
        missing.addAll(coverage.missing(sendAsleep, "ok", "EIDRM", "EINTR"));
        missing.addAll(coverage.missing("msgrcv", "ok", "EINVAL", "E2BIG", "ENOMSG"));
        missing.addAll(coverage.missing(receiveAsleep, "ok", "E2BIG", "EIDRM", "EINTR"));
        missing.addAll(coverage.missing("IPC_STAT", "ok", "EINVAL"));
        missing.addAll(coverage.missing("IPC_SET", "ok", "EINVAL"));
        missing.addAll(coverage.missing("IPC_RMID", "ok", "EINVAL"));
        missing.addAll(coverage.missing("IPC_INFO", "ok", "EINVAL"));
        missing.addAll(coverage.missing("MSG_INFO", "ok", "EINVAL"));
        missing.addAll(coverage.missing("MSG_STAT", "ok", "EINVAL"));
        missing.addAll(coverage.missing("MSG_STAT_ANY", "ok", "EINVAL"));
        missing.addAll(coverage.missing("unknown command", "EINVAL"));
        if (stage.copies()) {
            missing.addAll(coverage.missing("msgrcv MSG_COPY", "ok", "EINVAL", "E2BIG", "ENOMSG"));
        }
        if (stage.isPrivileged()) {
            missing.addAll(coverage.missing("msgget", "EACCES", "ENOSPC"));
            for (SystemLimit limit : SystemLimit.values()) {
                missing.addAll(coverage.missing(limit.file(), "ok", "EINVAL"));
            }
            missing.addAll(coverage.missing("msgsnd", "EACCES"));
            missing.addAll(coverage.missing(sendAsleep, "EACCES"));
            missing.addAll(coverage.missing("msgrcv", "EACCES"));
            missing.addAll(coverage.missing(receiveAsleep, "EACCES"));
            missing.addAll(coverage.missing("IPC_STAT", "EACCES"));
            missing.addAll(coverage.missing("MSG_STAT", "EACCES"));
            missing.addAll(coverage.missing("IPC_SET", "EPERM"));
            missing.addAll(coverage.missing("IPC_RMID", "EPERM"));
        }
        return missing.isEmpty() ? "" : "never seen: " + missing;
    }
}
