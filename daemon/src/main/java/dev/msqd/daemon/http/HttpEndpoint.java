package dev.msqd.daemon.http;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpServer;
import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Statistics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics}, {@code /stats.json} and the page at {@code /}. Nobody has to log in, so what is told here may be known to whoever reaches
 * the address: names and figures of all queues, as {@code msqd ls} tells them to every user of the machine; no message. Any thread.
 */
public final class HttpEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

    private final HttpServer server;
    private final ExecutorService executor;
    private final Statistics statistics;

    private HttpEndpoint(HttpServer server, ExecutorService executor, Statistics statistics) {
        this.server = server;
        this.executor = executor;
        this.statistics = statistics;
    }

    /**
     * Begins to serve.
     *
     * @param host       an address of this machine, or a name of one
     * @param port       0 for any that is free
     * @param statistics what is shown; this object's from now on
     * @param title      whose counters they are
     * @throws ErrnoException EADDRINUSE; EINVAL where the host is none of this machine's
     */
    public static HttpEndpoint start(String host, int port, Statistics statistics, String title) {
        boolean started = false;
        try {
            InetAddress address = InetAddress.getByName(host);
            if (!address.isLoopbackAddress()) {
                LOG.warn(
                    "http.address {} is not a loopback address: whoever reaches it sees names and figures of all queues",
                    host);
            }
            HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 0);
            HttpContext context = server.createContext("/", new Routes(statistics, title));
            context.getFilters().add(new Guard(host));
            ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
            server.setExecutor(executor);
            HttpEndpoint endpoint = new HttpEndpoint(server, executor, statistics);
            server.start();
            started = true;
            LOG.info("http://{}/ shows the queues, http://{}/metrics is for Prometheus", endpoint.authority(),
                endpoint.authority());
            return endpoint;
        } catch (UnknownHostException e) {
            throw new ErrnoException(Errno.EINVAL, "http.address " + host + " is no address and no name of one", e);
        } catch (BindException e) {
            throw new ErrnoException(e.getMessage().contains("in use") ? Errno.EADDRINUSE : Errno.EINVAL,
                "http.address " + host + ", http.port " + port + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "http.address " + host + ", http.port " + port + ": " + e, e);
        } finally {
            if (!started) {
                statistics.close();
            }
        }
    }

    /** The port that is served. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Requests under way are cut off. */
    @Override
    public void close() {
        server.stop(0);
        executor.close();
        statistics.close();
    }

    private String authority() {
        String address = server.getAddress().getAddress().getHostAddress();
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + port();
    }
}
