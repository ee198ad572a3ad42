package dev.msqd.bench.durable;

import dev.msqd.bench.machine.Jvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.Closeable;
import net.openhft.chronicle.core.time.SetTimeProvider;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import org.agrona.IoUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What Chronicle Queue does when things go wrong. Each trial has a JVM of its own, because that may crash, and says in a few lines what
 * happened; nothing is judged here.
 */
@Command(
    name = ChronicleTrials.NAME,
    sortOptions = false,
    description = "Tries what Chronicle Queue does after a power cut, on a full disk, and with many queues.")
public final class ChronicleTrials implements Callable<Integer> {
    /** The first argument of the program. */
    public static final String NAME = "chronicle-trials";

    private static final int MESSAGE_LENGTH = 64;
    private static final int LONG_MESSAGE_LENGTH = 1000;
    private static final int PAGE_LENGTH = BareFile.PAGE_LENGTH;

    /** Several pages each. */
    private static final int SYNCED = 300;
    private static final int UNSYNCED = 300;
    private static final int AFTERWARDS = 10;

    /** More than fits on any disk that the trial is meant for. */
    private static final int FULL_DISK_MESSAGES = 1 << 16;
    private static final int BALLAST_LENGTH = 2 << 20;
    private static final int SPACE_AGAIN = 1_000_000;
    private static final int QUEUES = 100;
    private static final int READ_AT_MOST = 100_000;

    /** What a trial does in its folder. */
    @FunctionalInterface
    private interface Work {
        void in(Path folder) throws IOException;
    }

    /** Names as on the command line; the order is that of running. */
    private enum Trial {
        /** The whole file reached the disk: the control. */
        CUT_NOTHING_LOST(folder -> powerCut(folder, Cut.NONE)),
        /** No page that was not synced reached the disk. */
        CUT_ALL_UNSYNCED_LOST(folder -> powerCut(folder, Cut.AS_SYNCED)),
        /** Every page that a sync wrote is there, but not those in front, which only the first sync wrote: indexes, position. */
        CUT_HEAD_AS_FIRST_SYNCED(folder -> powerCut(folder, Cut.HEAD_OLD)),
        /** The first page of the file, which holds the position to write at, did; the pages that it speaks of did not. */
        CUT_HEAD_NEWER_THAN_DATA(folder -> powerCut(folder, Cut.HEAD_NEW_TAIL_ZERO)),
        /** The first unsynced page did not, a later one did. */
        CUT_HOLE_BEFORE_DATA(folder -> powerCut(folder, Cut.HOLE)),
        /** Blocks of the unsynced tail hold what was in them before. */
        CUT_TAIL_OF_OLD_BYTES(folder -> powerCut(folder, Cut.GARBAGE)),
        /** The file ends where the synced messages do. */
        CUT_FILE_SHORTER(folder -> powerCut(folder, Cut.SHORTER)),
        /** One bit of a synced message is another one. */
        BIT_FLIPPED(folder -> powerCut(folder, Cut.BIT)),
        /** Messages until the disk is full, and some more when there is space again; wants {@code --small-directory}. */
        FULL_DISK(ChronicleTrials::fillDisk),
        /** What a recovery finds on the full disk, in a new process. */
        FULL_DISK_READ(ChronicleTrials::readFullDisk),
        /** What many queues cost. */
        MANY_QUEUES(ChronicleTrials::openMany),
        /** A new file whenever the time provider is set on. */
        ROLL_ON_REQUEST(ChronicleTrials::roll);

        private final Work work;

        Trial(Work work) {
            this.work = work;
        }

        boolean needsSmallDisk() {
            return this == FULL_DISK || this == FULL_DISK_READ;
        }
    }

    private enum Cut {
        NONE, AS_SYNCED, HEAD_OLD, HEAD_NEW_TAIL_ZERO, HOLE, GARBAGE, SHORTER, BIT
    }

    @Option(names = "--trials", split = ",", paramLabel = "T", description = "only these of ${COMPLETION-CANDIDATES}")
    private List<Trial> trials = List.of(Trial.values());

    @Option(names = "--small-directory", paramLabel = "DIR",
        description = "on a file system of a few MiB, for the trials of a full disk; skipped without")
    private Path smallDirectory;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean help;

