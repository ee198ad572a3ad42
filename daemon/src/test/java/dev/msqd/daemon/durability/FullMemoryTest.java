package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.durability.device.Mount;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The hot directory, or the data directory, is on a file system that is full: with no free page, then with one, with two, until
 * everything succeeds. So every place where either of them grows meets a full one. What is refused is refused by an errno and
 * changes nothing, nothing is lost, and with space all goes on.
 */
@Timeout(120)
class FullMemoryTest {
    private static final Set<Integer> REFUSALS = Set.of(Errno.ENOSPC, Errno.ENOMEM, Errno.EAGAIN);
    private static final int PAGE_LENGTH = 4096;
    private static final long AMPLE = 64 << 20;
    private static final int MAX_PAGES = 2000;
    private static final int MESSAGES = 12;
    /** More than are in one page of the registry. */
    private static final int OTHERS = 8;
    /** Long enough that a few of them fill a segment. */
    private static final int LENGTH = 3000;

    @TempDir
    private Path folder;
    private Mount small;
    private Daemon daemon;
    private Msqd msqd;
    private final Map<String, Integer> refused = new TreeMap<>();
    private boolean tight;

    @AfterEach
    void stop() {
        if (msqd != null) {
            msqd.close();
        }
        if (daemon != null) {
            daemon.close();
        }
        if (small != null) {
            small.close();
        }
    }

    private void mount(String which) throws IOException {
        Path path = Files.createDirectory(folder.resolve(which));
        try {
            small = Mount.of("tmpfs", path, "tmpfs", "size=" + AMPLE);
            // A tmpfs of size 0 has no limit: with this, there can be no free page.
            Files.write(path.resolve("filler"), new byte[PAGE_LENGTH]);
        } catch (ErrnoException e) {
            Assumptions.assumeFalse(e.errno() == Errno.EPERM || e.errno() == Errno.EACCES,
                "needs a small file system, and this user may not mount one: " + e.getMessage());
            throw e;
        }
    }

    private void leaveFree(int pages) throws IOException {
        FileStore store = Files.getFileStore(small.path());
        long used = store.getTotalSpace() - store.getUnallocatedSpace();
        small.remount("size=" + (used + (long) pages * PAGE_LENGTH));
    }

    private void free() {
        small.remount("size=" + AMPLE);
    }

    private Daemon startDaemon() {
        return Daemon.start(Configuration.load(Map.of("dir", folder.resolve("data").toString(), "hot.dir",
            folder.resolve("hot").resolve("hot").toString(), "segment.length", "16384", "msgmax", "65536"), null));
    }

    /** What the action gives, or null when it was refused for want of space. */
    private <T> T attempt(String what, Supplier<T> action) {
        try {
            return action.get();
        } catch (ErrnoException e) {
            if (!REFUSALS.contains(e.errno())) {
                throw new AssertionError(what + " with little space", e);
            }
            refused.merge(what + " " + e.errnoName(), 1, Integer::sum);
            tight = true;
            return null;
        }
    }

    /** A daemon that cannot start says why to people: what counts is the text. */
    private void tryToStart() {
        try {
            daemon = startDaemon();
        } catch (ErrnoException e) {
            if (!REFUSALS.contains(e.errno()) && !e.getMessage().contains("No space left on device")) {
                throw new AssertionError("a start with little space", e);
            }
            refused.merge("start " + e.errnoName(), 1, Integer::sum);
        }
    }

