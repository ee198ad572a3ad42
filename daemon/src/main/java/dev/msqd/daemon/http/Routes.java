package dev.msqd.daemon.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.msqd.client.Statistics;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is at which path; there is nothing else, so no path leads anywhere else. Any thread. */
final class Routes implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;
    private static final int WORTH_PACKING = 1024;

    private final Map<String, Asset> assets = Map.of(
        "/", Asset.load("index.html", "text/html; charset=utf-8"),
        "/style.css", Asset.load("style.css", "text/css; charset=utf-8"),
        "/app.js", Asset.load("app.js", "text/javascript; charset=utf-8"),
        "/icon.svg", Asset.load("icon.svg", "image/svg+xml"));
    private final ExpositionFormatWriter prometheus = PrometheusTextFormatWriter.create();
    private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();
    private final Statistics statistics;
    private final String title;

    Routes(Statistics statistics, String title) {
        this.statistics = statistics;
        this.title = title;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            answer(exchange);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        try {
            switch (path) {
                case "/metrics" -> metrics(exchange);
                case "/stats.json" -> reply(exchange, OK, "application/json",
                    StatsJson.of(statistics.snapshot(), title, System.currentTimeMillis())
                        .getBytes(StandardCharsets.UTF_8));
                default -> {
                    Asset asset = assets.get(path);
                    if (asset == null) {
                        reply(exchange, NOT_FOUND, "text/plain; charset=utf-8",
                            "there is /, /metrics and /stats.json\n".getBytes(StandardCharsets.UTF_8));
                    } else {
                        reply(exchange, OK, asset.contentType, asset.content);
                    }
                }
            }
        } catch (RuntimeException | InternalError e) {
            LOG.debug("{}", path, e);
            reply(exchange, UNAVAILABLE, "text/plain; charset=utf-8",
                ("the counters can't be read: " + e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void metrics(HttpExchange exchange) throws IOException {
        String accepted = exchange.getRequestHeaders().getFirst("Accept");
        ExpositionFormatWriter writer = openMetrics.accepts(accepted) ? openMetrics : prometheus;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        writer.write(body, Metrics.of(statistics.snapshot(), System.currentTimeMillis()));
        reply(exchange, OK, writer.getContentType(), body.toByteArray());
    }

    private static void reply(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        String encodings = exchange.getRequestHeaders().getFirst("Accept-Encoding");
        if (body.length < WORTH_PACKING || encodings == null || !encodings.contains("gzip")) {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            return;
        }
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        exchange.sendResponseHeaders(status, 0);
        try (OutputStream packed = new GZIPOutputStream(exchange.getResponseBody())) {
            packed.write(body);
        }
    }

    /** A file of the page. */
    private record Asset(byte[] content, String contentType) {
        static Asset load(String name, String contentType) {
            try (InputStream stream = Routes.class.getResourceAsStream(name)) {
                return new Asset(stream.readAllBytes(), contentType);
            } catch (IOException e) {
                throw new IllegalStateException("cannot read " + name, e);
            }
        }
    }
}
