package dev.msqd.daemon.web;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A headless Chromium with one page, driven by the DevTools protocol. One thread. */
final class Chromium implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
    private static final long PATIENCE_S = 30;

    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<String> replies;
    private int lastId;
    private String session = "";

    private Chromium(Process process, WebSocket socket, BlockingQueue<String> replies) {
        this.process = process;
        this.socket = socket;
        this.replies = replies;
    }

    /** @param profile a folder that does not exist yet */
    static Chromium start(Path profile) throws IOException {
        Process process = new ProcessBuilder("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking", "--hide-scrollbars", "--remote-debugging-port=0",
            "--user-data-dir=" + profile, "about:blank").redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        BufferedReader err = process.errorReader();
        Matcher listening;
        do {
            String line = err.readLine();
            if (line == null) {
                throw new IOException("chromium ended: " + process.exitValue());
            }
            listening = LISTENING.matcher(line);
        } while (!listening.find());
        Thread.ofPlatform().daemon().start(() -> err.lines().forEach(line -> {}));
        BlockingQueue<String> replies = new LinkedBlockingQueue<>();
        WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder()
            .buildAsync(URI.create(listening.group(1)), new Listener(replies)).join();
        Chromium chromium = new Chromium(process, socket, replies);
        chromium.attach();
        return chromium;
    }

    private void attach() {
        String target = group(call("Target.createTarget", "{\"url\":\"about:blank\"}"), "\"targetId\":\"([^\"]+)\"");
        String attached =
            call("Target.attachToTarget", "{\"targetId\":\"" + target + "\",\"flatten\":true}");
        session = ",\"sessionId\":\"" + group(attached, "\"sessionId\":\"([^\"]+)\"") + "\"";
        call("Page.enable", "{}");
        call("Runtime.enable", "{}");
    }

    void open(String url) {
        call("Page.navigate", "{\"url\":\"" + url + "\"}");
    }

    /** A script's result as text. */
    String evaluate(String script) {
        String quoted = script.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        String reply = call("Runtime.evaluate",
            "{\"returnByValue\":true,\"awaitPromise\":true,\"expression\":\"String(" + quoted + ")\"}");
        if (reply.contains("exceptionDetails")) {
            throw new IllegalStateException(script + ": " + reply);
        }
        return group(reply, "\"value\":\"((?:[^\"\\\\]|\\\\.)*)\"").replace("\\n", "\n").replace("\\\"", "\"");
    }

    /** Waits until a script says true. */
    void await(String script) throws InterruptedException {
        while (!evaluate(script).equals("true")) {
            Thread.sleep(50);
        }
    }

    /** @param dark whether the user likes it dark */
    void show(int width, int height, boolean dark) {
        call("Emulation.setDeviceMetricsOverride", "{\"width\":" + width + ",\"height\":" + height
            + ",\"deviceScaleFactor\":1,\"mobile\":" + (width < 600) + "}");
        call("Emulation.setEmulatedMedia",
            "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + (dark ? "dark" : "light") + "\"}]}");
    }

    /** What is seen, as a PNG. */
    byte[] screenshot() {
        return Base64.getDecoder()
            .decode(group(call("Page.captureScreenshot", "{\"format\":\"png\"}"), "\"data\":\"([^\"]+)\""));
    }

    @Override
    public void close() {
        socket.abort();
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String call(String method, String parameters) {
        int id = ++lastId;
        socket
            .sendText("{\"id\":" + id + session + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
            .join();
        try {
            while (true) {
                String reply = replies.poll(PATIENCE_S, TimeUnit.SECONDS);
                if (reply == null) {
                    throw new IllegalStateException(method + ": no reply");
                }
                if (reply.startsWith("{\"id\":" + id + ",")) {
                    if (reply.contains("\"error\":{")) {
                        throw new IllegalStateException(method + ": " + reply);
                    }
                    return reply;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String group(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + pattern + " in " + text);
        }
        return matcher.group(1);
    }

    /** Puts packets together. */
    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<String> replies;
        private final StringBuilder packet = new StringBuilder();

        Listener(BlockingQueue<String> replies) {
            this.replies = replies;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            packet.append(data);
            if (last) {
                replies.add(packet.toString());
                packet.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