    public static void main(String[] arguments) {
        System
            .exit(new CommandLine(new ChronicleTrials()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("msqd-bench-");
        try {
            for (Trial trial : trials) {
                if (trial.needsSmallDisk() && smallDirectory == null) {
                    continue;
                }
                Path folder = trial.needsSmallDisk() ? smallDirectory.resolve("full") : directory.resolve(trial.name());
                System.out.println(trial.name().toLowerCase(Locale.ROOT).replace('_', '-'));
                int status = Jvm.builder(InChild.class, trial.name(), folder.toString())
                    .redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT).start().waitFor();
                System.out.println("    exit status " + status);
            }
        } finally {
            IoUtil.delete(directory.toFile(), true);
        }
        return CommandLine.ExitCode.OK;
    }

    /** One trial. */
    static final class InChild {
        private InChild() {}

        /** @param arguments the trial's name, and its folder */
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[1]);
            Files.createDirectories(folder);
            Trial.valueOf(arguments[0]).work.in(folder);
        }
    }

    /**
     * Sends, syncs, and sends on. Then makes the files as a power cut may leave them, where each page that was not synced is the old or the
     * new one, as it happens. Reads them, appends some messages more, each synced, and reads again.
     */
    private static void powerCut(Path folder, Cut cut) throws IOException {
        Path before = folder.resolve("before");
        byte[] first;
        byte[] synced;
        byte[] complete;
        Path store;
        try (ChronicleQueue queue = ChronicleLog.builder(before).build();
            ExcerptAppender appender = queue.createAppender()) {
            append(appender, 0, 1, MESSAGE_LENGTH);
            appender.sync();
            store = appender.currentFile().toPath();
            first = Files.readAllBytes(store);
            append(appender, 1, SYNCED, MESSAGE_LENGTH);
            appender.sync();
            synced = Files.readAllBytes(store);
            append(appender, SYNCED, SYNCED + UNSYNCED, MESSAGE_LENGTH);
            complete = Files.readAllBytes(store);
        }
        Path after = Files.createDirectory(folder.resolve("after"));
        Files.copy(before.resolve("metadata.cq4t"), after.resolve("metadata.cq4t"));
        Files.write(after.resolve(store.getFileName()), left(cut, first, synced, complete));
        report("after the cut", after);
        append(after);
        report("after " + AFTERWARDS + " more, synced", after);
    }

    /** What the disk holds of a file. */
    private static byte[] left(Cut cut, byte[] first, byte[] synced, byte[] complete) {
        int end = endOfData(synced);
        int tailPage = (end / PAGE_LENGTH + 1) * PAGE_LENGTH;
        byte[] left = cut == Cut.BIT ? synced.clone() : complete.clone();
        switch (cut) {
            case NONE -> {}
            case AS_SYNCED -> left = synced.clone();
            case HEAD_OLD -> {
                left = synced.clone();
                System.arraycopy(first, 0, left, 0, endOfData(first) / PAGE_LENGTH * PAGE_LENGTH);
            }
            case HEAD_NEW_TAIL_ZERO ->
                System.arraycopy(synced, PAGE_LENGTH, left, PAGE_LENGTH, left.length - PAGE_LENGTH);
            case HOLE -> Arrays.fill(left, tailPage, tailPage + PAGE_LENGTH, (byte) 0);
            case GARBAGE -> {
                System.arraycopy(synced, 0, left, 0, left.length);
                Arrays.fill(left, tailPage, tailPage + PAGE_LENGTH, (byte) 0x5a);
                System.arraycopy(complete, end, left, end, tailPage - end);
            }
            case SHORTER -> left = Arrays.copyOf(synced, tailPage);
            case BIT -> left[end - MESSAGE_LENGTH / 2] ^= 1;
        }
        return left;
    }

    /** Behind the last byte that is not 0. */
    private static int endOfData(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private static void append(Path folder) {
        try (ChronicleQueue queue = ChronicleLog.builder(folder).build();
            ExcerptAppender appender = queue.createAppender()) {
            for (int number = SYNCED + UNSYNCED; number < SYNCED + UNSYNCED + AFTERWARDS; number++) {
                append(appender, number, number + 1, MESSAGE_LENGTH);
                appender.sync();
            }
            System.out.println("    appended " + AFTERWARDS + ", all synced");
        } catch (Throwable e) {
            System.out.println("    append: " + e);
        }
    }

    /** Every byte of a message depends on its number. */
    private static void append(ExcerptAppender appender, int from, int to, int length) {
        Bytes<?> message = Bytes.allocateDirect(length);
        for (int number = from; number < to; number++) {
            message.clear();
            for (int offset = 0; offset < length; offset += Long.BYTES) {
                message.writeLong(number + 1L);
            }
            appender.writeBytes(message);
        }
        message.releaseLast();
    }

    private static void report(String when, Path folder) {
        List<String> ranges = new ArrayList<>();
        long first = -1;
        long last = -1;
        int damaged = 0;
        String end = "its end";
        Bytes<?> message = Bytes.allocateElasticOnHeap();
        try (ChronicleQueue queue = ChronicleLog.builder(folder).readOnly(true).build();
            ExcerptTailer tailer = queue.createTailer()) {
            for (int read = 0; read < READ_AT_MOST; read++) {
                message.clear();
                if (!tailer.readBytes(message)) {
                    break;
                }
                long number = message.readRemaining() < Long.BYTES ? -1 : message.readLong(0) - 1;
                for (long offset = 0; offset < message.readRemaining(); offset += Long.BYTES) {
                    if (message.readLong(offset) - 1 != number) {
                        damaged++;
                        break;
                    }
                }
                if (number != last + 1 || first < 0) {
                    addRange(ranges, first, last);
                    first = number;
                }
                last = number;
            }
        } catch (Throwable e) {
            end = e.toString();
        }
        addRange(ranges, first, last);
        System.out.println("    " + when + ": read " + ranges + ", " + damaged + " damaged, to " + end);
    }

    private static void addRange(List<String> ranges, long first, long last) {
        if (first >= 0) {
            ranges.add(first + ".." + last);
        }
    }

    private static void fillDisk(Path folder) throws IOException {
        Path ballast = Files.write(folder.resolve("ballast"), new byte[BALLAST_LENGTH]);
        int acknowledged = 0;
        try (ChronicleQueue queue = ChronicleLog.builder(folder).build();
            ExcerptAppender appender = queue.createAppender()) {
            try {
                for (; acknowledged < FULL_DISK_MESSAGES; acknowledged++) {
                    append(appender, acknowledged, acknowledged + 1, LONG_MESSAGE_LENGTH);
                    appender.sync();
                }
            } catch (Throwable e) {
                System.out.println("    " + e);
            }
            System.out.println("    acknowledged 0.." + (acknowledged - 1));
            Files.delete(ballast);
            append(appender, SPACE_AGAIN, SPACE_AGAIN + AFTERWARDS, LONG_MESSAGE_LENGTH);
            appender.sync();
            System.out
                .println("    with space again, acknowledged " + SPACE_AGAIN + ".." + (SPACE_AGAIN + AFTERWARDS - 1));
        } catch (Throwable e) {
            System.out.println("    with space again: " + e);
        }
    }

    private static void readFullDisk(Path folder) {
        report("in a new process", folder);
    }

    private static void openMany(Path folder) throws IOException {
        long descriptors = entries("/proc/self/fd");
        long mappings = mappings();
        List<ChronicleQueue> queues = new ArrayList<>();
        List<ExcerptAppender> appenders = new ArrayList<>();
        long startNs = System.nanoTime();
        for (int number = 0; number < QUEUES; number++) {
            ChronicleQueue queue = ChronicleLog.builder(folder.resolve("q" + number)).build();
            queues.add(queue);
            ExcerptAppender appender = queue.createAppender();
            append(appender, 0, 1, MESSAGE_LENGTH);
            appender.sync();
            appenders.add(appender);
        }
        System.out.printf(Locale.ROOT,
            "    %d queues of one message: each %.1f descriptors, %.1f mappings, made in %.1f ms%n", QUEUES,
            (double) (entries("/proc/self/fd") - descriptors) / QUEUES, (double) (mappings() - mappings) / QUEUES,
            (System.nanoTime() - startNs) / 1e6 / QUEUES);
        appenders.forEach(Closeable::close);
        queues.forEach(Closeable::close);
        long size = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
            }
        }
        System.out.printf(Locale.ROOT, "    files of %.1f MiB each%n", (double) size / QUEUES / (1 << 20));
    }

    private static void roll(Path folder) throws IOException {
        SetTimeProvider time = new SetTimeProvider(0);
        try (
            ChronicleQueue queue =
                ChronicleLog.builder(folder).timeProvider(time).rollCycle(RollCycles.FIVE_MINUTELY).build();
            ExcerptAppender appender = queue.createAppender()) {
            long startNs = System.nanoTime();
            for (int cycle = 0; cycle < AFTERWARDS; cycle++) {
                append(appender, cycle, cycle + 1, MESSAGE_LENGTH);
                appender.sync();
                time.advanceMillis(RollCycles.FIVE_MINUTELY.lengthInMillis());
            }
            System.out.printf(Locale.ROOT, "    %d cycles, %.1f ms each%n", AFTERWARDS,
                (System.nanoTime() - startNs) / 1e6 / AFTERWARDS);
        }
        System.out.println("    " + (entries(folder.toString()) - 1) + " files besides the metadata");
    }

    private static long entries(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(folder))) {
            return entries.count();
        }
    }

    private static long mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).size();
    }
}
