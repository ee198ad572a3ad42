package dev.msqd.daemon.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.Statistics;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.http.HttpEndpoint;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page as a headless Chromium shows it. {@code -Dmsqd.web.screenshots=DIR} has {@link #screenshots} leave pictures there.
 */
@Tag("browser")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WebPageTest {
    private static final long DEMO_MS = Long.getLong("msqd.web.seconds", 20) * 1000;

    @TempDir
    private Path folder;
    private Daemon daemon;
    private Msqd msqd;
    private HttpEndpoint endpoint;
    private Chromium chromium;

    @BeforeEach
    void open() throws IOException {
        Path data = folder.resolve("data");
        daemon = Daemon.start(Configuration.load(
            Map.of("dir", data.toString(), "hot.dir", folder.resolve("hot").toString()), null));
        msqd = Msqd.connect(data);
        endpoint = HttpEndpoint.start("127.0.0.1", 0, msqd.statistics(), "/var/lib/msqd");
        chromium = Chromium.start(folder.resolve("profile"));
        chromium.show(1240, 860, false);
        chromium.open("http://127.0.0.1:" + endpoint.port() + "/");
    }

    @AfterEach
    void close() {
        chromium.close();
        endpoint.close();
        msqd.close();
        daemon.close();
    }

    private String cell(int msqid, String name) {
        return chromium.evaluate("document.querySelector('tr[data-id=\"" + msqid + "\"] td." + name + "').innerText");
    }

    private void awaitCell(int msqid, String name, String text) throws InterruptedException {
        chromium.await(
            "document.querySelector('tr[data-id=\"" + msqid + "\"] td." + name + "')?.innerText === '" + text + "'");
    }

    @Test
    void rowsFollowTheQueues() throws Exception {
        chromium.await("document.body.dataset.state === 'live' && !document.getElementById('empty').hidden");
        assertEquals("2 1", chromium.evaluate(
            "[...document.getElementById('plot-scale').children].map(label => label.textContent).join(' ')"));
        int orders = msqd.get("orders", Msqd.IPC_CREAT | 0600);
        int odd = msqd.get("<b>\"odd\" & co", Msqd.IPC_CREAT | 0600);
        try (MessageQueue queue = msqd.open(orders)) {
            for (int i = 0; i < 1234; i++) {
                queue.send(1, new byte[10], 0, 10);
            }
            awaitCell(orders, "depth", "1,234");
            assertTrue(cell(orders, "bytes").startsWith("12.1 KiB"), cell(orders, "bytes"));
            awaitCell(odd, "depth", "0");
            // A name is text, whatever it looks like.
            assertTrue(cell(odd, "name").startsWith("<b>\"odd\" & co"), cell(odd, "name"));
            assertEquals("2", chromium.evaluate("document.querySelectorAll('tbody tr').length"));
            assertEquals("true", chromium.evaluate("document.getElementById('empty').hidden"));
            byte[] buffer = new byte[10];
            for (int i = 0; i < 1000; i++) {
                queue.receive(Selector.any(), buffer, 0, 10);
            }
            awaitCell(orders, "depth", "234");
            assertNotEquals("–", cell(orders, "age"));
        }
        chromium.evaluate("document.querySelector('tr[data-id=\"" + orders + "\"]').click()");
        chromium.await("document.querySelector('tr.detail')?.innerText.includes('1,000')");
        chromium.evaluate("(document.getElementById('filter').value = 'odd', "
            + "document.getElementById('filter').dispatchEvent(new Event('input')))");
        assertEquals("1", chromium.evaluate("document.querySelectorAll('tbody tr').length"));
        assertEquals("1 of 2", chromium.evaluate("document.getElementById('count').innerText"));
        chromium.evaluate("(document.getElementById('filter').value = 'none such', "
            + "document.getElementById('filter').dispatchEvent(new Event('input')))");
        assertEquals("false", chromium.evaluate("document.getElementById('nothing').hidden"));
        chromium.evaluate("document.getElementById('clear').click()");
        msqd.remove(orders);
        chromium.await("document.querySelectorAll('tbody tr').length === 1");
    }

    @Test
    void figuresMoveAndThePageSaysWhenNobodyAnswers() throws Exception {
        int msqid = msqd.get("busy", Msqd.IPC_CREAT | 0600);
        try (MessageQueue queue = msqd.open(msqid)) {
            chromium.await("document.querySelector('tbody tr') !== null");
            byte[] buffer = new byte[8];
            String moving = "document.querySelector('tr[data-id=\"" + msqid + "\"] td.in').innerText !== '0'"
                + " && document.querySelector('tr[data-id=\"" + msqid + "\"] td.out').innerText !== '0'"
                + " && document.querySelector('#plot path.in').getAttribute('d').length > 20";
            while (!chromium.evaluate(moving).equals("true")) {
                for (int i = 0; i < 1000; i++) {
                    queue.send(1, buffer, 0, 8);
                    queue.receive(Selector.any(), buffer, 0, 8);
                }
            }
        }
        endpoint.close();
        chromium.await("document.body.dataset.state === 'gone' && !document.getElementById('gone').hidden");
        assertEquals("1", chromium.evaluate("document.querySelectorAll('tbody tr').length"));
    }

    /** Nothing may be blocked by the page's own policy, and nothing come from elsewhere. */
    @Test
    void nothingIsFetchedFromElsewhere() throws Exception {
        msqd.get("one", Msqd.IPC_CREAT | 0600);
        chromium.await("document.querySelector('tbody tr') !== null");
        String origin = "http://127.0.0.1:" + endpoint.port() + "/";
        String fetched =
            chromium.evaluate("performance.getEntriesByType('resource').map(entry => entry.name).join(' ')");
        for (String url : fetched.split(" ")) {
            assertTrue(url.startsWith(origin), url);
        }
        // With its style sheet and its script.
        assertTrue(fetched.contains("style.css") && fetched.contains("app.js"), fetched);
        assertEquals("grid", chromium.evaluate("getComputedStyle(document.querySelector('main')).display"));
    }

    @Test
    void screenshots() throws Exception {
        String directory = System.getProperty("msqd.web.screenshots");
        try (DemoLoad load = new DemoLoad(msqd)) {
            assertTrue(load.threads() > 12);
            chromium.await("document.querySelectorAll('tbody tr.queue').length === 12");
            Thread.sleep(DEMO_MS);
            byte[] light = chromium.screenshot();
            chromium.show(1240, 860, true);
            byte[] dark = chromium.screenshot();
            chromium.show(390, 844, false);
            byte[] phone = chromium.screenshot();
            chromium.evaluate("document.querySelector('tr.queue').click()");
            chromium.show(1240, 860, false);
            byte[] detail = chromium.screenshot();
            for (byte[] png : new byte[][] {light, dark, phone, detail}) {
                assertTrue(png.length > 10_000, () -> png.length + " bytes");
            }
            if (directory != null) {
                Path to = Files.createDirectories(Path.of(directory));
                Files.write(to.resolve("light.png"), light);
                Files.write(to.resolve("dark.png"), dark);
                Files.write(to.resolve("phone.png"), phone);
                Files.write(to.resolve("detail.png"), detail);
            }
        }
    }
}
