package dev.msqd.daemon.trace;

import static dev.msqd.layout.TraceDescriptor.CAPACITY;
import static dev.msqd.layout.TraceDescriptor.EVENT_LENGTH;
import static dev.msqd.layout.TraceDescriptor.FILE_LENGTH;
import static dev.msqd.layout.TraceDescriptor.LOST;
import static dev.msqd.layout.TraceDescriptor.LOST_OFFSET;
import static dev.msqd.layout.TraceDescriptor.READY;
import static dev.msqd.layout.TraceDescriptor.READY_OFFSET;
import static dev.msqd.layout.TraceDescriptor.RECORD_LENGTH;
import static dev.msqd.layout.TraceDescriptor.RING_LENGTH;
import static dev.msqd.layout.TraceDescriptor.RING_OFFSET;
import static dev.msqd.layout.TraceDescriptor.TOLD_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.layout.TraceDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's end of a client's trace ring. The client may write there what it likes, so nothing is believed that does not fit: a ring
 * in which something doesn't is not read any more. It is read as Agrona's own ring buffer would, but every record is as long as an
 * event.
 *
 * <p>The conductor makes it, and says when its client is gone; all else is the recorder's.
 */
final class ClientRing {
    private static final Logger LOG = LoggerFactory.getLogger(ClientRing.class);
    private static final int PADDING = -1;
    private static final int HEAD_OFFSET = CAPACITY + RingBufferDescriptor.HEAD_POSITION_OFFSET;
    private static final int TAIL_OFFSET = CAPACITY + RingBufferDescriptor.TAIL_POSITION_OFFSET;
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    /** A claim takes nanoseconds. One that is not seen for so long was of a daemon that was killed while it took it away. */
    private static final long GAP_PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final int pid;
    private final int uid;
    private final UnsafeBuffer event = new UnsafeBuffer(new byte[EVENT_LENGTH]);
    private volatile boolean ended;

    private Mapping mapping;
    private UnsafeBuffer header;
    private UnsafeBuffer ring;
    private long head;
    private long nextLookNs;
    private long gapSinceNs;
    private boolean damaged;

    /**
     * @param pid of the client as the kernel says, or 0
     * @param uid of the client as the kernel says
     */
    ClientRing(Path file, int pid, int uid, long nowNs) {
        this.file = file;
        this.pid = pid;
        this.uid = uid;
        this.nextLookNs = nowNs;
    }

    /**
     * A descriptor to hand to the client; the caller closes it. The file is made if there is none.
     *
     * @throws ErrnoException EMFILE, ENOSPC naming the file
     */
    int openFile() {
        int fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        try {
            if (LinuxFile.size(fd) < FILE_LENGTH) {
                LinuxFile.truncate(fd, FILE_LENGTH);
            }
            return fd;
        } catch (ErrnoException e) {
            LinuxFile.close(fd);
            throw e;
        }
    }

