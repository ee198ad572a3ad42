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
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;

/**
 * A workload on a device that logs all writes, then power cuts made of the log: after each the file system is mounted, the subject
 * recovers, and what it finds is compared with what it had promised.
 */
final class PowerCutTrial {
    /** An interval of 50 ms on a machine with more to do than this trial. */
    private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("msqd.power-cut.patience", 2000));
    private static final int ROUNDS = Integer.getInteger("msqd.power-cut.rounds", 4);
    private static final int MESSAGES = Integer.getInteger("msqd.power-cut.messages", 100);
    private static final Path FOLDER = Path.of(System.getProperty("msqd.power-cut.folder", "/dev/shm"));

    private final String what;
    private final Subject subject;
    private final long seed;
    private int lost;
    private int repeated;
    private long oldestNs;

    private PowerCutTrial(String what, Subject subject, long seed) {
        this.what = what;
        this.subject = subject;
        this.seed = seed;
    }

    static PowerCutTrial of(String what, Subject subject) {
        return new PowerCutTrial(what, subject, Long.getLong("msqd.power-cut.seed", System.nanoTime()));
    }

    /** Fails if anything is wrong after so many power cuts; what is needed to look at the first such is kept then. */
    void run(FileSystem fileSystem, int images) throws Exception {
        Path folder = Files.createTempDirectory(FOLDER, "msqd-power-cut-");
        List<String> wrongs = run(fileSystem, images, folder);
        if (!wrongs.isEmpty()) {
            throw new AssertionError("seed " + seed + "; the device as it was is " + folder.resolve("image") + "\n"
                + String.join("\n", wrongs));
        }
        IoUtil.delete(folder.toFile(), true);
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
        Map<String, QueueHistory> histories;
        int first;
        DeviceClock clock;
        try (device; DeviceClock running = new DeviceClock(device.log())) {
            clock = running;
            first = device.log().size();
            histories = new Workload(subject, device.log()::size, ROUNDS, MESSAGES, seed).run(device.path());
        }
        long workedNs = System.nanoTime();
        List<PowerCut> cuts = PowerCut.plan(device.log(), first, images, seed);
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
                Verdict verdict = new Verdict(cut.flushed(), cut.cut(), clock.timeNs(cut.cut() + 1), PATIENCE_NS);
                judge(verdict, fileSystem, loop, mounted, histories);
                verdict.wrongs().forEach(wrong -> wrongs.add(cut + ": " + wrong));
                if (!wrongs.isEmpty()) {
                    image.make(cut); // without what the recovery did to it
                    break;
                }
            }
        }
        long endNs = System.nanoTime();
        System.out.printf("power cut: %s on %s, seed %d: %d messages in %d queues, %d writes in %.1f s; %d images in %.1f s, "
            + "%d wrong; of intervals %d lost, %d repeated, the oldest %d ms%n", what, fileSystem, seed,
            histories.values().stream().mapToInt(QueueHistory::size).sum(), histories.size(), device.log().size(),
            (workedNs - beginNs) / 1e9, made, (endNs - workedNs) / 1e9, wrongs.size(), lost, repeated,
            TimeUnit.NANOSECONDS.toMillis(oldestNs));
        device.log().close();
        return wrongs;
    }

    private void judge(Verdict verdict, FileSystem fileSystem, LoopDevice loop, Path mounted,
        Map<String, QueueHistory> histories) {
        try (Mount mount = fileSystem.mount(loop, mounted)) {
            Map<String, long[]> found = subject.recover(mount.path());
            TreeSet<String> unknown = new TreeSet<>(found.keySet());
            unknown.removeAll(histories.keySet());
            unknown.forEach(name -> verdict.wrong("unknown queue " + name));
            histories.values().forEach(history -> history.check(verdict, found.get(history.name())));
        } catch (Exception e) {
            verdict.wrong("recovery: " + e);
        }
        lost += verdict.lost();
        repeated += verdict.repeated();
        oldestNs = Math.max(oldestNs, verdict.oldestNs());
    }
}
