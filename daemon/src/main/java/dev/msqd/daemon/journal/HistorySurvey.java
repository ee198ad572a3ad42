package dev.msqd.daemon.journal;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongHashSet;

/**
 * Reads a log for the first time, and notes which of its messages are told out of order or more than once.
 *
 * <p>The life of a hot file is told in the order of its positions, but for those noted as {@link Late}. A message that was queued when a hot file
 * was lost is told again in the checkpoint that begins the next one's life, under another position ({@link Life#isCopy}): it is known by type,
 * length and checksum, and by its order among the others. (Where one of these was received, and another of the same bytes sent, before that
 * checkpoint was written, the one that was sent then is taken for the one that was received.)
 */
final class HistorySurvey implements LogEntryHandler {
    private static final long NONE = -1;

    private final LogStorage storage;
    private final Map<Long, Life> lives = new HashMap<>();
    private final List<String> damage = new ArrayList<>();
    /** What a replay would find; null where there is but one life, and so nobody to ask for it. */
    private final LiveMessages live;
    private Life life;
    private long highest;
    private Restored restored;
    private final Set<Integer> files = new HashSet<>();
    private int file;
    private long timeMs;
    private int lastFile;
    private long lastOffset;

    private HistorySurvey(LogStorage storage, LiveMessages live) {
        this.storage = storage;
        this.live = live;
    }

    static HistorySurvey of(LogStorage storage, UUID queue) {
        List<LogFileHeader> files = LogChain.from(0, storage, queue).files();
        Set<Long> incarnations = new HashSet<>();
        files.forEach(header -> incarnations.add(header.incarnation()));
        HistorySurvey survey = new HistorySurvey(storage,
            incarnations.size() > 1 ? new LiveMessages(files.getFirst().replayFrom()) : null);
        LogReader.read(storage, queue, 0, survey);
        survey.lives.values().forEach(life -> life.late.sort());
        return survey;
    }

    /** Numbers of the files that were read. */
    Set<Integer> files() {
        return files;
    }

    List<String> damage() {
        return damage;
    }

    long incarnation() {
        return life == null ? 0 : life.incarnation;
    }

    /** What is known of a hot file's life; null if it began since. */
    Life life(long incarnation) {
        return lives.get(incarnation);
    }

    /** Whether a batch was written since. */
    boolean isBeyond(int number, long offset) {
        return number > lastFile || number == lastFile && offset > lastOffset;
    }

    @Override
    public void onFile(int number, long incarnation, long madeMs) {
        file = number;
        files.add(number);
        enter(incarnation);
        if (live != null) {
            live.onFile(number, incarnation, madeMs);
        }
    }

    @Override
    public void onBatch(int number, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
        long writtenMs) {
        lastFile = number;
        lastOffset = offset;
        timeMs = writtenMs;
        if (live != null) {
            live.onBatch(number, offset, sequence, replayFrom, lastSend, lastReceive, writtenMs);
        }
    }

    @Override
    public void onCheckpointBegin(long incarnation) {
        enter(incarnation);
        if (live != null) {
            live.onCheckpointBegin(incarnation);
        }
    }

    private void enter(long incarnation) {
        if (life != null && life.incarnation == incarnation) {
            return;
        }
        restored = null;
        if (live != null && life != null) {
            live.settle();
            restored = new Restored(live.live);
        }
        life = lives.computeIfAbsent(incarnation, Life::new);
        highest = NONE;
    }

    @Override
    public void onCheckpointEnd() {
        restored = null;
        if (live != null) {
            live.onCheckpointEnd();
        }
    }

    @Override
    public void onSend(long offset, long position, long mtype, DirectBuffer buffer, int at, int length) {
        if (restored != null && !life.copies.contains(position)
            && restored.takes(fingerprint(mtype, buffer, at, length))) {
            life.copies.add(position);
        }
        if (position > highest) {
            highest = position;
        } else {
            life.late.add(position, Places.place(file, offset), timeMs);
        }
        if (live != null) {
            live.onSend(offset, position, mtype, buffer, at, length);
        }
    }

