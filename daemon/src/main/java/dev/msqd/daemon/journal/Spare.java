package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.pageAligned;
import static dev.msqd.daemon.journal.SpareDescriptor.BELOW_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.COPY_LENGTH;
import static dev.msqd.daemon.journal.SpareDescriptor.COUNTER_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.CRC_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.FILE_LENGTH;
import static dev.msqd.daemon.journal.SpareDescriptor.INCARNATION_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.LENGTH_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.MAX_RANGES;
import static dev.msqd.daemon.journal.SpareDescriptor.RANGES_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.RANGE_LENGTH;
import static dev.msqd.daemon.journal.SpareDescriptor.UUID_HIGH_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.UUID_LOW_OFFSET;
import static dev.msqd.daemon.journal.SpareDescriptor.copyOffset;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What of a log counts, where there is no room to write on: of the files below a number, only messages at these positions of one incarnation.
 * It is a file of its own whose blocks are written when the queue gets its log, and overwritten from then on: that takes no room. What it says
 * holds until it says something else; files with higher numbers are none of its business. One thread at a time.
 */
final class Spare {
    private final LogStorage storage;
    private final UUID queue;
    private boolean made;
    /** A write failed: what is on disk may be that, or what was before. */
    private boolean unsure;

    private long counter;
    private long incarnation;
    private int below;
    private PositionRanges kept = new PositionRanges();
    private String torn = "";
    private boolean damaged;

    private Spare(LogStorage storage, UUID queue) {
        this.storage = storage;
        this.queue = queue;
    }

    /** As it is on disk; makes and changes nothing. */
    static Spare of(LogStorage storage, UUID queue) {
        Spare spare = new Spare(storage, queue);
        try (LogFile file = storage.openSpare(false)) {
            if (file != null) {
                spare.read(file);
            }
        }
        return spare;
    }

    /** Takes the room that it will need, if it has not got that. */
    void make() {
        if (made) {
            return;
        }
        try (LogFile file = storage.openSpare(true)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(PAGE_LENGTH);
            // What is shorter was never written to: nothing but the zeros of one who did not finish.
            for (long offset = file.length() & -PAGE_LENGTH; offset < FILE_LENGTH; offset += PAGE_LENGTH) {
                file.write(zeros.clear(), offset);
            }
            file.sync();
        }
        storage.syncDirectory();
        made = true;
    }

    /** The first file that this is not about. */
    int below() {
        return below;
    }

    /** Does a message that the log holds count? */
    boolean counts(int file, long itsIncarnation, long position) {
        return file >= below || itsIncarnation == incarnation && kept.contains(position);
    }

    /** Which copy is not whole, as after a power cut; empty: none. */
    String torn() {
        return torn;
    }

    /** Neither copy is whole: what was received can't be told. */
    boolean isDamaged() {
        return damaged;
    }

    /**
     * Of files below a number, only messages at these positions count from now on, also after a power cut. An error leaves either what held
     * before or this.
     *
     * @throws ErrnoException ENOSPC where there are too many ranges, or no room was taken
     */
    void keepOnly(long newIncarnation, int newBelow, PositionRanges ranges) {
        if (counter > 0 && !unsure && incarnation == newIncarnation && below == newBelow && kept.equals(ranges)) {
            return;
        }
        if (ranges.size() > MAX_RANGES) {
            throw new ErrnoException(Errno.ENOSPC, "log " + storage.name() + ": what is queued lies in " + ranges.size()
                + " pieces, and the spare file has room for " + MAX_RANGES);
        }
        unsure = true;
        write(newIncarnation, newBelow, ranges);
        unsure = false;
        incarnation = newIncarnation;
        below = newBelow;
        kept = ranges;
    }

    private void write(long newIncarnation, int newBelow, PositionRanges ranges) {
        int length = RANGES_OFFSET + ranges.size() * RANGE_LENGTH;
        ByteBuffer copy = ByteBuffer.allocateDirect((int) pageAligned(length)).order(ByteOrder.LITTLE_ENDIAN);
        copy.putInt(LENGTH_OFFSET, length)
            .putLong(COUNTER_OFFSET, counter + 1)
            .putLong(UUID_HIGH_OFFSET, queue.getMostSignificantBits())
            .putLong(UUID_LOW_OFFSET, queue.getLeastSignificantBits())
            .putLong(INCARNATION_OFFSET, newIncarnation)
            .putInt(BELOW_OFFSET, newBelow);
        for (int index = 0; index < ranges.size(); index++) {
            int range = RANGES_OFFSET + index * RANGE_LENGTH;
            copy.putLong(range, ranges.first(index)).putLong(range + Long.BYTES, ranges.last(index));
        }
        copy.putInt(CRC_OFFSET, crc(copy, length));
        try (LogFile file = storage.openSpare(true)) {
            if (file.length() < FILE_LENGTH) {
                throw new ErrnoException(Errno.ENOSPC, "log " + storage.name() + ": there is no spare file");
            }
            file.write(copy, copyOffset(counter + 1));
            file.sync();
        }
        counter++;
    }

    private void read(LogFile file) {
        boolean bad = false;
        for (int parity = 0; parity < 2; parity++) {
            ByteBuffer copy = ByteBuffer.allocateDirect(COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            file.read(copy, copyOffset(parity));
            copy.clear();
            if (isWhole(copy, parity)) {
                if (copy.getLong(COUNTER_OFFSET) > counter) {
                    take(copy);
                }
            } else if (isOurs(copy)) {
                bad |= !torn.isEmpty();
                torn = "spare, offset " + copyOffset(parity);
            }
        }
        damaged = bad;
    }

    private boolean isWhole(ByteBuffer copy, int parity) {
        int length = copy.getInt(LENGTH_OFFSET);
        return length >= RANGES_OFFSET && length <= COPY_LENGTH && (length - RANGES_OFFSET) % RANGE_LENGTH == 0
            && copy.getLong(COUNTER_OFFSET) > 0 && (copy.getLong(COUNTER_OFFSET) & 1) == parity
            && isOurs(copy) && copy.getInt(CRC_OFFSET) == crc(copy, length);
    }

    private void take(ByteBuffer copy) {
        counter = copy.getLong(COUNTER_OFFSET);
        incarnation = copy.getLong(INCARNATION_OFFSET);
        below = copy.getInt(BELOW_OFFSET);
        kept = new PositionRanges();
        for (int range = RANGES_OFFSET; range < copy.getInt(LENGTH_OFFSET); range += RANGE_LENGTH) {
            kept.add(copy.getLong(range), copy.getLong(range + Long.BYTES));
        }
    }

    /** If not, it was never written: there is nothing, or what is left of a spare file that was being made. */
    private boolean isOurs(ByteBuffer copy) {
        return copy.getLong(UUID_HIGH_OFFSET) == queue.getMostSignificantBits()
            && copy.getLong(UUID_LOW_OFFSET) == queue.getLeastSignificantBits();
    }

    private static int crc(ByteBuffer copy, int length) {
        CRC32C crc = new CRC32C();
        crc.update(copy.duplicate().limit(length).position(LENGTH_OFFSET));
        return (int) crc.getValue();
    }
}
