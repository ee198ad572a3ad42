package dev.msqd.daemon.trace;

import static dev.msqd.daemon.trace.StoredEventDescriptor.EVENT_ID_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.EVENT_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.HOST_LENGTH_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.HOST_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.MAX_HOST_LENGTH;
import static dev.msqd.daemon.trace.StoredEventDescriptor.MAX_LENGTH;
import static dev.msqd.daemon.trace.StoredEventDescriptor.VERSION;
import static dev.msqd.daemon.trace.StoredEventDescriptor.VERSION_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.TraceDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.EpochClock;

/**
 * The stored trace as its writer sees it: a Chronicle Queue that begins another file when one is full or an hour old, and deletes the
 * oldest so that all together stay below a limit. One thread.
 *
 * <p>A file is named by the minute in which it was begun, or a later one when several were begun in it: Chronicle Queue changes files by
 * the clock, and the clock that it is given moves on when that is wanted.
 */
final class TraceStore implements EventHandler, AutoCloseable {
    /** How files of a Chronicle Queue end. */
    static final String SUFFIX = ".cq4";
    static final LegacyRollCycles ROLL_CYCLE = LegacyRollCycles.MINUTELY;
    /** What of a file is mapped at once; a file is longer than what is in it by this at most, and its indices. */
    static final int BLOCK_LENGTH = 1 << 20;

    /** Files that share the limit, roughly. */
    private static final int FILES = 8;
    /** What Chronicle Queue adds to an entry: its length, padding, its share of the index. */
    private static final int ENTRY_OVERHEAD = 8;
    private static final long FILE_OVERHEAD = 2L * BLOCK_LENGTH;
    private static final long MAX_AGE_MS = TimeUnit.HOURS.toMillis(1);
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final Path folder;
    private final long maxLength;
    private final long maxFileLength;
    private final EpochClock clock;
    private final SingleChronicleQueue queue;
    private final ExcerptAppender appender;
    private final Bytes<?> entry = Bytes.allocateDirect(MAX_LENGTH);
    private final int hostLength;
    private long cycle;
    private long fileLength;
    private long fileBegunMs;

    /**
     * Goes on with the trace in a folder, in a new file: the last one may end in what its writer was killed at.
     *
     * @param maxLength of all files, bytes
     * @throws ErrnoException EOPNOTSUPP as {@link ChronicleAccess}; ENOSPC, EIO naming the folder
     */
    TraceStore(Path folder, long maxLength, EpochClock clock) {
        this.folder = folder;
        this.maxLength = maxLength;
        this.maxFileLength = maxLength / FILES - BLOCK_LENGTH;
        this.clock = clock;
        ChronicleAccess.prepare();
        makeFolder();
        queue = SingleChronicleQueueBuilder.binary(folder).rollCycle(ROLL_CYCLE).blockSize(BLOCK_LENGTH)
            .timeProvider(() -> cycle * ROLL_CYCLE.lengthInMillis()).build();
        byte[] host = hostName();
        hostLength = host.length;
        entry.writePosition(0);
        entry.writeShort(VERSION_OFFSET, VERSION);
        entry.writeShort(HOST_LENGTH_OFFSET, (short) hostLength);
        entry.write(HOST_OFFSET, host, 0, host.length);
        boolean opened = false;
        try {
            beginFile();
            appender = queue.createAppender();
            opened = true;
        } finally {
            if (!opened) {
                queue.close();
            }
        }
    }

    @Override
    public void onEvent(int eventId, DirectBuffer event) {
        if (fileLength >= maxFileLength || clock.time() - fileBegunMs > MAX_AGE_MS) {
            beginFile();
        }
        entry.writeInt(EVENT_ID_OFFSET, eventId);
        for (int offset = 0; offset < TraceDescriptor.EVENT_LENGTH; offset += Long.BYTES) {
            entry.writeLong(EVENT_OFFSET + offset, event.getLong(offset));
        }
        entry.readPositionRemaining(0, HOST_OFFSET + hostLength);
        appender.writeBytes(entry);
        fileLength += HOST_OFFSET + hostLength + ENTRY_OVERHEAD;
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
        entry.releaseLast();
    }

    private void beginFile() {
        int last = queue.lastCycle();
        long now = clock.time() / ROLL_CYCLE.lengthInMillis();
        cycle = last == Integer.MIN_VALUE ? now : Math.max(last + 1L, now);
        fileLength = 0;
        fileBegunMs = clock.time();
        try {
            deleteOldest();
            long usable = Files.getFileStore(folder).getUsableSpace();
            if (usable < maxFileLength + FILE_OVERHEAD) {
                throw new ErrnoException(Errno.ENOSPC,
                    "no room for a file of the trace in " + folder + ": " + usable + " bytes are free");
            }
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot look after " + folder + ": " + e, e);
        }
    }

    /** So many that the next file has room beside the others. */
    private void deleteOldest() throws IOException {
        List<Path> files = files(folder);
        long length = maxFileLength + FILE_OVERHEAD;
        for (Path file : files) {
            length += Files.size(file);
        }
        int deleted = 0;
        while (length > maxLength && deleted < files.size()) {
            length -= Files.size(files.get(deleted));
            Files.delete(files.get(deleted));
            deleted++;
        }
        if (deleted > 0) {
            queue.refreshDirectoryListing();
        }
    }

    /** The files of a trace, the oldest first. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
        }
    }

    private void makeFolder() {
        try {
            Files.createDirectories(folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot make " + folder + ": " + e, e);
        }
    }

    private static byte[] hostName() {
        try {
            byte[] name = Files.readAllBytes(HOST_NAME);
            int length = name.length;
            while (length > 0 && name[length - 1] == '\n') {
                length--;
            }
            return Arrays.copyOf(name, Math.min(length, MAX_HOST_LENGTH));
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot read " + HOST_NAME + ": " + e, e);
        }
    }
}
