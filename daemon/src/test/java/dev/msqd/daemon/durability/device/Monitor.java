package dev.msqd.daemon.durability.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The control connection of a qemu-storage-daemon (QMP): one line of JSON a command, one a reply. */
final class Monitor implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader replies;

    private Monitor(SocketChannel channel) {
        this.channel = channel;
        this.replies = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    static Monitor connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        Monitor monitor = new Monitor(channel);
        monitor.replies.readLine();
        monitor.execute("qmp_capabilities", "{}");
        return monitor;
    }

    /**
     * Has a command carried out.
     *
     * @param arguments JSON
     * @throws IOException it was refused
     */
    synchronized void execute(String command, String arguments) throws IOException {
        String request = "{\"execute\": \"" + command + "\", \"arguments\": " + arguments + "}\n";
        ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        String reply = replies.readLine();
        while (reply != null && reply.startsWith("{\"timestamp\"")) { // an event, of no interest
            reply = replies.readLine();
        }
        if (reply == null || !reply.startsWith("{\"return\"")) {
            throw new IOException(request + " was answered by " + reply);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
