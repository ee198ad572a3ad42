package dev.msqd.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.control.AttachReply;
import dev.msqd.client.control.ControlClient;
import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.client.control.Packet;
import dev.msqd.client.control.StatKind;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A daemon and its clients in one process, over a real socket. */
@Timeout(120)
class DaemonTest {
    private static final int IPC_CREAT = ControlDescriptor.IPC_CREAT;
    private static final int IPC_EXCL = ControlDescriptor.IPC_EXCL;
    private static final int IPC_PRIVATE = ControlDescriptor.IPC_PRIVATE;
    private static final QueueOptions DEFAULT = QueueOptions.none();

    @TempDir
    private Path folder;
    private Daemon daemon;
    private ControlClient client;

    @BeforeEach
    void start() {
        startDaemon();
        client = ControlClient.connect(data());
    }

    @AfterEach
    void stop() {
        client.close();
        daemon.close();
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path hot() {
        return folder.resolve("hot");
    }

    private void startDaemon(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("dir", data().toString(), "hot.dir", hot().toString()));
        for (String setting : settings) {
            all.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        daemon = Daemon.start(Configuration.load(all, Map.of(), null));
    }

    private void restart(String... settings) {
        daemon.close();
        startDaemon(settings);
    }

    private int create(int key, int mode) {
        return client.get(key, "", IPC_CREAT | mode, DEFAULT);
    }

    private static String refusal(int errno, Executable call) {
        ErrnoException refused = assertThrows(ErrnoException.class, call);
        assertEquals(errno, refused.errno(), refused.getMessage());
        return refused.getMessage();
    }

    private void send(int msqid, String... texts) {
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqid)) {
            for (String text : texts) {
                byte[] bytes = text.getBytes(UTF_8);
                assertTrue(queue.trySend(1, bytes, 0, bytes.length));
            }
        }
    }

    private String receive(int msqid) {
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqid)) {
            byte[] buffer = new byte[1000];
            int length = queue.tryReceive(Selector.any(), buffer, 0, buffer.length);
            return length < 0 ? null : new String(buffer, 0, length, UTF_8);
        }
    }

    /** R1, R2, R3, R6, R14. */
    @Test
    void findsAndMakesQueuesByKey() {
        refusal(Errno.ENOENT, () -> client.get(0x1f, "", 0600, DEFAULT));
        refusal(Errno.ENOENT, () -> client.get(0x1f, "", IPC_EXCL | 0600, DEFAULT));
        int msqid = create(0x1f, 0600);
        assertEquals(msqid, create(0x1f, 0600));
        assertEquals(msqid, client.get(0x1f, "", IPC_EXCL, DEFAULT));
        refusal(Errno.EEXIST, () -> client.get(0x1f, "", IPC_CREAT | IPC_EXCL | 0777, DEFAULT));
        assertNotEquals(client.get(IPC_PRIVATE, "", 0, DEFAULT),
            client.get(IPC_PRIVATE, "", IPC_CREAT | IPC_EXCL, DEFAULT));
        client.remove(msqid);
        assertNotEquals(msqid, create(0x1f, 0600));
    }

    /** R9, R10: what a new queue is. */
    @Test
    void describesANewQueue() {
        long beforeSeconds = System.currentTimeMillis() / 1000;
        int msqid = client.get(-2, "", IPC_CREAT | 0123 | 070000, DEFAULT);
        MsqidDs ds = client.stat(msqid, StatKind.STAT);
        var self = client.hello().credentials();
        assertEquals(
            new MsqidDs(msqid, -2, "", self.uid(), self.gid(), self.uid(), self.gid(), 0123, 0, 0, 64 << 20, 0, 0,
                0, 0, ds.ctimeSeconds(), Durability.INTERVAL, Retention.NONE, ""),
            ds);
        assertTrue(ds.ctimeSeconds() >= beforeSeconds);
        assertEquals((int) ProcessHandle.current().pid(), self.pid());
    }

    @Test
    void keepsNames() {
        int msqid = client.get(IPC_PRIVATE, "orders", IPC_CREAT | 0600, QueueOptions.ofQbytes(4096));
        MsqidDs ds = client.stat(msqid, StatKind.STAT);
        assertEquals("orders", ds.name());
        assertEquals(4096, ds.qbytes());
        assertNotEquals(IPC_PRIVATE, ds.key());
        assertEquals(msqid, client.resolve("orders"));
        assertEquals(msqid, client.get(ds.key(), "", 0, DEFAULT), "the key finds it too");
        assertEquals(msqid, client.get(IPC_PRIVATE, "orders", IPC_CREAT | 0600, DEFAULT));
        refusal(Errno.EEXIST, () -> client.get(IPC_PRIVATE, "orders", IPC_CREAT | IPC_EXCL, DEFAULT));
        assertTrue(refusal(Errno.ENOENT, () -> client.resolve("order")).contains("'order'"));
        refusal(Errno.ENOENT, () -> client.get(IPC_PRIVATE, "order", 0600, DEFAULT));
        refusal(Errno.EINVAL, () -> client.get(IPC_PRIVATE, "0x1", IPC_CREAT | 0600, DEFAULT));
        restart();
        assertEquals(msqid, client.resolve("orders"));
        client.remove(msqid);
        refusal(Errno.ENOENT, () -> client.resolve("orders"));
    }

    /** A name whose key is taken gets the next one. */
    @Test
    void avoidsKeysInUse() {
        int first = client.get(IPC_PRIVATE, "a", IPC_CREAT | 0600, DEFAULT);
        int key = client.stat(first, StatKind.STAT).key();
        client.remove(first);
        int stranger = create(key, 0600);
        int named = client.get(IPC_PRIVATE, "a", IPC_CREAT | 0600, DEFAULT);
        assertNotEquals(stranger, named);
        assertEquals(key + 1, client.stat(named, StatKind.STAT).key());
    }

    /** R11, for creation only. */
    @Test
    void refusesMoreQueuesThanMsgmni() {
        restart("msgmni=2");
        create(1, 0600);
        int second = create(2, 0600);
        assertTrue(refusal(Errno.ENOSPC, () -> create(3, 0600)).contains("msgmni is 2"));
        assertEquals(second, create(2, 0600));
        client.remove(second);
        create(3, 0600);
    }

    /** R15, R59: stale, unknown and negative ids. */
    @Test
    void refusesIdsThatAreNoQueues() {
        int stale = create(1, 0600);
        client.remove(stale);
        create(2, 0600);
        for (int msqid : new int[] {stale, 12_345, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refusal(Errno.EINVAL, () -> client.stat(msqid, StatKind.STAT));
            refusal(Errno.EINVAL, () -> client.attach(msqid));
            refusal(Errno.EINVAL, () -> client.set(msqid, QueueSettings.none()));
            refusal(Errno.EINVAL, () -> client.remove(msqid));
        }
    }

    /** R64, R67, R74. */
    @Test
    void changesWhatIsAskedFor() {
        int msqid = client.get(5, "", IPC_CREAT | 0600, QueueOptions.ofQbytes(1000));
        send(msqid, "0123456789");
        MsqidDs before = client.stat(msqid, StatKind.STAT);
        client.set(msqid, QueueSettings.none().withMode(07777).withQbytes(5));
        client.set(msqid, QueueSettings.none().withGid(77));
        MsqidDs after = client.stat(msqid, StatKind.STAT);
        assertEquals(0777, after.mode());
        assertEquals(5, after.qbytes());
        assertEquals(77, after.gid());
        assertEquals(before.uid(), after.uid());
        assertEquals(before.cgid(), after.cgid());
        assertEquals(10, after.cbytes(), "nothing is dropped");
        assertTrue(after.ctimeSeconds() >= before.ctimeSeconds());
        restart();
        assertEquals(after, client.stat(msqid, StatKind.STAT));
    }

    /** R61: -1 is nobody. */
    @Test
    void refusesMinusOneAsUserOrGroup() {
        int msqid = create(5, 0600);
        refusal(Errno.EINVAL, () -> client.set(msqid, QueueSettings.none().withUid(-1)));
        refusal(Errno.EINVAL, () -> client.set(msqid, QueueSettings.none().withGid(-1)));
        refusal(Errno.EINVAL, () -> client.stat(-1, StatKind.STAT_INDEX));
    }

    /** R70, R71, R72, R73. */
    @Test
    void describesTheSystem() {
        assertEquals(0, client.info().highestIndex());
        int first = create(1, 0600);
        int second = create(2, 0600);
        send(second, "abc", "de");
        client.remove(first);
        SystemInfo info = client.info();
        assertEquals(1, info.highestIndex());
        assertEquals(1, info.queues());
        assertEquals(2, info.messages());
        assertEquals(5, info.bytes());
        assertEquals(client.limits(), info.limits());
        assertEquals(client.limits(), client.hello().limits());
        assertEquals(second, client.stat(1, StatKind.STAT_INDEX).msqid());
        assertEquals(second, client.stat(7 << 15 | 1, StatKind.STAT_ANY).msqid(), "only the low 15 bits count");
        refusal(Errno.EINVAL, () -> client.stat(0, StatKind.STAT_INDEX));
    }

    /** Many pages, in index order. */
    @Test
    void listsAllQueues() {
        String tail = "y".repeat(240);
        for (int i = 0; i < 150; i++) {
            client.get(IPC_PRIVATE, i + tail, IPC_CREAT | 0600, DEFAULT);
        }
        List<MsqidDs> queues = client.list();
        assertEquals(150, queues.size());
        for (int i = 0; i < 150; i++) {
            assertEquals(i + tail, queues.get(i).name());
            assertEquals(i, queues.get(i).index());
        }
    }

    @Test
    void handsTheMemoryOver() {
        int msqid = create(5, 0600);
        AttachReply attached = client.attach(msqid);
        assertEquals(6, attached.rights());
        try (QueueMemory memory = QueueMemory.adopt(attached.fd(), "attached")) {
            assertEquals(msqid, memory.state().msqid());
            client.set(msqid, QueueSettings.none().withQbytes(99));
            assertEquals(99, memory.state().qbytes());
            assertFalse(memory.state().removed());
            client.remove(msqid);
            assertTrue(memory.state().removed());
            assertFalse(Files.exists(hot().resolve(Integer.toString(msqid))), "unlinked");
        }
    }

    @Test
    void keepsMessagesOverARestartOfTheDaemon() {
        int msqid = create(5, 0600);
        send(msqid, "one", "two");
        long epoch = client.hello().epoch();
        int clientId = client.hello().clientId();
        restart();
        assertEquals("one", receive(msqid));
        assertEquals(1, client.stat(msqid, StatKind.STAT).qnum());
        assertEquals(epoch + 1, client.hello().epoch());
        assertEquals(clientId, client.hello().clientId(), "the same client as before");
    }

    /** After a reboot the hot directory is gone: the queues are there, with what was queued at a stop in good order. */
    @Test
    void rebuildsWhatARebootTook() throws IOException {
        int msqid = client.get(IPC_PRIVATE, "orders", IPC_CREAT | 0640, QueueOptions.ofQbytes(5000));
        send(msqid, "kept");
        MsqidDs before = client.stat(msqid, StatKind.STAT);
        daemon.close();
        deleteTree(hot());
        startDaemon();
        MsqidDs after = client.stat(client.resolve("orders"), StatKind.STAT);
        assertEquals(before.msqid(), after.msqid());
        assertEquals(before.qbytes(), after.qbytes());
        assertEquals(before.mode(), after.mode());
        assertEquals(before.ctimeSeconds(), after.ctimeSeconds());
        assertEquals(before.stimeSeconds(), after.stimeSeconds());
        assertEquals(before.lspid(), after.lspid());
        assertEquals(1, after.qnum());
        assertEquals("kept", receive(msqid));
        send(msqid, "new");
        assertEquals("new", receive(msqid));
    }

    /** Hot files of one queue are damaged: it gives EIO naming the file, the others serve, it can be removed. */
    @Test
    void goesOnBesideADamagedQueue() throws IOException {
        int bad = create(5, 0600);
        int good = create(6, 0600);
        send(good, "kept");
        daemon.close();
        Path file = QueueMemory.file(hot().resolve(Integer.toString(bad)));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), 0);
        }
        startDaemon();
        assertTrue(refusal(Errno.EIO, () -> client.attach(bad)).contains(file.toString()));
        assertTrue(refusal(Errno.EIO, () -> client.stat(bad, StatKind.STAT)).contains(file.toString()));
        refusal(Errno.EIO, () -> client.set(bad, QueueSettings.none()));
        assertEquals(bad, client.get(5, "", 0, DEFAULT));
        List<MsqidDs> queues = client.list();
        assertTrue(queues.get(0).fault().contains(file.toString()), queues.get(0).fault());
        assertEquals("", queues.get(1).fault());
        assertEquals("kept", receive(good));
        client.remove(bad);
        assertFalse(Files.exists(file));
        assertEquals(1, client.list().size());
    }

    /** A hot file cut short, another queue's in its place, an empty folder: each is that queue's fault alone. */
    @Test
    void reportsWhatIsWrongWithAHotFile() throws IOException {
        int cut = create(5, 0600);
        int swapped = create(6, 0600);
        int empty = create(7, 0600);
        daemon.close();
        Path swappedFile = QueueMemory.file(hot().resolve(Integer.toString(swapped)));
        Path cutFile = QueueMemory.file(hot().resolve(Integer.toString(cut)));
        Files.delete(swappedFile);
        Files.createLink(swappedFile, cutFile);
        Files.delete(QueueMemory.file(hot().resolve(Integer.toString(empty))));
        startDaemon();
        assertTrue(client.list().get(1).fault().contains(swappedFile + " belongs to queue " + cut));
        assertTrue(client.list().get(2).damaged());
        daemon.close();
        try (FileChannel channel = FileChannel.open(cutFile, StandardOpenOption.WRITE)) {
            channel.truncate(100);
        }
        startDaemon();
        assertTrue(client.list().get(0).fault().contains("is cut short"), client.list().get(0).fault());
    }

    /** A registry entry with both copies bad: reported by file and index, the others serve, it can be given up. */
    @Test
    void goesOnBesideADamagedRegistryEntry() throws IOException {
        int bad = create(5, 0600);
        int good = create(6, 0600);
        daemon.close();
        try (FileChannel channel = FileChannel.open(data().resolve("registry"), StandardOpenOption.WRITE)) {
            byte[] noise = new byte[RegistryDescriptor.ENTRY_LENGTH];
            Arrays.fill(noise, (byte) 0x5a);
            channel.write(ByteBuffer.wrap(noise), RegistryDescriptor.entryOffset(0));
        }
        startDaemon();
        assertEquals(
            "entry 0 of " + daemon.directory().resolve("registry") + " is damaged: neither of its copies can be read",
            client.list().get(0).fault());
        assertTrue(refusal(Errno.EIO, () -> client.attach(bad)).contains("entry 0 of"));
        assertTrue(Files.exists(hot().resolve(Integer.toString(bad))), "the memory is left as evidence");
        assertEquals(good, client.get(6, "", 0, DEFAULT));
        client.remove(bad);
        assertEquals(1, client.list().size());
        assertFalse(Files.exists(hot().resolve(Integer.toString(bad))));
    }

    /**
     * What a killed daemon had not finished is cleared away; what it had removed is flagged for those who sleep in it.
     */
    @Test
    void clearsStraysAway() throws IOException {
        int msqid = create(5, 0600);
        AttachReply attached = client.attach(msqid);
        Path queueFolder = hot().resolve(Integer.toString(msqid));
        Path aside = folder.resolve("aside");
        Files.createDirectory(aside);
        Files.createLink(aside.resolve("queue"), QueueMemory.file(queueFolder));
        client.remove(msqid);
        daemon.close();
        Files.move(aside, queueFolder);
        Files.createDirectory(hot().resolve("9.new"));
        try (QueueMemory memory = QueueMemory.adopt(attached.fd(), "attached")) {
            startDaemon();
            assertTrue(memory.state().removed());
        }
        assertFalse(Files.exists(queueFolder));
        assertFalse(Files.exists(hot().resolve("9.new")));
    }

    @Test
    void refusesASecondDaemonInTheSameProcess() {
        String refusal = refusal(Errno.EBUSY, () -> Daemon.start(Configuration.load(
            Map.of("dir", data().toString(), "hot.dir", hot().toString()), Map.of(), null)));
        assertTrue(refusal.contains(daemon.directory().toString()), refusal);
        create(5, 0600);
    }

    @Test
    void refusesAnothersHotDirectory() {
        Configuration other = Configuration.load(
            Map.of("dir", folder.resolve("other").toString(), "hot.dir", hot().toString()), Map.of(), null);
        String refusal = refusal(Errno.EBUSY, () -> Daemon.start(other));
        assertTrue(refusal.contains("the hot directory " + hot() + " is already served by this process"), refusal);
        daemon.close();
        refusal = refusal(Errno.EBUSY, () -> Daemon.start(other));
        assertTrue(refusal.contains("belongs to another data directory, " + daemon.directory()), refusal);
        startDaemon();
    }

    /** Who leaves last finds nothing to settle, and nothing is made for it. */
    @Test
    void clientOfARemovedQueueLeaves() throws Exception {
        int msqid = create(5, 0600);
        ControlClient other = ControlClient.connect(data());
        LinuxFile.close(other.attach(msqid).fd());
        client.remove(msqid);
        other.close();
        // Its good-bye comes before this request.
        assertEquals(List.of(), client.list());
        assertFalse(Files.exists(hot().resolve(Integer.toString(msqid))), "made again");
    }

    /** Data directory deleted, daemon started anew at the same path: it begins from nothing, without complaint. */
    @Test
    void beginsAnewInADeletedDirectory() throws IOException {
        int msqid = create(5, 0600);
        AttachReply attached = client.attach(msqid);
        int clientId = client.hello().clientId();
        create(6, 0600);
        daemon.close();
        deleteTree(data());
        startDaemon();
        assertEquals(List.of(), client.list());
        assertEquals(clientId, client.hello().clientId(), "ids begin anew with the client table");
        try (QueueMemory memory = QueueMemory.adopt(attached.fd(), "attached")) {
            assertTrue(memory.state().removed());
        }
        assertEquals(0, create(5, 0600));
    }

    @Test
    void saysWhenNobodyServes() {
        client.close();
        daemon.close();
        String refusal = refusal(Errno.ECONNREFUSED, () -> ControlClient.connect(data()));
        assertTrue(
            refusal.endsWith("no daemon serves " + data() + "; start one with `msqd serve --dir " + data() + "`"),
            refusal);
        refusal(Errno.ECONNREFUSED, () -> ControlClient.connect(folder.resolve("absent")));
    }

    @Test
    void givesUpWaitingForADaemon() {
        try (ControlClient impatient = ControlClient.connect(data(), 50)) {
            daemon.close();
            refusal(Errno.ECONNREFUSED, impatient::limits);
            startDaemon();
            impatient.limits();
        }
    }

    /** A request waits for the daemon to come back. */
    @Test
    void waitsForTheNextDaemon() throws Exception {
        daemon.close();
        Thread later = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(300);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            startDaemon();
        });
        create(5, 0600);
        later.join();
    }

    @Test
    void endsAWaitOnInterrupt() throws Exception {
        daemon.close();
        Thread.currentThread().interrupt();
        refusal(Errno.EINTR, client::limits);
        startDaemon();
        client.limits();
    }

    @Test
    void refusesUseAfterClose() {
        client.close();
        client.close();
        refusal(Errno.EBADF, client::limits);
    }

    /** Whatever a client sends: an error for it, or the end of its connection; nothing for others. */
    @Test
    void survivesMalformedRequests() {
        assertEquals(Errno.EPROTO, answer(false, ControlDescriptor.LIMITS_GET, 8));
        assertEquals(Errno.EPROTO, answer(false, ControlDescriptor.HELLO, 16), "version 0");
        for (int type = ControlDescriptor.HELLO; type < ControlDescriptor.BYE; type++) {
            if (ControlDescriptor.minLength(type) > 8) {
                assertEquals(Errno.EINVAL, answer(true, type, ControlDescriptor.minLength(type) - 1), "type " + type);
            }
        }
        assertEquals(Errno.EINVAL, answer(true, 99, 8));
        assertEquals(Errno.EINVAL, answer(true, -1, 8));
        assertEquals(Errno.EPROTO, answer(true, ControlDescriptor.HELLO, 16), "twice");
        assertEquals(-1, answer(true, ControlDescriptor.LIMITS_GET, 4), "no whole header: disconnected");
        assertEquals(-1, answer(true, ControlDescriptor.LIMITS_GET, ControlDescriptor.MAX_LENGTH + 1), "too long");
        client.limits();
    }

    /** Sends a request that is zero after its header; returns the reply's errno, or -1 if the connection ended. */
    private int answer(boolean afterHello, int type, int length) {
        try (UnixSocket socket = UnixSocket.connect(data().resolve("socket"))) {
            Packet packet = new Packet();
            if (afterHello) {
                packet.request(ControlDescriptor.HELLO, 1);
                packet.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, ControlDescriptor.VERSION);
                packet.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, 0);
                socket.send(packet.buffer(), 0, packet.length());
                packet.length(socket.receive(packet.buffer(), 0, ControlDescriptor.MAX_LENGTH, new int[0]));
                assertEquals(0, packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET));
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.max(length, 8)).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(0, type);
            socket.send(new UnsafeBuffer(bytes), 0, length);
            packet.length(socket.receive(packet.buffer(), 0, ControlDescriptor.MAX_LENGTH, new int[0]));
            return packet.length() == 0 ? -1 : packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
        } catch (ErrnoException e) {
            assertEquals(Errno.ECONNRESET, e.errno(), e.getMessage());
            return -1;
        }
    }

    /** Who asks and never reads is disconnected; others are answered meanwhile. */
    @Test
    void doesNotWaitForASlowClient() {
        try (UnixSocket socket = UnixSocket.connect(data().resolve("socket"))) {
            Packet packet = new Packet();
            packet.request(ControlDescriptor.HELLO, 1);
            packet.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, ControlDescriptor.VERSION);
            packet.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, 0);
            socket.send(packet.buffer(), 0, packet.length());
            packet.request(ControlDescriptor.LIMITS_GET, 2);
            ErrnoException ended = assertThrows(ErrnoException.class, () -> {
                while (true) {
                    socket.send(packet.buffer(), 0, packet.length());
                }
            });
            assertTrue(ended.errno() == Errno.EPIPE || ended.errno() == Errno.ECONNRESET, ended.getMessage());
            client.limits();
        }
    }

    @Test
    void leavesNoDescriptorsBehind() throws IOException {
        int msqid = create(5, 0600);
        attachAndLeave(msqid);
        long before = openDescriptors();
        for (int i = 0; i < 20; i++) {
            attachAndLeave(msqid);
        }
        // A good-bye is not waited for: another client's request comes after it.
        client.limits();
        long after = openDescriptors();
        assertTrue(after <= before + 4, before + " descriptors before, " + after + " after");
    }

    private void attachAndLeave(int msqid) {
        try (ControlClient other = ControlClient.connect(data())) {
            LinuxFile.close(other.attach(msqid).fd());
        }
    }

    private static long openDescriptors() throws IOException {
        try (var names = Files.list(Path.of("/proc/self/fd"))) {
            return names.count();
        }
    }

    /** The socket is for everybody; what the daemon keeps is its own. */
    @Test
    void setsPermissionsOfItsFiles() throws IOException {
        assertEquals(0666, (int) Files.getAttribute(data().resolve("socket"), "unix:mode") & 0777);
        assertEquals(0600, (int) Files.getAttribute(data().resolve("registry"), "unix:mode") & 0777);
        assertEquals(0700, (int) Files.getAttribute(hot(), "unix:mode") & 0777);
        int msqid = create(5, 0666);
        Path file = QueueMemory.file(hot().resolve(Integer.toString(msqid)));
        assertEquals(0600, (int) Files.getAttribute(file, "unix:mode") & 0777);
    }

    private static void deleteTree(Path root) throws IOException {
        try (var paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
