package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.layout.CountersDescriptor;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * The counters of a daemon, read from its shared memory: the daemon notices nothing of it. Any thread.
 *
 * <p>The daemon looks at the queues in use once a second. It stays readable when the daemon is gone, and goes on when another one
 * serves the same hot directory.
 */
public final class Statistics implements AutoCloseable {
    private static final int MAX_TRIES = 1000;
    private static final long TRY_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Mapping mapping;
    private final UnsafeBuffer header;
    private final UnsafeBuffer metadata;
    private final CountersReader counters;

    private Statistics(Mapping mapping) {
        this.mapping = mapping;
        this.header = mapping.buffer(0, CountersDescriptor.HEADER_LENGTH);
        this.metadata = mapping.buffer(CountersDescriptor.METADATA_OFFSET, CountersDescriptor.METADATA_LENGTH);
        this.counters = new CountersReader(metadata,
            mapping.buffer(CountersDescriptor.VALUES_OFFSET, CountersDescriptor.VALUES_LENGTH));
    }

    /**
     * The counters behind a descriptor, which is closed.
     *
     * @throws ErrnoException EIO where the file is not one of this version, or is cut short
     */
    public static Statistics adopt(int fd) {
        String what = CountersDescriptor.FILE_NAME;
        try {
            if (LinuxFile.size(fd) < CountersDescriptor.FILE_LENGTH) {
                throw new ErrnoException(Errno.EIO, what + " is cut short: " + LinuxFile.size(fd) + " bytes of "
                    + CountersDescriptor.FILE_LENGTH);
            }
            return new Statistics(Mapping.sharedReadOnly(fd, 0, CountersDescriptor.FILE_LENGTH, what));
        } finally {
            LinuxFile.close(fd);
        }
    }

    /** All there is to read, each counter at a moment of its own. Queues are in the order of their indexes. */
    public Snapshot snapshot() {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            long ready = header.getLongVolatile(CountersDescriptor.READY_OFFSET);
            if (ready != 0 && ready != CountersDescriptor.READY) {
                throw new ErrnoException(Errno.EIO, CountersDescriptor.isMagic(ready)
                    ? "the counters have version " + CountersDescriptor.version(ready) + "; this msqd reads version "
                        + CountersDescriptor.version(CountersDescriptor.READY)
                    : "these are not a daemon's counters");
            }
            long generation = header.getLongVolatile(CountersDescriptor.GENERATION_OFFSET);
            if (ready != 0) {
                Snapshot snapshot = read();
                if (header.getLongVolatile(CountersDescriptor.GENERATION_OFFSET) == generation) {
                    return snapshot;
                }
            }
            LockSupport.parkNanos(TRY_AGAIN_NS);
        }
        throw new ErrnoException(Errno.EAGAIN, "the daemon ended while it set its counters up");
    }

    @Override
    public void close() {
        mapping.close();
    }

    private Snapshot read() {
        Map<SystemCounter, Long> system = new EnumMap<>(SystemCounter.class);
        Int2ObjectHashMap<long[]> values = new Int2ObjectHashMap<>();
        List<QueueStatistics> queues = new ArrayList<>();
        for (int id = 0; id <= counters.maxCounterId(); id++) {
            int state = counters.getCounterState(id);
            if (state == CountersReader.RECORD_UNUSED) {
                break;
            }
            if (state == CountersReader.RECORD_ALLOCATED) {
                int typeId = counters.getCounterTypeId(id);
                QueueCounter ofQueue = CountersDescriptor.queueCounter(typeId);
                SystemCounter ofSystem = CountersDescriptor.systemCounter(typeId);
                if (ofQueue != null) {
                    read(id, ofQueue, values, queues);
                } else if (ofSystem != null) {
                    system.put(ofSystem, counters.getCounterValue(id));
                }
            }
        }
        queues.sort(Comparator.comparingInt(queue -> queue.msqid() & MsqidDs.INDEX_MASK));
        return new Snapshot(system, queues);
    }

    /** {@link QueueCounter#DEPTH} is the last of a queue's counters to come, and the first to go. */
    private void read(int id, QueueCounter counter, Int2ObjectHashMap<long[]> values, List<QueueStatistics> queues) {
        int keyOffset = CountersReader.metaDataOffset(id) + CountersReader.KEY_OFFSET;
        int msqid = metadata.getInt(keyOffset + CountersDescriptor.KEY_MSQID_OFFSET);
        long[] row = values.computeIfAbsent(msqid, none -> new long[QueueCounter.values().length]);
        row[counter.ordinal()] = counters.getCounterValue(id);
        if (counter == QueueCounter.DEPTH) {
            queues.add(new QueueStatistics(msqid, metadata.getInt(keyOffset + CountersDescriptor.KEY_KEY_OFFSET),
                CountersDescriptor.name(counter, counters.getCounterLabel(id)), row));
        }
    }

    /** What was read together. Unchangeable. */
    public static final class Snapshot {
        private final Map<SystemCounter, Long> system;
        private final List<QueueStatistics> queues;

        private Snapshot(Map<SystemCounter, Long> system, List<QueueStatistics> queues) {
            this.system = system;
            this.queues = List.copyOf(queues);
        }

        /** A counter of the daemon, in the unit that {@link SystemCounter} says. */
        public long get(SystemCounter counter) {
            return system.getOrDefault(counter, 0L);
        }

        /** The queues that are counted. */
        public List<QueueStatistics> queues() {
            return queues;
        }

        /** The counters of a queue, or null: it is gone, or there was no room to count it. */
        public QueueStatistics queue(int msqid) {
            return queues.stream().filter(queue -> queue.msqid() == msqid).findFirst().orElse(null);
        }
    }
}
