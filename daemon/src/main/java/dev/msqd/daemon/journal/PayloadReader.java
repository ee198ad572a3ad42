package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.BatchDescriptor.KIND_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.MTYPE_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.PAYLOAD_LENGTH_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.PAYLOAD_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.POSITION_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.SEND;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads messages of which a replay knows the places. They are mostly asked for in the order in which they lie in each
 * of a few files, so it keeps a window of each.
 */
final class PayloadReader {
    private static final int WINDOW_LENGTH = 256 << 10;
    private static final int WINDOWS = 16;

    private static final class Window {
        private ByteBuffer bytes;
        private UnsafeBuffer buffer;
        private long offset;

        private Window(int capacity) {
            allocate(capacity);
        }

        private void allocate(int capacity) {
            bytes = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN).limit(0);
            buffer = new UnsafeBuffer(bytes);
        }

        private boolean holds(long from, long count) {
            return from >= offset && from + count <= offset + bytes.limit();
        }
    }

    private final LogStorage storage;
    private final LinkedHashMap<Integer, Window> windows = new LinkedHashMap<>(2 * WINDOWS, 0.75f, true);

    PayloadReader(LogStorage storage) {
        this.storage = storage;
    }

    void read(long position, long place, LiveMessageHandler handler) {
        int file = Places.file(place);
        long offset = Places.offset(place);
        Window window = windows.get(file);
        if (window == null) {
            window = window(file);
        }
        load(window, file, offset, PAYLOAD_OFFSET);
        int entry = (int) (offset - window.offset);
        int length = window.bytes.getInt(entry + PAYLOAD_LENGTH_OFFSET);
        if (window.bytes.getInt(entry + KIND_OFFSET) != SEND
            || window.bytes.getLong(entry + POSITION_OFFSET) != position
            || length < 0) {
            throw changed(file, offset);
        }
        load(window, file, offset, (long) PAYLOAD_OFFSET + length);
        entry = (int) (offset - window.offset);
        handler.onMessage(position, window.bytes.getLong(entry + MTYPE_OFFSET), window.buffer, entry + PAYLOAD_OFFSET,
            length);
    }

    /** A new one, in place of the one that was used longest ago. */
    private Window window(int file) {
        Window window = windows.size() < WINDOWS ? new Window(WINDOW_LENGTH) : windows.pollFirstEntry().getValue();
        window.bytes.limit(0);
        windows.put(file, window);
        return window;
    }

    private void load(Window window, int file, long offset, long count) {
        if (window.holds(offset, count)) {
            return;
        }
        try (LogFile open = storage.open(file)) {
            if (count > open.length() - offset) {
                throw changed(file, offset);
            }
            if (count > window.bytes.capacity()) {
                window.allocate((int) count);
            }
            window.offset = offset;
            open.read(window.bytes.clear(), offset);
            window.bytes.flip();
        }
        if (window.bytes.limit() < count) {
            throw changed(file, offset);
        }
    }

    private ErrnoException changed(int file, long offset) {
        return new ErrnoException(Errno.EIO, "log " + storage.name() + ", file " + file + ", offset " + offset
            + ": changed since it was read");
    }
}
