package dev.msqd.daemon.durability;

import dev.msqd.daemon.durability.device.Closing;
import dev.msqd.daemon.durability.device.CutImage;
import dev.msqd.daemon.durability.device.FileSystem;
import dev.msqd.daemon.durability.device.LoggedDevice;
import dev.msqd.daemon.durability.device.LoopDevice;
import dev.msqd.daemon.durability.device.Mount;
import dev.msqd.daemon.durability.device.PowerCut;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;

/**
 * A workload on a device that logs all writes, then power cuts made of the log: after each the file system is mounted, the subject
 * recovers, and what it finds is compared with what it had promised.
 */
final class PowerCutTrial {
    /** An interval of 50 ms on a machine with more to do than this trial. */
    static final long PATIENCE_NS =
        TimeUnit.MILLISECONDS.toNanos(Long.getLong("msqd.power-cut.patience", 2000));
    /** So long nothing happens before the machine goes down and nothing may be lost: far more than the interval. */
    private static final long QUIET_MS = 2000;
    private static final int ROUNDS = Integer.getInteger("msqd.power-cut.rounds", 4);
    static final int MESSAGES = Integer.getInteger("msqd.power-cut.messages", 100);
    static final Path FOLDER = Path.of(System.getProperty("msqd.power-cut.folder", "/dev/shm"));

    private final String what;
    private final Subject subject;
    private final long seed;
    private final Faults faults;
    private int lost;
    private int repeated;
    private long oldestNs;

    private PowerCutTrial(String what, Subject subject, long seed, Faults faults) {
        this.what = what;
        this.subject = subject;
        this.seed = seed;
        this.faults = faults;
    }

    static PowerCutTrial of(String what, Subject subject) {
        return new PowerCutTrial(what, subject, Long.getLong("msqd.power-cut.seed", System.nanoTime()), null);
    }

    /** One in which the device fails now and then. */
    PowerCutTrial withFaults() {
        return new PowerCutTrial(what + " with errors", subject, seed, new Faults(seed));
    }

    /** Fails if anything is wrong after so many power cuts; what is needed to look at the first such is kept then. */
    void run(FileSystem fileSystem, int images) throws Exception {
        Path folder = Files.createTempDirectory(FOLDER, "msqd-power-cut-");
        List<String> wrongs = List.of();
        try {
            wrongs = run(fileSystem, images, folder);
        } finally {
            if (wrongs.isEmpty()) {
                IoUtil.delete(folder.toFile(), true);
            }
        }
        if (!wrongs.isEmpty()) {
            throw new AssertionError("seed " + seed + "; the device as it was is " + folder.resolve("image") + "\n"
                + String.join("\n", wrongs));
        }
    }

    /** Fails if nothing is wrong after so many power cuts. */
    void findsWhatIsWrong(FileSystem fileSystem, int images) throws Exception {
        Path folder = Files.createTempDirectory(FOLDER, "msqd-power-cut-");
        try {
            List<String> wrongs = run(fileSystem, images, folder);
            if (wrongs.isEmpty()) {
                throw new AssertionError("seed " + seed + ": nothing was found in " + images + " images");
            }
            System.out.println("power cut: found " + wrongs.getFirst());
        } finally {
            IoUtil.delete(folder.toFile(), true);
        }
    }

    private List<String> run(FileSystem fileSystem, int images, Path folder) throws Exception {
        long beginNs = System.nanoTime();
        LoggedDevice device = LoggedDevice.make(fileSystem, folder);
        LogClock clock = new LogClock(device.log()::size);
        int first = device.log().size();
        Workload workload = new Workload(device.log()::size, MESSAGES, faults != null, seed);
        int last;
        try (device; clock) {
            work(device, workload);
            last = device.log().size();
        }
        long workedNs = System.nanoTime();
        List<PowerCut> cuts = PowerCut.plan(device.log(), first, last, images, seed);
        List<String> wrongs = new ArrayList<>();
        int made = 0;
        try (Closing parts = new Closing()) {
            CutImage image = parts.add(new CutImage(device.log(), device.start(), folder));
            LoopDevice loop = parts.add(LoopDevice.attach(image.file()));
            Path mounted = Files.createDirectory(folder.resolve("cut"));
            for (PowerCut cut : cuts) {
                made++;
                image.make(cut);
                // the power may stay on until just before the write after the cut
                Verdict verdict = new Verdict(cut.flushed(), cut.cut(), clock.timeNs(cut.cut() + 1),
                    faults == null ? PATIENCE_NS : Long.MAX_VALUE);
                judge(verdict, fileSystem, loop, mounted, workload);
                verdict.wrongs().forEach(wrong -> wrongs.add(cut + ": " + wrong));
                if (!wrongs.isEmpty()) {
                    image.make(cut); // without what the recovery did to it
                    break;
                }
            }
        }
        long endNs = System.nanoTime();
        System.out.printf(
            "%s on %s, seed %d: %d messages in %d queues, %d writes in %.1f s, refused %s; %d power cuts in %.1f s, "
                + "%d wrong; of intervals %d lost, %d repeated, the oldest %d ms%n",
            what, fileSystem, seed,
            workload.messageCount(), workload.histories().size(), device.log().size(), (workedNs - beginNs) / 1e9,
            workload.refusals(), made, (endNs - workedNs) / 1e9, wrongs.size(), lost, repeated,
            TimeUnit.NANOSECONDS.toMillis(oldestNs));
        device.log().close();
        return wrongs;
    }

    private void work(LoggedDevice device, Workload workload) throws Exception {
        work(subject, device.path(), workload, service -> {
            if (faults == null) {
                workload.run(service);
            } else {
                faults.run(device, workload, service);
            }
        });
    }

    /** What a service does between two ends. */
    interface Round {
        void run(Subject.Service service) throws Exception;
    }

    /** Rounds of work; between them the service ends, one way or another, and starts again. */
    static void work(Subject subject, Path directory, Workload workload, Round work) throws Exception {
        try (Subject.Service service = subject.start(directory)) {
            workload.begin(service);
            for (int round = 0; round < ROUNDS; round++) {
                if (round > 0) {
                    end(service, Subject.End.values()[round % Subject.End.values().length]);
                }
                work.run(service);
            }
        }
    }

    private static void end(Subject.Service service, Subject.End end) throws Exception {
        if (end == Subject.End.REBOOTED) {
            TimeUnit.MILLISECONDS.sleep(QUIET_MS);
        }
        service.restart(end);
    }

    private void judge(Verdict verdict, FileSystem fileSystem, LoopDevice loop, Path mounted,
        Workload workload) {
        try (Mount mount = fileSystem.mount(loop, mounted)) {
            workload.check(verdict, subject.recover(mount.path()));
        } catch (Exception e) {
            verdict.wrong("recovery: " + e);
        }
        lost += verdict.lost();
        repeated += verdict.repeated();
        oldestNs = Math.max(oldestNs, verdict.oldestNs());
    }
}
