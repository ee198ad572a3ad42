package dev.msqd.daemon.durability.device;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** All writes that a device got, in their order: {@link WriteLogDescriptor}. Any thread may ask for the number of entries. */
public final class WriteLog implements AutoCloseable {
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final List<Entry> entries = new ArrayList<>();
    private long end;

    /**
     * A write, a flush or a discard.
     *
     * @param offset in bytes, of the device
     * @param length in bytes
     * @param data   where in the log the bytes are
     */
    record Entry(long offset, long length, long flags, long data) {
        boolean isFlush() {
            return (flags & WriteLogDescriptor.FLUSH) != 0;
        }

        boolean isDiscard() {
            return (flags & WriteLogDescriptor.DISCARD) != 0;
        }
    }

    public WriteLog(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    /** How many writes the device has got; those of a device in use may be more by now, never fewer. */
    public int size() {
        long size;
        long again = entryCount();
        do { // the number is being overwritten meanwhile, by who knows what stores
            size = again;
            again = entryCount();
        } while (size != again);
        return Math.toIntExact(size);
    }

    /**
     * All entries that there are now.
     *
     * @throws IOException what is there is no log of writes
     */
    List<Entry> entries() throws IOException {
        if (size() == 0) {
            return entries;
        }
        if (memory.get(JAVA_LONG, WriteLogDescriptor.MAGIC_OFFSET) != WriteLogDescriptor.MAGIC
            || memory.get(JAVA_LONG, WriteLogDescriptor.VERSION_OFFSET) != WriteLogDescriptor.VERSION) {
            throw new IOException("not a log of writes, or of another version");
        }
        int sectorLength = memory.get(JAVA_INT_UNALIGNED, WriteLogDescriptor.SECTOR_LENGTH_OFFSET);
        if (end == 0) {
            end = sectorLength;
        }
        for (int count = size(); entries.size() < count;) {
            Entry entry = read(sectorLength);
            entries.add(entry);
            end = entry.data + (entry.isDiscard() ? 0 : entry.length);
        }
        return entries;
    }

    /** What was written. */
    MemorySegment data(Entry entry) {
        return memory.asSlice(entry.data, entry.length);
    }

    @Override
    public void close() {
        arena.close();
    }

    private Entry read(int sectorLength) throws IOException {
        long sector = memory.get(JAVA_LONG_UNALIGNED, end + WriteLogDescriptor.SECTOR_OFFSET);
        long sectors = memory.get(JAVA_LONG_UNALIGNED, end + WriteLogDescriptor.SECTORS_OFFSET);
        long flags = memory.get(JAVA_LONG_UNALIGNED, end + WriteLogDescriptor.FLAGS_OFFSET);
        long data = end + sectorLength;
        boolean hasData = (flags & WriteLogDescriptor.DISCARD) == 0;
        if ((flags & WriteLogDescriptor.MARK) != 0 || sectors < 0
            || hasData && sectors > (memory.byteSize() - data) / sectorLength) {
            throw new IOException("entry " + entries.size() + " of the log of writes makes no sense");
        }
        return new Entry(sector * sectorLength, sectors * sectorLength, flags, data);
    }

    private long entryCount() {
        return (long) LONG.getVolatile(memory, (long) WriteLogDescriptor.ENTRIES_OFFSET);
    }
}
