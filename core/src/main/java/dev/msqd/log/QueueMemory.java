package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.NEAR_STATE_LENGTH;
import static dev.msqd.layout.StateDescriptor.PAGE_LENGTH;
import static dev.msqd.layout.StateDescriptor.PLACES_OFFSET;
import static dev.msqd.layout.StateDescriptor.READY;
import static dev.msqd.layout.StateDescriptor.READY_OFFSET;
import static dev.msqd.layout.StateDescriptor.SEGMENT_TABLE_OFFSET;
import static dev.msqd.layout.StateDescriptor.SLOTS_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.calls.Membarrier;
import dev.msqd.calls.Words;
import dev.msqd.layout.StateDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.BitUtil;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A queue's hot file, mapped into this process.
 *
 * <p>The state with the first entries of the segment table is all that most queues use of what is before the places: it is mapped by itself,
 * in a short piece, for the same reason as the near places ({@link Windows}). The whole is mapped when more of the table is used.
 *
 * <p>All methods may be used by any thread.
 */
public final class QueueMemory implements AutoCloseable {
    public static final int MIN_SEGMENT_LENGTH = 16 * 1024;
    public static final int MAX_SEGMENT_LENGTH = 512 * 1024 * 1024;

    private static final String FILE_NAME = "queue";

    private final int fd;
    private final String what;
    private final Mapping stateMapping;
    private final Words stateWords;
    private final QueueState queueState;
    private final CommitTickets commitTickets;
    private final int segmentLength;
    private final Windows windows;
    private Mapping wholeState;
    private volatile Words wholeStateWords;
    private volatile boolean closed;

    private QueueMemory(int fd, String what, Mapping stateMapping, int segmentLength) {
        this.fd = fd;
        this.what = what;
        this.stateMapping = stateMapping;
        this.stateWords = stateMapping.words(0, NEAR_STATE_LENGTH);
        this.queueState = new QueueState(stateWords);
        this.commitTickets = new CommitTickets(stateWords, stateMapping.address());
        this.segmentLength = segmentLength;
        this.windows = new Windows(fd, what, segmentLength);
    }

    /**
     * Bytes of a segment for a queue that holds {@code qbytes}: the power of two that holds twice as many. A queue goes through all of the
     * three or four segments that it has, so a small one with long segments would go through memory that no cache holds.
     *
     * @param most a power of two from {@link #MIN_SEGMENT_LENGTH} to {@link #MAX_SEGMENT_LENGTH}
     */
    public static int segmentLength(long qbytes, int most) {
        int twice = 2 * Math.clamp(qbytes, 1, most);
        return Math.clamp(BitUtil.findNextPositivePowerOfTwo(twice), MIN_SEGMENT_LENGTH, most);
    }

