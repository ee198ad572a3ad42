package dev.msqd.bench.durable;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/** A list of Redis, whose file is synced before it answers. Each thread has a connection of its own. */
final class RedisServer implements Durable {
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_MS = 20;

    private final Process server;
    private final UnixDomainSocketAddress address;
    private final List<SocketChannel> connections = new ArrayList<>();
    private final ThreadLocal<Connection> connection = ThreadLocal.withInitial(Connection::new);

    private RedisServer(Process server, UnixDomainSocketAddress address) {
        this.server = server;
        this.address = address;
    }

    /** Whether it can be had. */
    static boolean isInstalled() {
        try {
            return new ProcessBuilder("redis-server", "--version").redirectOutput(Redirect.DISCARD).start().waitFor()
                == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static RedisServer create(Path folder) throws IOException {
        Files.createDirectory(folder);
        Path socket = folder.resolve("socket");
        Process server = new ProcessBuilder("redis-server", "--port", "0", "--unixsocket", socket.toString(), "--dir",
            folder.toString(), "--appendonly", "yes", "--appendfsync", "always", "--save", "")
            .redirectOutput(Redirect.DISCARD).redirectError(Redirect.INHERIT).start();
        long end = System.nanoTime() + START_TIMEOUT_NS;
        while (!Files.exists(socket)) {
            if (!server.isAlive() || System.nanoTime() - end > 0) {
                server.destroyForcibly();
                throw new IOException("redis-server does not serve " + socket);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                server.destroyForcibly();
                throw new IOException(e);
            }
        }
        return new RedisServer(server, UnixDomainSocketAddress.of(socket));
    }

    @Override
    public void append(ByteBuffer message) throws IOException {
        connection.get().push(message);
    }

    @Override
    public void close() {
        synchronized (connections) {
            CloseHelper.closeAll(connections);
        }
        server.destroy();
        server.onExit().join();
    }

    private final class Connection {
        private static final int ROOM = 4096;

        private final ByteBuffer command = ByteBuffer.allocateDirect(ROOM);
        private final ByteBuffer answer = ByteBuffer.allocateDirect(ROOM);
        private SocketChannel channel;

        /** RPUSH, and its answer: {@code :LENGTH}, a line. */
        void push(ByteBuffer message) throws IOException {
            if (channel == null) {
                channel = SocketChannel.open(address);
                synchronized (connections) {
                    connections.add(channel);
                }
            }
            command.clear();
            command.put(("*3\r\n$5\r\nRPUSH\r\n$5\r\nbench\r\n$" + message.remaining() + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
            command.put(message.duplicate()).put((byte) '\r').put((byte) '\n').flip();
            while (command.hasRemaining()) {
                channel.write(command);
            }
            answer.clear();
            do {
                if (channel.read(answer) < 0) {
                    throw new IOException("redis-server hung up");
                }
            } while (answer.get(answer.position() - 1) != '\n');
            if (answer.get(0) != ':') {
                throw new IOException("redis-server refused: "
                    + StandardCharsets.US_ASCII.decode(answer.flip()).toString().strip());
            }
        }
    }
}
