package dev.msqd.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.Statistics;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is answered, and what is not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpEndpointTest {
    private static final Pattern SAMPLE = Pattern.compile(
        "([a-z_]+)(?:\\{((?:[a-z]+=\"(?:[^\"\\\\]|\\\\.)*\",?)*)})? (-?[0-9.]+(?:E-?[0-9]+)?)");
    private static final Pattern METRIC_NAME = Pattern.compile("msqd_[a-z_]+");

    @TempDir
    private Path folder;
    private Daemon daemon;
    private Msqd msqd;
    private HttpEndpoint endpoint;

    @BeforeEach
    void open() {
        daemon = daemon(Map.of());
        msqd = Msqd.connect(folder.resolve("data"));
        endpoint = HttpEndpoint.start("127.0.0.1", 0, msqd.statistics(), "\"data\"\n");
    }

    @AfterEach
    void close() {
        endpoint.close();
        msqd.close();
        daemon.close();
    }

    private Daemon daemon(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("dir", folder.resolve("data").toString());
        all.put("hot.dir", folder.resolve("hot").toString());
        return Daemon.start(Configuration.load(all, null));
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return get(endpoint.port(), path, headers);
    }

    private static HttpResponse<String> get(int port, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /** A request word for word; the reply's first line. */
    private String status(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
            OutputStream out = socket.getOutputStream();
            out.write((request + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            String reply = new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
            return reply.substring("HTTP/1.1 ".length());
        }
    }

    private void send(int msqid, int count, int length) {
        try (MessageQueue queue = msqd.open(msqid)) {
            for (int i = 0; i < count; i++) {
                queue.send(1, new byte[length], 0, length);
            }
        }
        // The endpoint shows what the daemon saw last: have it look.
        msqd.statistics(msqid).close();
    }

    /** Every line is a comment or a sample, each metric has its help and its type, and no sample comes twice. */
    private static Map<String, Double> parse(String text) {
        Map<String, Double> samples = new TreeMap<>();
        Map<String, String> types = new TreeMap<>();
        Set<String> helped = new HashSet<>();
        assertTrue(text.endsWith("\n"));
        for (String line : text.split("\n")) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helped.add(words[2]);
            } else if (line.startsWith("# TYPE ")) {
                types.put(words[2], words[3]);
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertTrue(sample.matches(), line);
                String name = sample.group(1);
                assertTrue(helped.contains(name), line);
                // Prometheus' naming: a counter's name ends in _total, a gauge's does not.
                assertEquals(name.endsWith("_total") ? "counter" : "gauge", types.get(name), line);
                String key = name + (sample.group(2) == null ? "" : "{" + sample.group(2) + "}");
                assertEquals(null, samples.put(key, Double.valueOf(sample.group(3))), line);
            }
        }
        return samples;
    }

    @Test
    void metricsAreInPrometheusTextFormat() throws Exception {
        int orders = msqd.get("or\"d\\ers", Msqd.IPC_CREAT | 0600, 4096);
        int keyed = msqd.get(0x1f, Msqd.IPC_CREAT | 0600);
        send(orders, 3, 100);
        send(keyed, 2, 7);
        HttpResponse<String> reply = get("/metrics");
        assertEquals(200, reply.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8",
            reply.headers().firstValue("Content-Type").orElseThrow());
        Map<String, Double> samples = parse(reply.body());
        String key = String.format("0x%08x", msqd.stat(orders).key());
        String labels = "{id=\"" + orders + "\",key=\"" + key + "\",name=\"or\\\"d\\\\ers\"}";
        assertEquals(3, samples.get("msqd_queue_depth_messages" + labels));
        assertEquals(300, samples.get("msqd_queue_depth_bytes" + labels));
        assertEquals(4096, samples.get("msqd_queue_limit_bytes" + labels));
        assertEquals(3, samples.get("msqd_queue_sent_messages_total" + labels));
        assertEquals(300, samples.get("msqd_queue_sent_bytes_total" + labels));
        assertEquals(0, samples.get("msqd_queue_received_messages_total" + labels));
        String other = "{id=\"" + keyed + "\",key=\"0x0000001f\",name=\"\"}";
        assertEquals(14, samples.get("msqd_queue_sent_bytes_total" + other));
        assertTrue(samples.containsKey("msqd_clients"));
    }

    @Test
    void openMetricsWhereAskedFor() throws Exception {
        HttpResponse<String> reply = get("/metrics", "Accept", "application/openmetrics-text; version=1.0.0");
        assertTrue(reply.headers().firstValue("Content-Type").orElseThrow().startsWith("application/openmetrics-text"));
        assertTrue(reply.body().endsWith("# EOF\n"));
    }

    /** Every metric that a panel of the dashboard asks for is there. */
    @Test
    void theDashboardAsksForMetricsThatExist() throws Exception {
        send(msqd.get("one", Msqd.IPC_CREAT | 0600), 1, 1);
        Set<String> served = new HashSet<>();
        parse(get("/metrics").body()).keySet().forEach(sample -> served.add(sample.replaceFirst("\\{.*", "")));
        String dashboard = Files.readString(Path.of("..", "config", "grafana-dashboard.json"));
        Matcher names = METRIC_NAME.matcher(dashboard);
        Set<String> asked = new HashSet<>();
        while (names.find()) {
            asked.add(names.group());
        }
        assertTrue(asked.size() > 10, asked.toString());
        asked.removeAll(served);
        assertEquals(Set.of(), asked);
    }

    @Test
    void thePageAndItsFilesAreThere() throws Exception {
        assertTrue(get("/").body().contains("app.js"));
        for (String path : new String[] {"/app.js", "/style.css", "/icon.svg"}) {
            HttpResponse<String> reply = get(path);
            assertEquals(200, reply.statusCode(), path);
            assertFalse(reply.body().contains("://") && !reply.body().contains("www.w3.org"), path);
        }
        HttpResponse<String> stats = get("/stats.json");
        assertEquals("application/json", stats.headers().firstValue("Content-Type").orElseThrow());
        assertTrue(stats.body().startsWith("{\"title\":\"\\\"data\\\"\\n\","), stats.body());
        String policy = stats.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.startsWith("default-src 'none';"), policy);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"/nothing", "/app.js/", "/../app.js", "/%2e%2e/app.js", "/metrics/x", "/META-INF/MANIFEST.MF"})
    void nothingElseIsThere(String path) throws Exception {
        assertEquals("404", status("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "HEAD", "OPTIONS"})
    void onlyGetIsAnswered(String method) throws Exception {
        assertEquals("405",
            status(method + " / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close"));
    }

    /** A browser whose user was sent here by a name of somebody else's (DNS rebinding) says that name. */
    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil.example", "",
        "[::1].x"})
    void whoAsksAnotherHostGetsNothing(String host) throws Exception {
        for (String path : new String[] {"/", "/stats.json", "/metrics"}) {
            assertEquals("421", status("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close"), path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:9464", "192.168.1.5"})
    void whoAsksByAddressOrAsLocalhostIsAnswered(String host) throws Exception {
        assertEquals("200", status("GET /stats.json HTTP/1.1\r\nHost: " + host + "\r\nConnection: close"));
    }

    @Test
    void aPortInUseAndAnAddressElsewhereAreErrors() {
        ErrnoException inUse = assertThrows(ErrnoException.class,
            () -> HttpEndpoint.start("127.0.0.1", endpoint.port(), msqd.statistics(), ""));
        assertEquals(Errno.EADDRINUSE, inUse.errno());
        assertTrue(inUse.getMessage().contains("http.port " + endpoint.port()), inUse.getMessage());
        ErrnoException elsewhere =
            assertThrows(ErrnoException.class, () -> HttpEndpoint.start("192.0.2.1", 0, msqd.statistics(), ""));
        assertEquals(Errno.EINVAL, elsewhere.errno());
        assertTrue(elsewhere.getMessage().contains("http.address 192.0.2.1"), elsewhere.getMessage());
        ErrnoException unknown =
            assertThrows(ErrnoException.class, () -> HttpEndpoint.start("no.such.invalid", 0, msqd.statistics(), ""));
        assertTrue(unknown.getMessage().contains("http.address no.such.invalid"), unknown.getMessage());
    }

    @Test
    void aDaemonServesWhereItIsConfiguredTo() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        endpoint.close();
        msqd.close();
        daemon.close();
        daemon = daemon(Map.of("http.port", Integer.toString(port)));
        msqd = Msqd.connect(folder.resolve("data"));
        assertEquals(200, get(port, "/metrics").statusCode());
        daemon.close();
        assertThrows(IOException.class, () -> get(port, "/metrics"));
        endpoint = HttpEndpoint.start("127.0.0.1", 0, emptyStatistics(), "");
    }

    /** So that {@link #close} finds what it closes. */
    private Statistics emptyStatistics() {
        daemon = daemon(Map.of());
        return msqd.statistics();
    }

    @Test
    void itGoesOnWithTheNextDaemon() throws Exception {
        int msqid = msqd.get("lasting", Msqd.IPC_CREAT | 0600);
        send(msqid, 4, 1);
        daemon.close();
        daemon = daemon(Map.of());
        assertTrue(get("/metrics").body().contains("name=\"lasting\"} 4.0"));
    }
}