    /** The client is gone: nothing more comes. Any thread. */
    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }

    /** Hands over what there is, {@code limit} events at most; returns how many. */
    int drain(EventHandler handler, int limit, long nowNs) {
        try {
            if (damaged || ring == null && !open(nowNs)) {
                return 0;
            }
            int events = drainRecords(handler, limit, nowNs);
            return events + tellLost(handler);
        } catch (ErrnoException | InternalError e) {
            // InternalError: the client cut the file short, and its pages are gone.
            giveUp(e.toString());
            return 0;
        }
    }

    /** Lets go of it. */
    void close() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
            ring = null;
            header = null;
        }
    }

    /** Deletes the file; who has it mapped keeps it. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", file, e.toString());
        }
    }

    Path file() {
        return file;
    }

    /** Looks now and then whether the client began to use it; read, because touching a mapped hole would take memory. */
    private boolean open(long nowNs) {
        if (nowNs - nextLookNs < 0 && !ended) {
            return false;
        }
        nextLookNs = nowNs + LOOK_INTERVAL_NS;
        int fd;
        try {
            fd = LinuxFile.open(file, LinuxFile.O_RDWR, 0);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                // The conductor knows of the client already, but makes the file with the answer to its greeting.
                return false;
            }
            throw e;
        }
        try {
            ByteBuffer ready = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            LinuxFile.read(fd, ready, READY_OFFSET);
            if (ready.getLong(0) == 0) {
                return false;
            }
            if (ready.getLong(0) != READY || LinuxFile.size(fd) < FILE_LENGTH) {
                throw new ErrnoException(Errno.EIO, file + " is not a trace ring of this version");
            }
            mapping = Mapping.shared(fd, 0, FILE_LENGTH, file.toString());
        } finally {
            LinuxFile.close(fd);
        }
        header = mapping.buffer(0, RING_OFFSET);
        ring = mapping.buffer(RING_OFFSET, RING_LENGTH);
        head = ring.getLongVolatile(HEAD_OFFSET);
        if (head < 0 || head % RecordDescriptor.ALIGNMENT != 0) {
            throw new ErrnoException(Errno.EIO, "its head is at " + head);
        }
        return true;
    }

    private int drainRecords(EventHandler handler, int limit, long nowNs) {
        int events = 0;
        int skipped = 0;
        while (events < limit) {
            int index = (int) head & (CAPACITY - 1);
            int length = ring.getIntVolatile(index);
            if (length <= 0) {
                if (!isStuck(length, nowNs)) {
                    break;
                }
                if (++skipped > CAPACITY / RECORD_LENGTH + 1) {
                    throw new ErrnoException(Errno.EIO, "its tail is at " + ring.getLong(TAIL_OFFSET));
                }
                pass(index, Math.min(RECORD_LENGTH, CAPACITY - index));
                continue;
            }
            gapSinceNs = 0;
            int type = ring.getInt(RecordDescriptor.typeOffset(index));
            if (type == PADDING) {
                int aligned = BitUtil.align(length, RecordDescriptor.ALIGNMENT);
                if (aligned < 0 || aligned > CAPACITY - index) {
                    throw damage(index, length, type);
                }
                pass(index, aligned);
            } else {
                if (!TraceDescriptor.isCall(type) || length != RecordDescriptor.HEADER_LENGTH + EVENT_LENGTH
                    || RECORD_LENGTH > CAPACITY - index) {
                    throw damage(index, length, type);
                }
                event.putBytes(0, ring, RecordDescriptor.encodedMsgOffset(index), EVENT_LENGTH);
                vouch();
                handler.onEvent(type, event);
                pass(index, RECORD_LENGTH);
                events++;
            }
        }
        return events;
    }

    /**
     * What the kernel says counts more than what the client says. For which process it forwards a call, the client alone knows; for which
     * user it may, is root's or itself.
     */
    private void vouch() {
        boolean forwarded = event.getInt(TraceDescriptor.FORWARDED_OFFSET) != 0;
        if (pid != 0 && !forwarded) {
            event.putInt(TraceDescriptor.PROCESS_OFFSET, pid);
        }
        if (pid != 0 && !(forwarded && uid == 0)) {
            event.putInt(TraceDescriptor.USER_OFFSET, uid);
        }
    }

    /**
     * Something is claimed at the head and will never be written: by a client that died, or it was taken already by a daemon that was
     * killed before it moved the head.
     */
    private boolean isStuck(int length, long nowNs) {
        if (ring.getLongVolatile(TAIL_OFFSET) - head <= 0) {
            gapSinceNs = 0;
            return false;
        }
        if (ended) {
            return true;
        }
        if (length < 0) {
            return false;
        }
        if (gapSinceNs == 0) {
            gapSinceNs = nowNs;
        }
        return nowNs - gapSinceNs > GAP_PATIENCE_NS;
    }

    /** Zeroes first: whoever claims the room next must not find a length there. */
    private void pass(int index, int length) {
        for (int offset = index; offset < index + length; offset += Long.BYTES) {
            ring.putLong(offset, 0);
        }
        head += length;
        ring.putLongRelease(HEAD_OFFSET, head);
    }

    private int tellLost(EventHandler handler) {
        long lost = header.getLongVolatile(LOST_OFFSET);
        long told = header.getLong(TOLD_OFFSET);
        if (lost <= told) {
            return 0;
        }
        // The process is the one of the last event; what concerns a call is blank.
        long name = event.getLong(TraceDescriptor.NAME_OFFSET);
        long nameHigh = event.getLong(TraceDescriptor.NAME_OFFSET + Long.BYTES);
        int process = event.getInt(TraceDescriptor.PROCESS_OFFSET);
        int parent = event.getInt(TraceDescriptor.PARENT_OFFSET);
        int user = event.getInt(TraceDescriptor.USER_OFFSET);
        event.setMemory(0, EVENT_LENGTH, (byte) 0);
        event.putLong(TraceDescriptor.TIMESTAMP_OFFSET, org.agrona.concurrent.SystemEpochNanoClock.INSTANCE.nanoTime());
        event.putLong(TraceDescriptor.SIZE_OFFSET, lost - told);
        event.putInt(TraceDescriptor.PROCESS_OFFSET, process);
        event.putInt(TraceDescriptor.PARENT_OFFSET, parent);
        event.putInt(TraceDescriptor.USER_OFFSET, user);
        event.putLong(TraceDescriptor.NAME_OFFSET, name);
        event.putLong(TraceDescriptor.NAME_OFFSET + Long.BYTES, nameHigh);
        vouch();
        handler.onEvent(LOST, event);
        header.putLongRelease(TOLD_OFFSET, lost);
        return 1;
    }

    private static ErrnoException damage(int index, int length, int type) {
        return new ErrnoException(Errno.EIO, "record of type " + type + " and length " + length + " at " + index);
    }

    private void giveUp(String why) {
        damaged = true;
        LOG.warn("{} is damaged, and the calls of process {} are not traced: {}", file, pid, why);
    }
}
