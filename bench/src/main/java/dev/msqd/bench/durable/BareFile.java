package dev.msqd.bench.durable;

import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** The limit: whole pages, one write and one sync for each batch, nothing that could be read again. */
final class BareFile implements DurableLog {
    static final int PAGE_LENGTH = 4096;

    /** Written round and round, so that a long run needs no more. */
    private static final int PREPARED_LENGTH = 8 << 20;

    /** Never written twice, however long the run is. */
    private static final long RESERVED_LENGTH = 512L << 20;

    private final FileChannel file;
    private final long wrapAt;
    private final boolean syncs;
    private final ByteBuffer pages;
    private long position;

    private BareFile(FileChannel file, long wrapAt, boolean syncs) {
        this.file = file;
        this.wrapAt = wrapAt;
        this.syncs = syncs;
        pages = ByteBuffer.allocateDirect((DurableRound.MAX_SENDERS + 1) * PAGE_LENGTH).alignedSlice(PAGE_LENGTH);
    }

    /** Every batch lies behind the end of the file: the sync also writes the new size and the new blocks. */
    static BareFile growing(Path path) throws IOException {
        return new BareFile(create(path), Long.MAX_VALUE, true);
    }

    /** Blocks are reserved, but never written: the sync also writes that they now hold something. */
    static BareFile reserved(Path path) throws IOException {
        int fd = LinuxFile.open(path, LinuxFile.O_CREAT | LinuxFile.O_EXCL | LinuxFile.O_WRONLY, 0600);
        try {
            LinuxFile.fallocate(fd, 0, RESERVED_LENGTH);
            LinuxFile.fsync(fd);
        } finally {
            LinuxFile.close(fd);
        }
        return new BareFile(FileChannel.open(path, StandardOpenOption.WRITE), RESERVED_LENGTH, true);
    }

    /** Blocks have been written before: the sync writes data alone. */
    static BareFile prewritten(Path path) throws IOException {
        FileChannel file = create(path);
        prewrite(file);
        return new BareFile(file, PREPARED_LENGTH, true);
    }

    /** As {@link #prewritten}, past the page cache; each write is its own sync. */
    static BareFile direct(Path path) throws IOException {
        try (FileChannel file = create(path)) {
            prewrite(file);
        }
        return new BareFile(
            FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.DSYNC, directOption()),
            PREPARED_LENGTH, false);
    }

    @Override
    public void append(List<ByteBuffer> messages) throws IOException {
        pages.clear();
        messages.forEach(message -> pages.put(message.duplicate()));
        pages.limit(Math.ceilDiv(pages.position(), PAGE_LENGTH) * PAGE_LENGTH).position(0);
        if (position + pages.limit() > wrapAt) {
            position = 0;
        }
        position += write(file, pages, position);
        if (syncs) {
            file.force(false);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Writes all that remains; returns how many bytes that was. */
    private static int write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        int length = bytes.remaining();
        for (long at = position; bytes.hasRemaining();) {
            at += file.write(bytes, at);
        }
        return length;
    }

    private static FileChannel create(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** By name: javac warns of the class, and can't be told not to. */
    private static OpenOption directOption() {
        try {
            return Arrays.stream(Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants())
                .filter(option -> option.toString().equals("DIRECT"))
                .map(OpenOption.class::cast)
                .findFirst().orElseThrow();
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("this JDK has no O_DIRECT", e);
        }
    }

    private static void prewrite(FileChannel file) throws IOException {
        write(file, ByteBuffer.allocateDirect(PREPARED_LENGTH), 0);
        file.force(true);
    }
}
