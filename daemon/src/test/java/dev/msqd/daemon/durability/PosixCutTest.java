package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.control.DataDirectory;
import dev.msqd.daemon.durability.calls.Call;
import dev.msqd.daemon.durability.calls.CallLog;
import dev.msqd.daemon.durability.calls.PosixDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Power cuts that leave no more than POSIX promises ({@link PosixDisk}): one workload whose calls are written down, then cuts made of
 * them. As {@link PowerCutTest}, with the same properties, but for the file system. So it is here that a folder's sync is seen to be needed.
 */
@Tag("power-cut")
@Timeout(value = 2, unit = TimeUnit.HOURS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PosixCutTest {
    private static final int IMAGES = Integer.getInteger("msqd.power-cut.images", 100);
    /** So many at most until what was left out on purpose is found. */
    private static final int CONTROL_IMAGES = 1000;
    /** This share of the cuts is while a daemon starts that finds nothing. */
    private static final double START = 0.1;
    private static final int START_CALLS = 20;
    private static final double NAMES = 0.5;

    private final long seed = Long.getLong("msqd.power-cut.seed", System.nanoTime());
    private final DaemonSubject daemon = new DaemonSubject();
    private Path folder;
    private Workload workload;
    private LogClock clock;
    private List<Call> calls;

    /** Syncs that are taken for not done. */
    enum Omission {
        FILES("fdatasync of any file", call -> call.kind() == Call.Kind.FDATASYNC),
        LOGS("fdatasync of log files", call -> call.kind() == Call.Kind.FDATASYNC && isNamed(call, "[0-9]+\\.log")),
        REGISTRY("fdatasync of the registry", call -> call.kind() == Call.Kind.FDATASYNC && isNamed(call, "registry")),
        FOLDERS("fsync", call -> call.kind() == Call.Kind.FSYNC),
        LOG_FILE_NAMES("fsync of a queue's folder", call -> call.kind() == Call.Kind.FSYNC && isNamed(call, "[0-9]+")),
        QUEUE_FOLDER_NAMES("fsync of the folder of all logs",
            call -> call.kind() == Call.Kind.FSYNC && isNamed(call, "log")),
        DATA_NAMES("fsync of the data directory", call -> call.kind() == Call.Kind.FSYNC && isNamed(call, "data")),
        DATA_DIRECTORY_NAME("fsync of what the data directory is in",
            call -> call.kind() == Call.Kind.FSYNC && isNamed(call, "disk")),
        /** Before it is renamed. */
        NEW_REGISTRY("fsync of the new registry",
            call -> call.kind() == Call.Kind.FSYNC && isNamed(call, "registry\\.new"));

        private final String what;
        private final Predicate<Call> leftOut;

        Omission(String what, Predicate<Call> leftOut) {
            this.what = what;
            this.leftOut = leftOut;
        }

        private static boolean isNamed(Call call, String pattern) {
            return call.path().getFileName().toString().matches(pattern);
        }
    }

    @BeforeAll
    void work() throws Exception {
        folder = Files.createTempDirectory(PowerCutTrial.FOLDER, "msqd-posix-cut-");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        long beginNs = System.nanoTime();
        CallLog log = new CallLog(folder.resolve("calls"));
        LogClock running = new LogClock(log::length);
        workload = new Workload(log::length, PowerCutTrial.MESSAGES, false, seed);
        try (log; running) {
            PowerCutTrial.work(new DaemonSubject(log.command()), disk, workload, workload::run);
        }
        clock = running;
        calls = log.calls(disk);
        System.out.printf("the daemon's calls, seed %d: %d messages in %d queues, %s in %.1f s%n", seed,
            workload.messageCount(), workload.histories().size(),
            calls.stream().collect(Collectors.groupingBy(Call::kind, TreeMap::new, Collectors.counting())),
            (System.nanoTime() - beginNs) / 1e9);
    }

    @AfterAll
    void delete() {
        if (folder != null) {
            IoUtil.delete(folder.toFile(), true);
        }
    }

    /** Else the cuts would be of something that was never there. */
    @Test
    void theCallsWrittenDownMakeTheFilesThatAreThere() throws IOException {
        PosixDisk disk = new PosixDisk(folder.resolve("disk"));
        calls.forEach(disk::apply);
        Map<Path, byte[]> made = disk.files();
        Map<Path, byte[]> there = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder.resolve("disk"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                there.put(file, Files.readAllBytes(file));
            }
        }
        assertEquals(there.keySet(), made.keySet());
        // what it says is for people: it is written by write(2)
        there.keySet().removeIf(file -> file.endsWith(DataDirectory.LOCK));
        there.forEach((file, bytes) -> assertEquals(-1, Arrays.mismatch(bytes, made.get(file)), file.toString()));
    }

    @Test
    void daemon() throws IOException {
        List<String> wrongs = cut("daemon", IMAGES, call -> false);
        if (!wrongs.isEmpty()) {
            throw new AssertionError("seed " + seed + "\n" + String.join("\n", wrongs));
        }
    }

    /** What is left out on purpose must be found, or the trial above proves nothing. */
    @ParameterizedTest
    @EnumSource
    void findsThatTheDaemonDoesWithout(Omission omission) throws IOException {
        assertTrue(calls.stream().anyMatch(omission.leftOut));
        List<String> wrongs = cut("daemon without " + omission.what, CONTROL_IMAGES, omission.leftOut);
        assertFalse(wrongs.isEmpty(), () -> "seed " + seed + ": nothing was found");
        System.out.println("power cut: found " + wrongs.getFirst());
    }

    /** Returns what was wrong after the first cut after which anything was. */
    private List<String> cut(String what, int images, Predicate<Call> leftOut) throws IOException {
        long beginNs = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        PosixDisk disk = new PosixDisk(folder.resolve("disk"));
        List<String> wrongs = new ArrayList<>();
        int done = 0;
        int made = 0;
        for (int cut : cuts(images, random)) {
            for (; done < cut; done++) {
                if (!leftOut.test(calls.get(done))) {
                    disk.apply(calls.get(done));
                }
            }
            made++;
            wrongs.addAll(judge(disk, cut, random));
            if (!wrongs.isEmpty()) {
                break;
            }
        }
        System.out.printf("%s on a POSIX disk, seed %d: %d power cuts in %.1f s, %d wrong%n", what, seed, made,
            (System.nanoTime() - beginNs) / 1e9, wrongs.size());
        return wrongs;
    }

    /** Numbers of calls that are done, ascending: some are of the first start, and half when a name has just changed or been synced. */
    private int[] cuts(int images, SplittableRandom random) {
        int[] names = IntStream.range(0, calls.size()).filter(index -> calls.get(index).isOfName()).toArray();
        return IntStream.generate(() -> {
            double dice = random.nextDouble();
            if (dice < START) {
                return random.nextInt(START_CALLS);
            }
            return dice < NAMES ? 1 + names[random.nextInt(names.length)] : random.nextInt(calls.size() + 1);
        }).limit(images).sorted().toArray();
    }

    private List<String> judge(PosixDisk disk, int cut, SplittableRandom random) throws IOException {
        int end = cut == 0 ? 0 : calls.get(cut - 1).end();
        Path image = Files.createDirectory(folder.resolve("image"));
        Verdict verdict = new Verdict(end, end, clock.timeNs(end + 1), PowerCutTrial.PATIENCE_NS);
        try {
            disk.cut(image, random);
            workload.check(verdict, daemon.recover(image));
        } catch (Exception e) {
            verdict.wrong("recovery: " + e);
        } finally {
            IoUtil.delete(image.toFile(), true);
        }
        String when = "after " + cut + " calls" + (cut == 0 ? "" : ", the last " + calls.get(cut - 1)) + ": ";
        return verdict.wrongs().stream().map(wrong -> when + wrong).toList();
    }
}
