package dev.msqd.bench.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.CloseHelper;

/** A Unix domain stream socket: the receiver listens, the sender connects. One of each. */
final class UnixSocketPeer implements Peer {
    private static final long LOOK_MS = 2;

    @Override
    public String label() {
        return "Unix socket";
    }

    @Override
    public Link make(Site site, Shape shape) {
        Path path = site.newPath("socket-");
        return new Link(path.toString(), () -> Files.deleteIfExists(path));
    }

    @Override
    public Line open(String address, End end, Shape shape) throws IOException {
        return new SocketLine(UnixDomainSocketAddress.of(address), end, shape);
    }

    private static final class SocketLine implements Line {
        private final UnixDomainSocketAddress address;
        private final boolean polling;
        private final int length;
        private final ByteBuffer outgoing;
        private final ByteBuffer incoming;
        private final ServerSocketChannel listener;
        private SocketChannel channel;

        /** The receiver only listens: who opens two lines, one of each kind, must not wait for the other process to do the same. */
        SocketLine(UnixDomainSocketAddress address, End end, Shape shape) throws IOException {
            this.address = address;
            polling = shape.polling();
            length = shape.length();
            outgoing = ByteBuffer.allocateDirect(length);
            outgoing.limit(0);
            incoming = ByteBuffer.allocateDirect(length);
            listener = end == End.RECEIVES ? ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address) : null;
        }

        @Override
        public boolean trySend(long number) {
            try {
                if (!outgoing.hasRemaining()) {
                    outgoing.clear();
                    outgoing.putLong(0, number);
                }
                channel().write(outgoing);
                return !outgoing.hasRemaining();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public long tryReceive() {
            try {
                if (channel().read(incoming) < 0) {
                    throw new IOException("the sender is gone");
                }
                if (incoming.hasRemaining()) {
                    return NONE;
                }
                incoming.clear();
                return incoming.getLong(0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            CloseHelper.closeAll(channel, listener);
        }

        private SocketChannel channel() throws IOException {
            if (channel == null) {
                channel = listener == null ? connect() : listener.accept();
                channel.configureBlocking(!polling);
            }
            return channel;
        }

        private SocketChannel connect() throws IOException {
            while (!Files.exists(address.getPath())) {
                try {
                    Thread.sleep(LOOK_MS);
                } catch (InterruptedException e) {
                    throw new IOException("interrupted before " + address + " was there", e);
                }
            }
            return SocketChannel.open(address);
        }
    }
}
