package dev.msqd.daemon.http;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Lets through what a browser or Prometheus asks of its user's own accord. A page from elsewhere that had its name lead here (DNS
 * rebinding) still says that name as the host it asks: only addresses, {@code localhost} and the configured name are answered. Any thread.
 */
final class Guard extends Filter {
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int MISDIRECTED_REQUEST = 421;
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

    private final String configuredHost;

    Guard(String configuredHost) {
        this.configuredHost = configuredHost;
    }

    @Override
    public String description() {
        return "who may ask, and how";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
        if (!exchange.getRequestMethod().equals("GET")) {
            headers.set("Allow", "GET");
            refuse(exchange, METHOD_NOT_ALLOWED, "only GET is answered here\n");
        } else if (!isOurs(exchange.getRequestHeaders().getFirst("Host"))) {
            refuse(exchange, MISDIRECTED_REQUEST,
                "ask by address, as localhost, or by the name that http.address is set to\n");
        } else {
            chain.doFilter(exchange);
        }
    }

    private boolean isOurs(String hostHeader) {
        if (hostHeader == null) {
            return false;
        }
        String host = PORT.matcher(hostHeader.strip()).replaceFirst("");
        return host.equalsIgnoreCase("localhost") || host.equalsIgnoreCase(configuredHost)
            || ADDRESS.matcher(host).matches();
    }

    private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(status, -1); // has no body; the server logs a warning otherwise
                return;
            }
            byte[] body = why.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
