package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.durability.device.FileSystem;
import dev.msqd.daemon.durability.device.LoopDevice;
import dev.msqd.daemon.durability.device.Mount;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    private static final int SHORT = 8;
    private static final int LONG = 60_000;
    private static final int MAKE = Msqd.IPC_CREAT | 0600;
    private static final int MANY = 100;
    /** With so many pages the steps become two. */
    private static final int COARSENESS = 8;

    @TempDir
    private Path folder;
    private Mount small;
    private Daemon daemon;
    private Msqd msqd;
    private final List<Msqd> clients = new ArrayList<>();
    private final Map<String, Integer> refused = new TreeMap<>();
    private boolean tight;
    private int number;

    @AfterEach
    void stop() {
        clients.forEach(Msqd::close);
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

    private Msqd connect() {
        Msqd client = Msqd.connect(daemon.directory());
        clients.add(client);
        return client;
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

    /** @param certain whether its send succeeded; one that waited for the log in vain may be there or not */
    private record Sent(byte[] bytes, boolean certain) {}

    private byte[] message(int length) {
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes).putInt(0, ++number);
        return bytes;
    }

    private boolean send(MessageQueue queue, Deque<Sent> sent, int length) {
        byte[] message = message(length);
        Boolean done = attempt("send " + length, () -> queue.trySend(1, message, 0, length));
        sent.add(new Sent(message, done != null));
        assertTrue(done == null || done);
        return done != null;
    }

    private void receive(MessageQueue queue, Deque<Sent> sent) {
        byte[] buffer = new byte[65_536];
        Integer length = attempt("receive", () -> queue.tryReceive(Selector.any(), buffer, 0, buffer.length));
        if (length == null) {
            return;
        }
        byte[] received = length == MessageQueue.NONE ? null : Arrays.copyOf(buffer, length);
        Sent next = sent.poll();
        while (next != null && !Arrays.equals(next.bytes, received)) {
            assertFalse(next.certain, "a message is lost, or out of order");
            next = sent.poll();
        }
        assertTrue(received == null || next != null, "a message that nobody sent");
    }

    private void receiveAll(MessageQueue queue, Deque<Sent> sent) {
        long certain = sent.stream().filter(Sent::certain).count();
        long queued = msqd.stat(queue.msqid()).qnum();
        assertTrue(queued >= certain && queued <= sent.size(), queued + " messages, sent were " + sent.size());
        while (!sent.isEmpty()) {
            receive(queue, sent);
        }
        assertEquals(0, msqd.stat(queue.msqid()).qnum());
    }

    /** With space all goes on: as soon as the daemon has looked again. */
    private void sendAtLast(MessageQueue queue, Deque<Sent> sent, int length) {
        while (!send(queue, sent, length)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** What makes either directory grow; what was refused is left out. */
    private void work(String name, Durability durability, MessageQueue lasting, Deque<Sent> lastingSent) {
        Deque<Sent> sent = new ArrayDeque<>();
        QueueOptions options = QueueOptions.none().withDurability(durability);
        Msqd client = attempt("connect", this::connect);
        Integer msqid = client == null ? null : attempt("msgget", () -> client.get(name, MAKE, options));
        MessageQueue queue = msqid == null ? null : attempt("open", () -> client.open(msqid));
        if (queue != null) {
            for (int i = 0; i < MESSAGES; i++) {
                send(queue, sent, LENGTH);
            }
            send(queue, sent, LONG);
            for (int i = 0; i < MESSAGES / 2; i++) {
                receive(queue, sent);
            }
        }
        send(lasting, lastingSent, LENGTH);
        List<Integer> others = new ArrayList<>();
        for (int i = 0; client != null && i < OTHERS; i++) {
            String other = name + "-" + i;
            Integer made = attempt("msgget", () -> client.get(other, MAKE, options));
            if (made != null) {
                others.add(made);
            }
        }
        boolean wasTight = tight;
        free();
        others.forEach(other -> client.remove(other));
        if (queue != null) {
            sendAtLast(queue, sent, LENGTH);
            receiveAll(queue, sent);
            queue.close();
        }
        sendAtLast(lasting, lastingSent, SHORT);
        if (msqid != null) {
            client.remove(msqid);
        }
        if (client != null) {
            client.close();
        }
        tight = wasTight;
    }

    @ParameterizedTest
    @CsvSource({"hot, INTERVAL", "hot, SYNC", "data, INTERVAL", "data, SYNC"})
    void whatFindsNoSpaceIsRefusedAndNothingIsLost(String which, Durability durability) throws IOException {
        mount(which);
        daemon = startDaemon();
        msqd = connect();
        QueueOptions options = QueueOptions.none().withDurability(durability);
        try (MessageQueue lasting = msqd.open(msqd.get("lasting", MAKE, options))) {
            Deque<Sent> sent = new ArrayDeque<>();
            int pages = 0;
            do {
                assertTrue(pages < MAX_PAGES, "still refused with " + pages + " pages: " + refused);
                tight = false;
                leaveFree(pages);
                work("queue-" + pages, durability, lasting, sent);
                pages += 1 + pages / COARSENESS;
            } while (tight);
            System.out.println("full " + which + " directory, " + durability + ": everything succeeds with "
                + pages + " pages; refused before: " + refused);
            assertFalse(refused.isEmpty());
            receiveAll(lasting, sent);
            assertEquals(1, msqd.list().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hot", "data"})
    void aDaemonThatFindsNoSpaceStartsWithSpace(String which) throws IOException {
        mount(which);
        daemon = startDaemon();
        Map<Integer, Sent> sent = new HashMap<>();
        try (Msqd client = Msqd.connect(daemon.directory())) {
            for (int i = 0; i < 5; i++) {
                int msqid = client.get("queue-" + i, Msqd.IPC_CREAT | 0600);
                try (MessageQueue queue = client.open(msqid)) {
                    Deque<Sent> one = new ArrayDeque<>();
                    assertTrue(send(queue, one, LENGTH));
                    sent.put(msqid, one.element());
                }
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
        msqd = connect();
        sent.forEach((msqid, message) -> {
            try (MessageQueue queue = msqd.open(msqid)) {
                receiveAll(queue, new ArrayDeque<>(Set.of(message)));
            }
        });
    }

    /** The data directory on a file system of its own, with as much room as it has: what to close with it. */
    private LoopDevice mountDevice(FileSystem type) throws IOException {
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(type.length());
        }
        type.make(image);
        LoopDevice device;
        try {
            device = LoopDevice.attach(image);
        } catch (IOException e) {
            Assumptions.abort("needs a loop device: " + e.getMessage());
            throw e;
        }
        small = type.mount(device, Files.createDirectory(folder.resolve("data")));
        return device;
    }

    /** Fills a file system to its last block. */
    private static Path fill(Path directory) throws IOException {
        Path filler = directory.resolve("filler");
        int fd = LinuxFile.open(filler, LinuxFile.O_CREAT | LinuxFile.O_WRONLY, 0600);
        try {
            ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
            for (long offset = 0; block.capacity() >= PAGE_LENGTH;) {
                try {
                    LinuxFile.write(fd, block.clear(), offset);
                    offset += block.capacity();
                    LinuxFile.fsync(fd); // or what is delayed counts as room that there is not
                } catch (ErrnoException e) {
                    assertEquals(Errno.ENOSPC, e.errno());
                    block = ByteBuffer.allocateDirect(block.capacity() / 2);
                    offset = LinuxFile.size(fd) & -PAGE_LENGTH;
                }
            }
        } finally {
            LinuxFile.close(fd);
        }
        return filler;
    }

    /** A device full to its last block, a restart, room again, a reboot: nothing is lost, and nothing that was received comes back. */
    @Test
    void aFullDeviceLosesNothingAcrossARestart() throws IOException {
        Assumptions.assumeTrue(TestJvm.hasProgram("losetup") && TestJvm.hasProgram("mkfs.ext4"),
            "needs programs that make a file system in a file");
        LoopDevice device = mountDevice(FileSystem.EXT4);
        try {
            restartOnAFullDevice();
        } finally {
            stop();
            small = null;
            daemon = null;
            clients.clear();
            device.close();
        }
    }

    private void restartOnAFullDevice() throws IOException {
        daemon = startDaemon();
        msqd = connect();
        int msqid = msqd.get("q", MAKE, QueueOptions.none().withDurability(Durability.SYNC));
        Deque<Sent> sent = new ArrayDeque<>();
        MessageQueue queue = msqd.open(msqid);
        for (int i = 0; i < MANY; i++) {
            assertTrue(send(queue, sent, LENGTH));
        }
        Path filler = fill(small.path());
        for (int i = 0; i < MESSAGES * MESSAGES && !tight; i++) {
            send(queue, sent, LENGTH);
        }
        assertTrue(tight, "the disk is not full");
        for (int i = 0; i < MANY / 4; i++) {
            receive(queue, sent);
        }
        daemon.close();
        daemon = startDaemon();
        msqd = connect();
        queue = msqd.open(msqid);
        assertFalse(send(queue, sent, LONG), "the disk is not full");
        for (int i = 0; i < MANY / 4; i++) {
            receive(queue, sent);
        }
        Files.delete(filler);
        sendAtLast(queue, sent, SHORT);
        receive(queue, sent);
        daemon.close();
        IoUtil.delete(folder.resolve("hot").toFile(), false);
        daemon = startDaemon();
        msqd = connect();
        receiveAll(msqd.open(msqid), sent);
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
        msqd = connect();
        try (MessageQueue queue = msqd.open(msqd.get("q", Msqd.IPC_CREAT | 0600))) {
            assertTrue(queue.trySend(1, message(LENGTH), 0, LENGTH));
        }
    }
}
