package dev.msqd.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The content of a file with holes: its length, and the pages that hold something, close together. Behind the last of a row one empty page
 * belongs to them. Unchangeable.
 */
final class StoredImage {
    static final int PAGE = 4096;

    private final long length;
    /** Where in the file each page of the content begins, in pages. */
    private final int[] pages;
    private final byte[] content;

    private StoredImage(long length, int[] pages, byte[] content) {
        this.length = length;
        this.pages = pages;
        this.content = content;
    }

    static StoredImage of(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        int count = (all.length + PAGE - 1) / PAGE;
        int[] pages = new int[count];
        byte[] content = new byte[all.length];
        int kept = 0;
        int filled = 0;
        boolean follows = true;
        for (int page = 0; page < count; page++) {
            int end = Math.min(all.length, (page + 1) * PAGE);
            boolean empty = isZero(all, page * PAGE, end);
            if (!empty || follows) {
                pages[kept++] = page;
                System.arraycopy(all, page * PAGE, content, filled, end - page * PAGE);
                filled += end - page * PAGE;
            }
            follows = !empty;
        }
        return new StoredImage(all.length, Arrays.copyOf(pages, kept), Arrays.copyOf(content, filled));
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        for (int index = from; index < to; index++) {
            if (bytes[index] != 0) {
                return false;
            }
        }
        return true;
    }

    /** A copy of the pages that hold something. */
    byte[] content() {
        return content.clone();
    }

    /** The same file with another content; one that is shorter cuts the file off there. */
    StoredImage with(byte[] changed) {
        long end = changed.length == content.length ? length
            : (long) pages[changed.length / PAGE] * PAGE + changed.length % PAGE;
        return new StoredImage(end, pages, changed);
    }

    /** Bytes of the file; holes and what is behind the end are zero. */
    byte[] bytes(int offset, int count) {
        byte[] found = new byte[count];
        for (int index = 0; index < count; index++) {
            int at = Arrays.binarySearch(pages, (offset + index) / PAGE) * PAGE + (offset + index) % PAGE;
            found[index] = at >= 0 && at < content.length ? content[at] : 0;
        }
        return found;
    }

    void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int index = 0; index * PAGE < content.length; index++) {
                int count = Math.min(PAGE, content.length - index * PAGE);
                channel.write(ByteBuffer.wrap(content, index * PAGE, count), (long) pages[index] * PAGE);
            }
            if (channel.size() < length) {
                // a hole up to the last byte
                channel.write(ByteBuffer.allocate(1), length - 1);
            }
        }
    }
}