    @Override
    public void onConsumed(long first, long last) {
        if (live != null) {
            live.onConsumed(first, last);
        }
    }

    @Override
    public void onDamage(int number, long offset, String what) {
        damage.add(History.text(number, offset, what));
    }

    private static long fingerprint(long mtype, DirectBuffer buffer, int at, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(at, bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (mtype * 0x9E37_79B9_7F4A_7C15L + length) * 0x9E37_79B9_7F4A_7C15L ^ crc.getValue();
    }

    /** What the log tells of one hot file. */
    static final class Life {
        private final long incarnation;
        private final Late late = new Late();
        private final LongHashSet copies = new LongHashSet();

        private Life(long incarnation) {
            this.incarnation = incarnation;
        }

        long incarnation() {
            return incarnation;
        }

        /** Told again, or when higher positions were told. In the order of positions, what was told first at the front. */
        Late late() {
            return late;
        }

        /** Whether it was sent to an earlier hot file. */
        boolean isCopy(long position) {
            return copies.contains(position);
        }
    }

    /** Messages out of order, 24 bytes each. */
    static final class Late {
        private long[] positions = new long[16];
        private long[] places = new long[16];
        private long[] times = new long[16];
        private int size;

        private void add(long position, long place, long ms) {
            if (size == positions.length) {
                int capacity = Math.multiplyExact(size, 2);
                positions = Arrays.copyOf(positions, capacity);
                places = Arrays.copyOf(places, capacity);
                times = Arrays.copyOf(times, capacity);
            }
            positions[size] = position;
            places[size] = place;
            times[size] = ms;
            size++;
        }

        /** Each checkpoint lies in ascending order already: that makes it quick. */
        private void sort() {
            Integer[] order = new Integer[size];
            Arrays.setAll(order, index -> index);
            Arrays.sort(order, (a, b) -> Long.compare(positions[a], positions[b])); // keeps what was told first in front
            positions = inOrder(positions, order);
            places = inOrder(places, order);
            times = inOrder(times, order);
        }

        private static long[] inOrder(long[] values, Integer[] order) {
            long[] sorted = new long[order.length];
            Arrays.setAll(sorted, index -> values[order[index]]);
            return sorted;
        }

        int size() {
            return size;
        }

        long position(int index) {
            return positions[index];
        }

        long place(int index) {
            return places[index];
        }

        long timeMs(int index) {
            return times[index];
        }
    }

    /** What was put back into a new hot file, in its order, to be found again in the checkpoint of that. */
    private final class Restored {
        private static final long MISSING = -1;

        /** Index of the first message with a fingerprint that was not passed yet. */
        private final Long2LongHashMap first = new Long2LongHashMap(MISSING);
        /** Index of the next message with the same fingerprint. */
        private final int[] next;
        private int passed;

        private Restored(LiveSet messages) {
            PayloadReader payloads = new PayloadReader(storage);
            long[] fingerprints = new long[messages.size()];
            for (int index = 0; index < fingerprints.length; index++) {
                int at = index;
                try {
                    payloads.read(messages.position(index), messages.place(index), (position, mtype, buffer, offset,
                        length) -> fingerprints[at] = fingerprint(mtype, buffer, offset, length));
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.ENOENT) {
                        throw e;
                    }
                    // Its file was deleted meanwhile: it is told by the copy alone.
                }
            }
            next = new int[fingerprints.length];
            for (int index = fingerprints.length - 1; index >= 0; index--) {
                next[index] = (int) first.put(fingerprints[index], index);
            }
        }

        /** Whether it is one of them, and behind those that were taken before. */
        private boolean takes(long fingerprint) {
            long index = first.get(fingerprint);
            while (index != MISSING && index < passed) {
                index = next[(int) index];
            }
            if (index == MISSING) {
                first.remove(fingerprint);
                return false;
            }
            passed = (int) index + 1;
            first.put(fingerprint, index); // passed by now: the next time goes on from it
            return true;
        }
    }
}
