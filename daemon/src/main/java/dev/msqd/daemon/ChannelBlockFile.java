package dev.msqd.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A real file. */
final class ChannelBlockFile implements BlockFile {
    private final FileChannel channel;

    ChannelBlockFile(Path file) throws IOException {
        this(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    private ChannelBlockFile(FileChannel channel) {
        this.channel = channel;
    }

    /** One that cannot be written. */
    static ChannelBlockFile readOnly(Path file) throws IOException {
        return new ChannelBlockFile(FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public long length() throws IOException {
        return channel.size();
    }

    @Override
    public void read(ByteBuffer into, long offset) throws IOException {
        while (into.hasRemaining()) {
            int count = channel.read(into, offset);
            if (count < 0) {
                throw new EOFException("the file ends at " + offset);
            }
            offset += count;
        }
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
        while (from.hasRemaining()) {
            offset += channel.write(from, offset);
        }
    }

    @Override
    public void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
