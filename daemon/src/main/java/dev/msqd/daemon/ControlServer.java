package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Processes;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.GreetingCodec;
import dev.msqd.client.control.HelloReply;
import dev.msqd.client.control.Packet;
import dev.msqd.daemon.trace.Tracing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control socket: lets clients in and answers them, one request each time a connection is ready. Nothing waits: who
 * does not read its replies is disconnected. The conductor's alone.
 */
final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    /** Whoever reaches the socket may connect: permission is by credentials. */
    private static final int SOCKET_MODE = 0666;
    private static final int[] NO_FDS = {};
    private static final int NO_FD = -1;

    private final Path path;
    private final UnixSocket listener;
    private final Watch watch;
    private final Clients clients;
    private final Requests requests;
    private final Queues queues;
    private final Registry registry;
    private final Tracing tracing;
    private final Set<Connection> connections = new LinkedHashSet<>();
    private final Packet request = new Packet();
    private final Packet reply = new Packet();
    private boolean accepting;

    /**
     * Begins to listen. The directory's lock is held, so that a socket file found there is a dead daemon's.
     *
     * @throws ErrnoException EACCES, ENAMETOOLONG, EIO naming the socket
     */
    ControlServer(Path path, Watch watch, Clients clients, Queues queues, Counting counting,
        Registry registry, Tracing tracing) {
        this.path = path;
        this.watch = watch;
        this.clients = clients;
        this.queues = queues;
        this.registry = registry;
        this.tracing = tracing;
        this.requests = new Requests(queues, new Waiters(clients::entry), counting);
        deleteSocket();
        this.listener = UnixSocket.listen(path, SOCKET_MODE);
        listener.nonBlocking(true);
        resumeAccepting();
    }

    /** Whether connections wait because descriptors had run out. */
    boolean paused() {
        return !accepting;
    }

    /** Accepts again after a pause. */
    void resumeAccepting() {
        watch.add(listener.fd(), this::accept);
        accepting = true;
    }

    /** Disconnects everybody; a client comes back when a daemon does. */
    @Override
    public void close() {
        deleteSocket();
        if (accepting) {
            watch.remove(listener.fd());
        }
        listener.close();
        for (Connection connection : Set.copyOf(connections)) {
            disconnect(connection);
        }
    }

    private void deleteSocket() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot delete the socket " + path + ": " + e, e);
        }
    }

    private void accept() {
        UnixSocket socket = null;
        try {
            socket = listener.accept();
            if (socket == null) {
                return;
            }
            socket.nonBlocking(true);
            int pidfd = socket.peerPidfd();
            if (pidfd < 0) {
                socket.close();
                return;
            }
            Connection connection = new Connection(socket, pidfd);
            connections.add(connection);
            watch.add(socket.fd(), () -> onReadable(connection));
        } catch (ErrnoException e) {
            if (socket != null) {
                socket.close();
            }
            LOG.warn("cannot let a client in: {}", e.getMessage());
            if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
                // The one who waits would be reported without end.
                watch.remove(listener.fd());
                accepting = false;
            }
        }
    }

    private void onReadable(Connection connection) {
        try {
            int length = connection.socket().receive(request.buffer(), 0, ControlDescriptor.MAX_LENGTH, NO_FDS);
            if (length > 0) {
                request.length(length);
                serve(connection);
            } else if (length == 0) {
                disconnect(connection);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ECONNRESET && e.errno() != Errno.EPIPE) {
                LOG.warn("a client is disconnected: {}", e.getMessage());
            }
            disconnect(connection);
        } catch (RuntimeException | InternalError e) {
            LOG.error("a client is disconnected", e);
            disconnect(connection);
        }
    }

    /** Answers the request that was received. What this throws ends the connection. */
    private void serve(Connection connection) {
        int type = request.getInt(ControlDescriptor.REQUEST_TYPE_OFFSET);
        int correlation = request.getInt(ControlDescriptor.REQUEST_CORRELATION_OFFSET);
        Client client = connection.client();
        if (client != null && !clients.isAlive(client.id())) {
            disconnect(connection); // its process ended, and left the socket to another
            return;
        }
        if (client != null && type == ControlDescriptor.BYE) {
            clients.bye(client);
            disconnect(connection);
            return;
        }
        int[] fds = NO_FDS;
        int ringFd = NO_FD;
        try {
            reply.reply(correlation, 0);
            if (request.length() < ControlDescriptor.minLength(type)) {
                throw new ErrnoException(Errno.EINVAL, "malformed " + ControlDescriptor.nameOf(type) + ": "
                    + request.length() + " bytes of at least " + ControlDescriptor.minLength(type));
            }
            if (type == ControlDescriptor.HELLO) {
                hello(connection);
                ringFd = tracing.openRing(connection.client().id());
                int[] system = queues.system();
                fds = Arrays.copyOf(system, system.length + 1);
                fds[system.length] = ringFd;
            } else if (client == null) {
                throw new ErrnoException(Errno.EPROTO, ControlDescriptor.nameOf(type) + " before HELLO");
            } else if (type == ControlDescriptor.ACT_FOR) {
                connection.actFor(GreetingCodec.decodeActFor(request, connection.credentials().pid()));
            } else if (type == ControlDescriptor.TRACE) {
                reply.putInt(ControlDescriptor.TRACE_ON_OFFSET, trace(connection) ? 1 : 0);
            } else {
                fds = requests.answer(type, client, connection.credentials(), request, reply);
            }
        } catch (ErrnoException e) {
            refuse(correlation, e);
        } catch (RuntimeException | InternalError e) {
            LOG.error("{} failed", ControlDescriptor.nameOf(type), e);
            refuse(correlation, new ErrnoException(Errno.EIO, ControlDescriptor.nameOf(type) + " failed: " + e));
        }
        try {
            connection.socket().send(reply.buffer(), 0, reply.length(), fds);
        } finally {
            if (ringFd != NO_FD) {
                LinuxFile.close(ringFd);
            }
        }
    }

    /** Whether calls are traced by now. */
    private boolean trace(Connection connection) {
        Credentials caller = connection.credentials();
        if (caller.uid() != Processes.effectiveUid() && !caller.has(Processes.CAP_SYS_ADMIN)) {
            throw new ErrnoException(Errno.EPERM, "calls are traced for the daemon's own user, "
                + Integer.toUnsignedString(Processes.effectiveUid()) + ", or with CAP_SYS_ADMIN; this is user "
                + Integer.toUnsignedString(caller.uid()));
        }
        if (!connection.tracing()) {
            tracing.begin();
            connection.tracing(true);
        }
        return tracing.isOn();
    }

    private void refuse(int correlation, ErrnoException e) {
        reply.reply(correlation, e.errno());
        // The other side puts the errno's name in front again.
        reply.putText(ControlDescriptor.BODY_OFFSET, e.getMessage().substring(e.errnoName().length() + 2));
    }

    private void hello(Connection connection) {
        int version = request.getInt(ControlDescriptor.HELLO_VERSION_OFFSET);
        if (version != ControlDescriptor.VERSION) {
            throw new ErrnoException(Errno.EPROTO, "the daemon speaks version " + ControlDescriptor.VERSION
                + " of the control protocol, this client version " + version);
        }
        if (connection.client() != null) {
            throw new ErrnoException(Errno.EPROTO, "HELLO twice");
        }
        PeerCredentials peer = connection.socket().peer();
        if (peer.groups().length > ControlDescriptor.MAX_GROUPS) {
            throw new ErrnoException(Errno.E2BIG, "user " + Integer.toUnsignedString(peer.uid()) + " is in "
                + peer.groups().length + " groups, at most " + ControlDescriptor.MAX_GROUPS + " are possible");
        }
        Credentials credentials = new Credentials(peer, capabilities(peer, connection.pidfd()));
        Client client = clients.hello(connection, peer,
            request.getInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET));
        if (client.connection() != null) {
            disconnect(client.connection());
        }
        client.connection(connection);
        connection.welcome(client, credentials);
        GreetingCodec.encode(
            new HelloReply(client.id(), registry.epoch(), registry.directoryId(), queues.limits(), credentials), reply);
    }

    /**
     * The capabilities of the process that connected, 0 unless it is certain that they are its own: it still runs, and
     * as the user that it was when it connected. (A process may connect, leave the socket to a child, and become a
     * privileged program.)
     */
    private static long capabilities(PeerCredentials peer, int pidfd) {
        if (peer.pid() == 0) {
            return 0;
        }
        try {
            long capabilities = Processes.effectiveCapabilities(peer.pid());
            int user = (int) Files.getAttribute(Path.of("/proc/" + peer.pid()), "unix:uid");
            return user == peer.uid() && !Processes.exited(pidfd) ? capabilities : 0;
        } catch (ErrnoException | IOException e) {
            return 0; // hidden, or gone
        }
    }

    private void disconnect(Connection connection) {
        if (connections.remove(connection)) {
            watch.remove(connection.socket().fd());
            connection.close();
            if (connection.tracing()) {
                tracing.end();
            }
            if (connection.client() != null && connection.client().connection() == connection) {
                connection.client().connection(null);
            }
        }
    }
}
