package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.PLACES_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Mapping;
import dev.msqd.calls.Words;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.StateDescriptor;
import java.util.Arrays;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The places of a queue's file, mapped into this process when they are used: in windows of a gibibyte, far beyond the file's end, so that a
 * page becomes usable when its place is allocated, without another call.
 *
 * <p>The first places, if some segments fit there, are a window of their own. It is all that most queues use, and so short that many
 * queues share the pages of their page tables: who uses one after the other finds them in the cache.
 *
 * <pre>
 *   place 0 ...
 *  +----------------+--------------------------------+------------------------ - -
 *  |  near, 1 MiB   |  other places                  |
 *  +----------------+--------------------------------+------------------------ - -
 *  |- near window --|- the rest of the first --------|- the second gibibyte ---
 *  |- the first gibibyte, for who needs it in one ---|
 * </pre>
 *
 * <p>Any thread.
 */
final class Windows implements AutoCloseable {
    private static final int LENGTH = 1 << 30;

    private final int fd;
    private final String what;
    private final int segmentLength;
    private final int nearLength;
    private final Mapping[] gibibytes;
    private Mapping near;
    private volatile MappedPlace[] places = new MappedPlace[4];
    private volatile UnsafeBuffer first;
    private boolean closed;

    Windows(int fd, String what, int segmentLength) {
        this.fd = fd;
        this.what = what;
        this.segmentLength = segmentLength;
        this.nearLength = StateDescriptor.nearPlacesLength(segmentLength);
        this.gibibytes = new Mapping[(int) ((long) SegmentLink.MAX_PLACES * segmentLength / LENGTH)];
    }

    UnsafeBuffer segment(int place) {
        return mapped(place).segment;
    }

    Words records(int place) {
        return mapped(place).records;
    }

    private MappedPlace mapped(int place) {
        MappedPlace[] known = places;
        if (place < known.length) {
            MappedPlace mapped = known[place];
            if (mapped != null) {
                return mapped;
            }
        }
        return map(place);
    }

    /** All places of the first gibibyte, the near ones too. */
    UnsafeBuffer first() {
        UnsafeBuffer buffer = first;
        return buffer != null ? buffer : mapFirst();
    }

    private synchronized UnsafeBuffer mapFirst() {
        if (first == null) {
            first = gibibyte(0).buffer(0, LENGTH);
        }
        return first;
    }

    boolean isInFirst(int place) {
        return address(place) < LENGTH;
    }

    /** Where a place begins inside its gibibyte. */
    int offset(int place) {
        return (int) (address(place) & (LENGTH - 1));
    }

    /** Is it the first of a window, so that no segment reaches into it from before? */
    boolean beginsAt(int place) {
        return offset(place) == 0 || address(place) == nearLength;
    }

    /** Bytes from the beginning of a place to the end of its window: how long a segment can be. */
    int room(int place) {
        return isNear(place) ? nearLength - offset(place) : LENGTH - offset(place);
    }

    /** Maps the pages of places now, several of one window in a row, rather than at the first store to each. */
    void populate(int place, int count) {
        window(place).populateWrite(offset(place), (long) count * segmentLength);
    }

    @Override
    public synchronized void close() {
        closed = true;
        try (Mapping _ = near) {
            CloseHelper.closeAll(gibibytes);
        }
    }

    private long address(int place) {
        return (long) place * segmentLength;
    }

    private boolean isNear(int place) {
        return address(place) < nearLength;
    }

    private synchronized MappedPlace map(int place) {
        MappedPlace[] known = places;
        if (place >= known.length) {
            known = Arrays.copyOf(known, Math.max(place + 1, known.length * 2));
        } else if (known[place] != null) {
            return known[place];
        } else {
            known = known.clone();
        }
        Mapping window = window(place);
        known[place] =
            new MappedPlace(window.buffer(offset(place), room(place)), window.words(offset(place), room(place)));
        places = known;
        return known[place];
    }

    /** A place, and all that lies behind it in its window, in two views. */
    private record MappedPlace(UnsafeBuffer segment, Words records) {}

    /** Near or not, it begins where a gibibyte does. */
    private Mapping window(int place) {
        return isNear(place) ? near() : gibibyte((int) (address(place) / LENGTH));
    }

    private synchronized Mapping near() {
        checkOpen();
        if (near == null) {
            near = Mapping.shared(fd, PLACES_OFFSET, nearLength, what);
        }
        return near;
    }

    private synchronized Mapping gibibyte(int index) {
        checkOpen();
        if (gibibytes[index] == null) {
            gibibytes[index] = Mapping.shared(fd, PLACES_OFFSET + (long) index * LENGTH, LENGTH, what);
        }
        return gibibytes[index];
    }

    private void checkOpen() {
        if (closed) {
            throw new ErrnoException(Errno.EINVAL, what + " is closed");
        }
    }
}