    /**
     * A new, empty queue in a new folder. For the daemon.
     *
     * @throws ErrnoException ENOSPC where the file system of the hot directory is full, EEXIST, EINVAL for a segment length out
     *                        of range
     */
    public static QueueMemory create(Path folder, QueueParameters parameters) {
        int length = parameters.segmentLength();
        if (!BitUtil.isPowerOfTwo(length) || length < MIN_SEGMENT_LENGTH || length > MAX_SEGMENT_LENGTH) {
            throw new ErrnoException(Errno.EINVAL, "segment length " + length + " is not a power of two from "
                + MIN_SEGMENT_LENGTH + " to " + MAX_SEGMENT_LENGTH);
        }
        Path file = file(folder);
        try {
            Files.createDirectories(folder);
        } catch (java.io.IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot create " + folder + ": " + e.getMessage(), e);
        }
        int fd =
            LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT | LinuxFile.O_EXCL | LinuxFile.O_CLOEXEC, 0600);
        try {
            LinuxFile.truncate(fd, PLACES_OFFSET);
            LinuxFile.fallocate(fd, 0, PAGE_LENGTH);
            QueueMemory memory = new QueueMemory(fd, file.toString(), map(fd, file.toString()), length);
            memory.queueState.initialise(parameters);
            memory.stateWords.putLongVolatile(READY_OFFSET, READY);
            return memory;
        } catch (RuntimeException e) {
            LinuxFile.close(fd);
            file.toFile().delete();
            throw e;
        }
    }

    /**
     * The hot file of a queue from before. For the daemon.
     *
     * @throws ErrnoException ENOENT; EIO where the file is not one of this version, or is cut short
     */
    public static QueueMemory open(Path folder) {
        Path file = file(folder);
        return adopt(LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CLOEXEC, 0), file.toString());
    }

    /**
     * The hot file behind a descriptor that the daemon handed over. The descriptor is this object's from now on.
     *
     * @throws ErrnoException EIO where the file is not one of this version, or is cut short
     */
    public static QueueMemory adopt(int fd, String what) {
        try {
            long size = LinuxFile.size(fd);
            if (size < PLACES_OFFSET) {
                throw damaged(what, "is cut short: " + size + " bytes of at least " + PLACES_OFFSET);
            }
            Mapping mapping = map(fd, what);
            UnsafeBuffer state = mapping.buffer(0, PAGE_LENGTH);
            long ready = state.getLongVolatile(READY_OFFSET);
            if (!StateDescriptor.isMagic(ready)) {
                throw damaged(what, "is not a queue's hot file, or was never finished");
            }
            if (ready != READY) {
                throw damaged(what, "has version " + StateDescriptor.version(ready) + "; this msqd reads version "
                    + StateDescriptor.version(READY));
            }
            int length = state.getInt(StateDescriptor.SEGMENT_LENGTH_OFFSET);
            if (!BitUtil.isPowerOfTwo(length) || length < MIN_SEGMENT_LENGTH || length > MAX_SEGMENT_LENGTH) {
                throw damaged(what, "names a segment length of " + length);
            }
            QueueMemory memory = new QueueMemory(fd, what, mapping, length);
            long needed = PLACES_OFFSET + memory.address(new SegmentTable(memory).usedPlaces());
            long present = LinuxFile.size(fd);
            if (present < needed) {
                throw damaged(what, "is cut short: " + present + " bytes, but its segments take " + needed);
            }
            return memory;
        } catch (RuntimeException e) {
            LinuxFile.close(fd);
            throw e;
        }
    }

    /** The file that {@link #create} makes in a queue's folder. */
    public static Path file(Path folder) {
        return folder.resolve(FILE_NAME);
    }

    /** The descriptor that gives another process this memory; it stays this object's. */
    public int fd() {
        return fd;
    }

    public QueueState state() {
        return queueState;
    }

    /** Bytes of a place, and of a segment that is not a long one; a power of two. */
    public int segmentLength() {
        return segmentLength;
    }

    /** File name, for messages. */
    public String what() {
        return what;
    }

    public boolean isClosed() {
        return closed;
    }

    /** The file is given up; memory that a straggling thread still touches is harmless and private from now on. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            CloseHelper.closeAll(windows, wholeState, stateMapping);
        } finally {
            LinuxFile.close(fd);
        }
    }

    /** State page, slots, what receivers want, and the first entries of the segment table. */
    Words stateWords() {
        return stateWords;
    }

    /**
     * The same with all entries of the table.
     *
     * @throws ErrnoException ENOMEM where it can't be mapped, EINVAL when the memory is closed; not once it has returned
     */
    Words wholeStateWords() {
        Words words = wholeStateWords;
        return words != null ? words : mapWholeState();
    }

    private synchronized Words mapWholeState() {
        if (wholeStateWords == null) {
            checkOpen();
            wholeState = Mapping.shared(fd, 0, PLACES_OFFSET, what);
            wholeStateWords = wholeState.words(0, PLACES_OFFSET);
        }
        return wholeStateWords;
    }

    public CommitTickets commitTickets() {
        return commitTickets;
    }

    /** Address in this process of a byte of the state buffer: futexes live there. */
    long stateAddress(int offset) {
        return stateMapping.address() + offset;
    }

    /**
     * What a place holds, and all that lies behind it in its window: how long the segment is the table tells, and the caller
     * minds it. Places must be allocated before they are touched.
     */
    public UnsafeBuffer segment(int place) {
        return windows.segment(place);
    }

    /** The records of a place, and all that lies behind it in its window, without checks of offsets. */
    Words records(int place) {
        return windows.records(place);
    }

    Windows windows() {
        return windows;
    }

    /** One buffer over all places of the first gibibyte, for those who need many segments in one. */
    public UnsafeBuffer firstWindow() {
        return windows.first();
    }

    public boolean isInFirstWindow(int place) {
        return windows.isInFirst(place);
    }

    /** Where a place begins inside its gibibyte. */
    public int windowOffset(int place) {
        return windows.offset(place);
    }

    /** Address of a place: bytes from the first one. */
    long address(int place) {
        return (long) place * segmentLength;
    }

    int placeOf(long address) {
        return (int) (address / segmentLength);
    }

    int offsetOf(long address) {
        return (int) address & (segmentLength - 1);
    }

    /** Allocates a place's blocks, so that stores to it can't fail. */
    void allocate(int place) {
        allocate(place, 1);
    }

    /** The same for several in a row. */
    synchronized void allocate(int place, int count) {
        checkOpen();
        LinuxFile.fallocate(fd, PLACES_OFFSET + address(place), (long) count * segmentLength);
    }

    /** Gives a place's blocks back to the file system. */
    synchronized void release(int place) {
        checkOpen();
        LinuxFile.punchHole(fd, PLACES_OFFSET + address(place), segmentLength);
    }

    /** Allocates the pages that a slot lies in, and what its receiver wants. */
    synchronized void allocateSlot(int slot) {
        checkOpen();
        LinuxFile.fallocate(fd, pageOf(StateDescriptor.WANTED_OFFSET + slot), PAGE_LENGTH);
        LinuxFile.fallocate(fd, pageOf(StateDescriptor.slotOffset(slot)), PAGE_LENGTH);
    }

    /** Allocates the page that a place's table entry lies in. */
    synchronized void allocateEntry(int place) {
        checkOpen();
        LinuxFile.fallocate(fd, pageOf(StateDescriptor.entryOffset(place)), PAGE_LENGTH);
    }

    /**
     * With the lock before the descriptor is used: its number may be another file's after a close.
     *
     * @throws ErrnoException EINVAL
     */
    void checkOpen() {
        if (closed) {
            throw new ErrnoException(Errno.EINVAL, what + " is closed");
        }
    }

    private static Mapping map(int fd, String what) {
        // Before anything is published there: who arms counts on it (ArmedSlots).
        Membarrier.register();
        return Mapping.shared(fd, 0, NEAR_STATE_LENGTH, what);
    }

    private static long pageOf(int offset) {
        return offset & -PAGE_LENGTH;
    }

    private static ErrnoException damaged(String what, String why) {
        return new ErrnoException(Errno.EIO, what + " " + why);
    }

    static {
        if (SLOTS_OFFSET % PAGE_LENGTH != 0 || SEGMENT_TABLE_OFFSET % PAGE_LENGTH != 0
            || StateDescriptor.WANTED_OFFSET % PAGE_LENGTH != 0) {
            throw new AssertionError("parts of the hot file must begin at pages");
        }
    }
}
