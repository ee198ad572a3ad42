package dev.msqd.daemon.stats;

import static dev.msqd.layout.CountersDescriptor.FILE_LENGTH;
import static dev.msqd.layout.CountersDescriptor.GENERATION_OFFSET;
import static dev.msqd.layout.CountersDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.CountersDescriptor.METADATA_LENGTH;
import static dev.msqd.layout.CountersDescriptor.METADATA_OFFSET;
import static dev.msqd.layout.CountersDescriptor.READY;
import static dev.msqd.layout.CountersDescriptor.READY_OFFSET;
import static dev.msqd.layout.CountersDescriptor.VALUES_LENGTH;
import static dev.msqd.layout.CountersDescriptor.VALUES_OFFSET;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.layout.CountersDescriptor;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import dev.msqd.queue.QueueKeeper.Census;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counters of a daemon in shared memory ({@link CountersDescriptor}). One set up by an earlier daemon is set up anew, and its
 * totals are gone on with. One thread at a time.
 */
public final class CountersFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CountersFile.class);
    /** A reader that met a counter has read it by then. */
    private static final long REUSE_AFTER_MS = 10_000;
    /** Blocks are reserved for so many counters at once. */
    private static final int RESERVED_AT_ONCE = 64;
    /** Readers look one counter beyond the last. */
    private static final int LOOKED_AHEAD = 1;

    private final int fd;
    private final int readOnlyFd;
    private final Mapping mapping;
    private final UnsafeBuffer header;
    private final CountersManager manager;
    private final Map<SystemCounter, AtomicCounter> system = new EnumMap<>(SystemCounter.class);
    private final Map<Integer, Left> left = new HashMap<>();
    private final Map<SystemCounter, Long> leftOfSystem = new EnumMap<>(SystemCounter.class);
    private int reserved;
    private int highest = -1;

    private CountersFile(int fd, int readOnlyFd, Mapping mapping, EpochClock clock) {
        this.fd = fd;
        this.readOnlyFd = readOnlyFd;
        this.mapping = mapping;
        this.header = mapping.buffer(0, HEADER_LENGTH);
        UnsafeBuffer metadata = mapping.buffer(METADATA_OFFSET, METADATA_LENGTH);
        UnsafeBuffer values = mapping.buffer(VALUES_OFFSET, VALUES_LENGTH);
        if (header.getLongVolatile(READY_OFFSET) == READY) {
            try {
                readWhatIsLeft(new CountersReader(metadata, values));
            } catch (RuntimeException e) {
                LOG.warn("the counters of an earlier daemon are damaged: counting begins anew ({})", e.toString());
                left.clear();
                leftOfSystem.clear();
            }
        }
        header.putLongVolatile(READY_OFFSET, 0);
        header.getAndAddLong(GENERATION_OFFSET, 1);
        LinuxFile.punchHole(fd, HEADER_LENGTH, FILE_LENGTH - HEADER_LENGTH);
        this.manager = new CountersManager(metadata, values, StandardCharsets.UTF_8, clock, REUSE_AFTER_MS);
        for (SystemCounter counter : SystemCounter.values()) {
            reserve();
            AtomicCounter made = manager.newCounter(counter.label(), counter.typeId());
            highest = Math.max(highest, made.id());
            made.setRelease(leftOfSystem.getOrDefault(counter, 0L));
            system.put(counter, made);
        }
        header.putLongVolatile(READY_OFFSET, READY);
    }

    /**
     * Sets the counters up.
     *
     * @param clock milliseconds since the epoch
     * @throws ErrnoException ENOSPC where the hot directory's file system is full
     */
    public static CountersFile open(Path hotDirectory, EpochClock clock) {
        Path file = hotDirectory.resolve(CountersDescriptor.FILE_NAME);
        int fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        int readOnlyFd = -1;
        Mapping mapping = null;
        boolean opened = false;
        try {
            readOnlyFd = LinuxFile.open(file, LinuxFile.O_RDONLY, 0);
            LinuxFile.fallocate(fd, 0, HEADER_LENGTH);
            LinuxFile.truncate(fd, FILE_LENGTH);
            mapping = Mapping.shared(fd, 0, FILE_LENGTH, file.toString());
            CountersFile counters = new CountersFile(fd, readOnlyFd, mapping, clock);
            opened = true;
            return counters;
        } finally {
            if (!opened) {
                close(fd, readOnlyFd, mapping);
            }
        }
    }

    /** The descriptor that lets another process read; it stays this object's. */
    public int readOnlyFd() {
        return readOnlyFd;
    }

    /** One of the daemon's own counters. */
    public AtomicCounter get(SystemCounter counter) {
        return system.get(counter);
    }

    /**
     * A queue's counters. Totals that an earlier daemon left of the same hot file go on; else counting begins here.
     *
     * @param name   empty for a queue that has only a key
     * @param census what is there
     * @throws ErrnoException ENOSPC where the hot directory's file system is full
     */
    public QueueCounters add(int msqid, int key, String name, long incarnation, Census census) {
        Left before = left.remove(msqid);
        boolean known = before != null && before.identity.incarnation() == incarnation;
        QueueIdentity identity =
            known ? before.identity : new QueueIdentity(msqid, key, incarnation, census.sent(), census.received());
        Map<QueueCounter, AtomicCounter> counters = new EnumMap<>(QueueCounter.class);
        QueueCounter[] kinds = QueueCounter.values();
        boolean whole = false;
        try {
            for (int i = kinds.length - 1; i >= 0; i--) { // the depth last
                reserve();
                AtomicCounter counter = manager.newCounter(CountersDescriptor.label(kinds[i], msqid, name),
                    kinds[i].typeId(), identity::write);
                highest = Math.max(highest, counter.id());
                manager.setCounterRegistrationId(counter.id(), msqid);
                counters.put(kinds[i], counter);
                counter.setRelease(known ? before.values.getOrDefault(kinds[i], 0L) : 0);
            }
            whole = true;
        } finally {
            if (!whole) {
                counters.values().forEach(AtomicCounter::close);
            }
        }
        QueueCounters row = new QueueCounters(manager, counters, identity);
        if (known && before.oldestMs != 0 && before.oldest == census.oldest()) {
            row.seenBefore(before.oldest, before.oldestMs);
        }
        return row;
    }

    @Override
    public void close() {
        close(fd, readOnlyFd, mapping);
    }

    private static void close(int fd, int readOnlyFd, Mapping mapping) {
        if (mapping != null) {
            mapping.close();
        }
        if (readOnlyFd >= 0) {
            LinuxFile.close(readOnlyFd);
        }
        LinuxFile.close(fd);
    }

    /** Before a counter is made: no store may meet a page without a block. */
    private void reserve() {
        while (highest + 1 + LOOKED_AHEAD >= reserved) {
            LinuxFile.fallocate(fd, METADATA_OFFSET + (long) CountersReader.metaDataOffset(reserved),
                RESERVED_AT_ONCE * CountersReader.METADATA_LENGTH);
            LinuxFile.fallocate(fd, VALUES_OFFSET + (long) CountersReader.counterOffset(reserved),
                RESERVED_AT_ONCE * CountersReader.COUNTER_LENGTH);
            reserved += RESERVED_AT_ONCE;
        }
    }

    private void readWhatIsLeft(CountersReader reader) {
        reader.forEach((counterId, typeId, key, label) -> {
            QueueCounter ofQueue = CountersDescriptor.queueCounter(typeId);
            SystemCounter ofSystem = CountersDescriptor.systemCounter(typeId);
            if (ofQueue != null) {
                QueueIdentity identity = QueueIdentity.read(key);
                Left queue = left.computeIfAbsent(identity.msqid(), msqid -> new Left(identity));
                queue.values.put(ofQueue, reader.getCounterValue(counterId));
                if (ofQueue == QueueCounter.OLDEST) {
                    queue.oldestMs = reader.getCounterValue(counterId);
                    queue.oldest = reader.getCounterReferenceId(counterId);
                }
            } else if (ofSystem != null) {
                leftOfSystem.put(ofSystem, reader.getCounterValue(counterId));
            }
        });
    }

    /** What an earlier daemon left of a queue. */
    private static final class Left {
        private final QueueIdentity identity;
        private final Map<QueueCounter, Long> values = new EnumMap<>(QueueCounter.class);
        private long oldest;
        private long oldestMs;

        Left(QueueIdentity identity) {
            this.identity = identity;
        }
    }
}
