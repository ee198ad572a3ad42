package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a data directory without a daemon, and beside one. */
@Timeout(60)
class StoredDataTest {
    private static final byte[] MESSAGE = {1, 2, 3};

    @TempDir
    private Path folder;
    private int orders;
    private int plain;

    @BeforeEach
    void makeQueues() {
        try (Daemon daemon = serve(); Msqd msqd = Msqd.connect(daemon.directory())) {
            orders = msqd.get("orders", Msqd.IPC_CREAT | 0600,
                QueueOptions.none().withDurability(Durability.SYNC).withRetention(new Retention(3600, 0)));
            plain = msqd.get(0x1f, Msqd.IPC_CREAT | 0600);
            try (MessageQueue queue = msqd.open(orders)) {
                assertTrue(queue.trySend(1, MESSAGE, 0, MESSAGE.length));
                assertTrue(queue.trySend(1, MESSAGE, 0, MESSAGE.length));
            }
        }
    }

    private Daemon serve() {
        return Daemon.start(Configuration.load(
            Map.of("dir", data().toString(), "hot.dir", hot().toString()), Map.of(), null));
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path hot() {
        return folder.resolve("hot");
    }

    private StoredData look() {
        return StoredData.of(data(), hot());
    }

    private StoredQueue queue(int msqid) {
        return look().queues().stream().filter(each -> each.msqid() == msqid).findFirst().orElseThrow();
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Every file with its time and its bytes. */
    private Map<String, String> everything() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList()) {
                String what = Files.getLastModifiedTime(path).toString();
                if (Files.isRegularFile(path) && Files.size(path) < 1 << 20) {
                    what += HexFormat.of().formatHex(Files.readAllBytes(path));
                }
                files.put(path.toString(), what);
            }
        }
        return files;
    }

    @Test
    void lookingChangesNothing() throws IOException {
        Map<String, String> before = everything();
        StoredData data = look();
        for (StoredQueue queue : data.queues()) {
            LogCheck.of(queue.log(), queue.uuid());
        }
        assertEquals(List.of(), data.strayLogs());
        assertFalse(data.isServed());
        assertEquals(before, everything());
    }

    @Test
    void tellsOfQueuesAndTheirLogs() throws IOException {
        StoredData data = look();
        assertEquals(data().toRealPath(), data.directory());
        assertEquals(hot(), data.hotDirectory());
        assertEquals(StoredData.Hot.OWN, data.hot());
        assertEquals("", data.hotFault());
        assertEquals(List.of(orders, plain), data.queues().stream().map(StoredQueue::msqid).toList());
        StoredQueue queue = data.queues().getFirst();
        assertEquals("orders", queue.name());
        assertEquals(Durability.SYNC, queue.durability());
        assertEquals(new Retention(3600, 0), queue.retention());
        assertTrue(queue.hot());
        assertEquals("", queue.hotFault());
        LogCheck check = LogCheck.of(queue.log(), queue.uuid());
        assertFalse(check.isDamaged());
        assertTrue(check.complete());
        assertTrue(check.cleanStop());
        assertEquals(2, check.messages());
        assertEquals(2 * MESSAGE.length, check.messageBytes());
        assertEquals("", check.tornTail());
        assertEquals(0x1f, data.queues().getLast().key());
    }

    @Test
    void looksBesideADaemon() {
        try (Daemon daemon = serve(); Msqd msqd = Msqd.connect(daemon.directory())) {
            StoredData data = look();
            assertTrue(data.isServed());
            assertEquals(2, data.queues().size());
            msqd.remove(plain);
            assertEquals(1, look().queues().size());
            assertEquals(1, msqd.list().size());
        }
        assertFalse(look().isServed());
    }

    @Test
    void aHotDirectoryIsOwnOrForeignOrOld() throws IOException {
        OwnerFile own = OwnerFile.read(hot().resolve("owner"));
        new OwnerFile(own.id(), own.dataDirectory(), UUID.randomUUID()).write(hot().resolve("owner"));
        assertEquals(StoredData.Hot.EARLIER_BOOT, look().hot());
        assertFalse(queue(orders).hot());
        new OwnerFile(UUID.randomUUID(), own.dataDirectory(), Processes.bootId()).write(hot().resolve("owner"));
        assertEquals(StoredData.Hot.PREDECESSORS, look().hot());
        assertFalse(queue(orders).hot());
        new OwnerFile(UUID.randomUUID(), "/elsewhere", Processes.bootId()).write(hot().resolve("owner"));
        assertEquals(StoredData.Hot.FOREIGN, look().hot());
        assertEquals(hot() + " belongs to another data directory, /elsewhere", look().hotFault());
        Files.write(hot().resolve("owner"), new byte[50]);
        assertEquals(StoredData.Hot.FOREIGN, look().hot());
        assertTrue(look().hotFault().contains("is damaged"), look().hotFault());
        deleteTree(hot());
        assertEquals(StoredData.Hot.ABSENT, look().hot());
        assertEquals("", look().hotFault());
        assertFalse(queue(orders).hot());
    }

    @Test
    void aHotFileThatIsDamagedIsNamed() throws IOException {
        Path file = QueueMemory.file(hot().resolve(Integer.toString(orders)));
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(StateDescriptor.UUID_LOW_OFFSET);
            bytes.write(1);
            bytes.write(2);
        }
        assertTrue(queue(orders).hot());
        assertEquals(file + " belongs to another queue", queue(orders).hotFault());
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(StateDescriptor.READY_OFFSET);
            bytes.writeLong(0);
        }
        assertEquals(file + " is not a queue's hot file, or was never finished", queue(orders).hotFault());
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(10);
        }
        assertEquals(file + " is cut short", queue(orders).hotFault());
        Files.delete(file);
        assertTrue(queue(orders).hotFault().startsWith(file + " cannot be read"), queue(orders).hotFault());
        assertEquals("", queue(plain).hotFault());
    }

    @Test
    void whatBelongsToNoQueueIsAStray() throws IOException {
        Files.createDirectories(data().resolve("log").resolve("77"));
        Files.createDirectories(data().resolve("log").resolve("others"));
        assertEquals(List.of("77", "others"), look().strayLogs());
        deleteTree(data().resolve("log"));
        assertEquals(List.of(), look().strayLogs());
        assertEquals(0, LogCheck.of(queue(orders).log(), queue(orders).uuid()).files());
    }

    @Test
    void damagedEntriesAreTold() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(data().resolve("registry").toFile(), "rw")) {
            for (int parity = 0; parity < 2; parity++) {
                file.seek(RegistryDescriptor.entryOffset(plain) + RegistryDescriptor.copyOffset(parity) + 30);
                file.writeInt(0x55AA);
            }
            file.seek(RegistryDescriptor.entryOffset(orders) + RegistryDescriptor.copyOffset(0) + 30);
            file.writeInt(0x55AA);
        }
        StoredData data = look();
        assertEquals(List.of(plain), data.damagedEntries());
        assertEquals(List.of(orders), data.mendedEntries());
        assertEquals(List.of(orders), data.queues().stream().map(StoredQueue::msqid).toList());
    }

    @Test
    void saysWhatIsNotADataDirectory() throws IOException {
        ErrnoException absent =
            assertThrows(ErrnoException.class, () -> StoredData.of(folder.resolve("absent"), null));
        assertEquals(Errno.ENOENT, absent.errno());
        assertTrue(absent.getMessage().contains(folder.resolve("absent").toString()), absent.getMessage());
        assertEquals(Errno.ENOENT, assertThrows(ErrnoException.class, () -> StoredData.of(folder, null)).errno());
        Files.write(folder.resolve("registry"), new byte[100]);
        assertEquals(Errno.EIO, assertThrows(ErrnoException.class, () -> StoredData.of(folder, null)).errno());
    }

    /** Root checks the directory of another user's daemon. */
    @Test
    void theDefaultHotDirectoryIsTheOwners() throws IOException {
        UUID id;
        try (Registry registry = Registry.open(data().resolve("registry"))) {
            id = registry.directoryId();
        }
        assertEquals(HotDirectory.byDefault(id), StoredData.of(data(), null).hotDirectory());
        assertTrue(HotDirectory.byDefault(id, -2).toString().startsWith("/dev/shm/msqd-4294967294-"));
    }
}