    private static byte[] message(int number, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    private void send(MessageQueue queue, Deque<byte[]> sent, int number, int length) {
        byte[] message = message(number, length);
        Boolean done = attempt("send " + length, () -> queue.trySend(1, message, 0, length));
        if (done != null) {
            assertTrue(done);
            sent.add(message);
        }
    }

    private void receive(MessageQueue queue, Deque<byte[]> sent) {
        byte[] buffer = new byte[65_536];
        Integer length = attempt("receive", () -> queue.tryReceive(Selector.any(), buffer, 0, buffer.length));
        if (length != null) {
            byte[] expected = sent.isEmpty() ? null : sent.remove();
            assertEquals(expected == null ? MessageQueue.NONE : expected.length, length);
            if (expected != null) {
                assertEquals(0, Arrays.compare(expected, 0, length, buffer, 0, length));
            }
        }
    }

    /** What makes either directory grow; what was refused is left out. */
    private void work(String name, MessageQueue lasting, Deque<byte[]> lastingSent) {
        Deque<byte[]> sent = new ArrayDeque<>();
        Msqd client = attempt("connect", () -> Msqd.connect(daemon.directory()));
        Integer msqid = client == null ? null : attempt("msgget", () -> client.get(name, Msqd.IPC_CREAT | 0600));
        MessageQueue queue = msqid == null ? null : attempt("open", () -> client.open(msqid));
        if (queue != null) {
            for (int i = 0; i < MESSAGES; i++) {
                send(queue, sent, i, LENGTH);
            }
            send(queue, sent, MESSAGES, 60_000);
            for (int i = 0; i < MESSAGES / 2; i++) {
                receive(queue, sent);
            }
        }
        send(lasting, lastingSent, 1, LENGTH);
        List<Integer> others = new ArrayList<>();
        for (int i = 0; client != null && i < OTHERS; i++) {
            String other = name + "-" + i;
            Integer made = attempt("msgget", () -> client.get(other, Msqd.IPC_CREAT | 0600));
            if (made != null) {
                others.add(made);
            }
        }
        free();
        others.forEach(other -> client.remove(other));
        if (queue != null) {
            assertEquals(sent.size(), client.stat(msqid).qnum());
            send(queue, sent, MESSAGES + 1, LENGTH);
            int left = sent.size();
            for (int i = 0; i <= left; i++) {
                receive(queue, sent);
            }
            queue.close();
        }
        if (msqid != null) {
            client.remove(msqid);
        }
        if (client != null) {
            client.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hot", "data"})
    void whatFindsNoSpaceIsRefusedAndNothingIsLost(String which) throws IOException {
        mount(which);
        daemon = startDaemon();
        msqd = Msqd.connect(daemon.directory());
        try (MessageQueue lasting = msqd.open(msqd.get("lasting", Msqd.IPC_CREAT | 0600))) {
            Deque<byte[]> sent = new ArrayDeque<>();
            int pages = 0;
            do {
                assertTrue(pages < MAX_PAGES, "still refused with " + pages + " pages: " + refused);
                tight = false;
                leaveFree(pages);
                work("queue-" + pages, lasting, sent);
                pages++;
            } while (tight);
            System.out.println("full " + which + " directory: everything succeeds with " + (pages - 1)
                + " pages; refused before: " + refused);
            assertFalse(which.equals("hot") && refused.isEmpty());
            int count = sent.size();
            assertEquals(count, msqd.stat(lasting.msqid()).qnum());
            for (int i = 0; i <= count; i++) {
                receive(lasting, sent);
            }
            assertEquals(1, msqd.list().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hot", "data"})
    void aDaemonThatFindsNoSpaceStartsWithSpace(String which) throws IOException {
        mount(which);
        daemon = startDaemon();
        Map<Integer, Integer> sent = new HashMap<>();
        try (Msqd client = Msqd.connect(daemon.directory())) {
            for (int i = 0; i < 5; i++) {
                int msqid = client.get("queue-" + i, Msqd.IPC_CREAT | 0600);
                try (MessageQueue queue = client.open(msqid)) {
                    assertTrue(queue.trySend(1, message(i, LENGTH), 0, LENGTH));
                }
                sent.put(msqid, i);
            }
        }
        daemon.close();
        daemon = null;
        for (int pages = 0; daemon == null; pages++) {
            assertTrue(pages < MAX_PAGES, "no daemon starts with " + pages + " pages: " + refused);
            leaveFree(pages);
            tryToStart();
            free();
        }
        msqd = Msqd.connect(daemon.directory());
        sent.forEach((msqid, number) -> {
            try (MessageQueue queue = msqd.open(msqid)) {
                receive(queue, new ArrayDeque<>(Set.of(message(number, LENGTH))));
            }
        });
    }

    /** The first daemon of a directory: nothing of what it began stands in the way of the next. */
    @ParameterizedTest
    @ValueSource(strings = {"hot", "data"})
    void aFirstDaemonThatFindsNoSpaceLeavesNothingInTheWay(String which) throws IOException {
        mount(which);
        for (int pages = 0; daemon == null; pages++) {
            assertTrue(pages < MAX_PAGES, "no daemon starts with " + pages + " pages: " + refused);
            leaveFree(pages);
            tryToStart();
            free();
        }
        System.out.println("full " + which + " directory: " + refused);
        msqd = Msqd.connect(daemon.directory());
        try (MessageQueue queue = msqd.open(msqd.get("q", Msqd.IPC_CREAT | 0600))) {
            assertTrue(queue.trySend(1, message(1, LENGTH), 0, LENGTH));
        }
    }
}
