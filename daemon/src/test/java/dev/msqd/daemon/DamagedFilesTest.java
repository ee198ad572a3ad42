package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.DataDirectory;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.StatKind;
import dev.msqd.daemon.TestHost.Message;
import dev.msqd.daemon.contract.SharedMemoryFolder;
import dev.msqd.daemon.stats.CountersFile;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.IoUtil;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All stored files but the logs, damaged one at a time, and opened as a daemon does. It either refuses to start and names the file, or
 * serves every queue that is not hurt with exactly its messages. A queue that is hurt gives errors at worst, and is never forgotten.
 */
class DamagedFilesTest {
    private static final int QUEUES = 4;
    /** The index of the one that was removed. */
    private static final int GONE = 1;
    private static final int MESSAGES = 40;
    private static final int MAX_LENGTH = 1000;
    /** Of a damaged queue that seems to have no end. */
    private static final int MOST_RECEIVED = 1000;
    /** No process has this id: beyond the kernel's limit. */
    private static final int NO_PID = (1 << 22) + 1;
    /** A client that no table names. */
    private static final int MINE = 1 << 20;
    private static final int SECTOR = 512;
    private static final int WORD = 8;
    private static final int MOST_FAILURES = 20;
    private static final Duration WATCHDOG = Duration.ofSeconds(60);
    private static final Credentials OWNER = new Credentials(
        new PeerCredentials(Processes.self(), Processes.effectiveUid(), 0, new int[0]), 0);

    @TempDir(factory = SharedMemoryFolder.class)
    private Path root;
    /** The queue at each index. */
    private final int[] msqids = new int[QUEUES];
    private final List<List<Message>> expected = new ArrayList<>();
    private MsqidDs[] described;
    /** All files as a daemon and a client left them that were killed in the middle of a send and of a receive. */
    private final Map<Path, StoredImage> killed = new TreeMap<>();
    /** All files of the data directory after a stop in good order; the hot directory is gone. */
    private final Map<Path, StoredImage> stopped = new TreeMap<>();
    private final List<AssertionError> failures = new ArrayList<>();
    private int refused;
    private int faults;

    @Test
    void findsOrOutlivesDamage() throws Exception {
        run(1, 2_000);
    }

    @Test
    @Tag("long")
    void findsOrOutlivesMuchDamage() throws Exception {
        run(1_000_000, Integer.getInteger("msqd.damage.images", 50_000));
    }

    private void run(long firstSeed, int images) throws Exception {
        PrintStream errors = System.err;
        // Daemons tell at length what is wrong with their files.
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        try {
            make();
            long seed = Long.getLong("msqd.damage.seed", firstSeed);
            long last = Long.getLong("msqd.damage.seed") == null ? seed + images - 1 : seed;
            for (; seed <= last && failures.size() < MOST_FAILURES; seed++) {
                Random dice = new Random(seed);
                Image image = new Image(Target.values()[dice.nextInt(Target.values().length)], dice);
                try {
                    assertTimeoutPreemptively(WATCHDOG, () -> judge(image, dice));
                } catch (Throwable t) {
                    failures.add(new AssertionError("-Dmsqd.damage.seed=" + seed + ", " + image.what + ": " + t, t));
                }
            }
        } finally {
            System.setErr(errors);
        }
        System.out.println(images + " images: " + refused + " refused, " + faults + " with a queue that gave errors");
        assertAll(failures.stream().map(failure -> () -> {
            throw failure;
        }));
        if (Long.getLong("msqd.damage.seed") == null) {
            assertTrue(refused > images / 20, "refused: " + refused);
            assertTrue(faults > images / 20, "with a queue that gave errors: " + faults);
        }
    }

    // ---- the whole state

    private Path data() {
        return root.resolve("data");
    }

    private Path hot() {
        return root.resolve("hot");
    }

    private void make() throws Exception {
        Files.createDirectories(data());
        List<Client> clients = new ArrayList<>();
        try (Served served = new Served()) {
            int dead = 0;
            try (ClientTable table = ClientTable.open(served.hot.clients())) {
                table.add(Processes.self(), Processes.effectiveUid(), Processes.startTime(Processes.self()));
                dead = table.add(NO_PID, Processes.effectiveUid(), 1).clientId();
            }
            for (int index = 0; index < QUEUES; index++) {
                msqids[index] = served.queues.get(OWNER, "queue-" + index, Msqd.IPC_CREAT | 0600,
                    QueueOptions.ofQbytes(1 << 17)
                        .withDurability(index == 0 ? Durability.PROCESS : Durability.INTERVAL)
                        .withRetention(index == 2 ? new Retention(3600, 1 << 20) : Retention.NONE));
                assertEquals(index, msqids[index] & MsqidDs.INDEX_MASK);
            }
            for (int index = 0; index < QUEUES; index++) {
                if (index == GONE) {
                    expected.add(List.of());
                } else {
                    Client client = new Client(served, msqids[index], dead);
                    clients.add(client);
                    expected.add(fill(client, new Random(index)));
                }
            }
            served.queues.remove(OWNER, msqids[GONE]);
            read(killed);
            clients.forEach(Client::close);
        }
        write(killed);
        try (Served served = new Served()) {
            described = described(served);
        }
        IoUtil.delete(hot().toFile(), true);
        read(stopped);
        for (Map<Path, StoredImage> state : List.of(killed, stopped)) {
            write(state);
            try (Served served = new Served()) {
                for (int index = 0; index < QUEUES; index++) {
                    if (index != GONE) {
                        assertServed(served, index);
                    }
                }
            }
        }
    }

    /** Sends and receives; what is left, in order. One more is being sent, the first that is left is being received. */
    private static List<Message> fill(Client client, Random dice) {
        List<Message> left = new ArrayList<>();
        for (int count = 0; count < MESSAGES; count++) {
            byte[] payload = new byte[dice.nextInt(MAX_LENGTH)];
            dice.nextBytes(payload);
            long mtype = 1 + count % 3;
            assertTrue(client.endpoint.sender().send(mtype, new UnsafeBuffer(payload), 0, payload.length, 0));
            left.add(message(mtype, payload, payload.length));
        }
        for (int count = 0; count < MESSAGES / 8; count++) {
            Message received = client.receive(Selector.type(2));
            assertTrue(left.remove(received));
        }
        for (int count = 0; count < MESSAGES / 8; count++) {
            assertEquals(left.removeFirst(), client.receive(Selector.any()));
        }
        assertTrue(client.endpoint.sender().tryClaim(1, 100) >= 0);
        assertEquals(Receiver.TAKEN, client.endpoint.receiver().take(Selector.any(), MAX_LENGTH, 0));
        return left;
    }

    private static Message message(long mtype, byte[] payload, int length) {
        CRC32C crc = new CRC32C();
        crc.update(payload, 0, length);
        return new Message(mtype, length, crc.getValue());
    }

    private MsqidDs[] described(Served served) {
        MsqidDs[] all = new MsqidDs[QUEUES];
        for (int index = 0; index < QUEUES; index++) {
            if (index != GONE) {
                all[index] = served.queues.describe(index);
            }
        }
        return all;
    }

    private void read(Map<Path, StoredImage> state) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                if (!path.getFileName().toString().equals(DirectoryLock.FILE_NAME)) {
                    state.put(root.relativize(path), StoredImage.of(path));
                }
            }
        }
    }

    private void write(Map<Path, StoredImage> state) throws IOException {
        IoUtil.delete(data().toFile(), true);
        IoUtil.delete(hot().toFile(), true);
        for (Map.Entry<Path, StoredImage> file : state.entrySet()) {
            file.getValue().write(root.resolve(file.getKey()));
        }
    }

    // ---- damaging

    /** Which file is damaged, and when. */
    private enum Target {
        REGISTRY("data/registry", false), REGISTRY_AFTER_REBOOT("data/registry", true), TIMES("data/times", true),
        OWNER("hot/owner", false), CLIENTS("hot/clients", false), LIMITS("hot/limits", false),
        MESSAGES("hot/messages", false), COUNTERS("hot/counters", false), QUEUE_0("hot/%d/queue", false),
        QUEUE_2("hot/%d/queue", false), QUEUE_3("hot/%d/queue", false), A_QUEUE("hot/%d/queue", false);

        private final String file;
        private final boolean afterReboot;

        Target(String file, boolean afterReboot) {
            this.file = file;
            this.afterReboot = afterReboot;
        }

        boolean isRegistry() {
            return this == REGISTRY || this == REGISTRY_AFTER_REBOOT;
        }

        /** The index of the queue whose memory it is, or -1. */
        int queue(Random dice) {
            return switch (this) {
                case QUEUE_0 -> 0;
                case QUEUE_2 -> 2;
                case QUEUE_3 -> 3;
                case A_QUEUE -> new int[] {0, 2, 3}[dice.nextInt(3)];
                default -> -1;
            };
        }
    }

    /** A state of which one file is damaged. */
    private final class Image {
        private final Target target;
        private final Map<Path, StoredImage> state;
        private final Path file;
        private final int queue;
        private final boolean forged;
        private final StoredImage whole;
        private final StoredImage damaged;
        private final String what;

        Image(Target target, Random dice) {
            this.target = target;
            this.state = target.afterReboot ? stopped : killed;
            this.queue = target.queue(dice);
            this.file = Path.of(queue < 0 ? target.file : String.format(target.file, msqids[queue]));
            this.whole = state.get(file);
            byte[] content = whole.content();
            int kind = dice.nextInt(ByteDamage.values().length + 2);
            this.forged = kind >= ByteDamage.values().length;
            if (forged) {
                for (int count = dice.nextInt(3); count >= 0; count--) {
                    forge(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN), dice);
                }
            } else {
                int page = content.length < StoredImage.PAGE ? WORD : dice.nextBoolean() ? SECTOR : StoredImage.PAGE;
                content = ByteDamage.values()[kind].apply(content, page, dice);
            }
            this.damaged = whole.with(content);
            this.what = file + (forged ? ", forged" : ", " + ByteDamage.values()[kind]);
        }

        /** Checksums are right where there are any. */
        private void forge(ByteBuffer content, Random dice) {
            if (target.isRegistry()) {
                int place = dice.nextInt(2 + 2 * QUEUES);
                int begin = place < 2 ? RegistryDescriptor.copyOffset(place)
                    : RegistryDescriptor.ENTRIES_OFFSET + (place - 2) * RegistryDescriptor.COPY_LENGTH;
                ByteDamage.forge(content, begin + Integer.BYTES * dice.nextInt(RegistryDescriptor.CRC_OFFSET / 4 - 1),
                    dice);
                CopyPair.seal(content.slice(begin, RegistryDescriptor.COPY_LENGTH).order(ByteOrder.LITTLE_ENDIAN));
            } else if (target == Target.TIMES) {
                int begin = dice.nextInt(content.capacity() / LastTimes.ENTRY_LENGTH) * LastTimes.ENTRY_LENGTH;
                ByteDamage.forge(content, begin + Integer.BYTES * dice.nextInt(5), dice);
                CRC32C crc = new CRC32C();
                crc.update(content.slice(begin, LastTimes.CRC_OFFSET));
                content.putInt(begin + LastTimes.CRC_OFFSET, (int) crc.getValue());
            } else {
                int last = content.capacity() - WORD;
                ByteDamage.forge(content, dice.nextBoolean() ? dice.nextInt(last + 1)
                    : Integer.BYTES * dice.nextInt(last / Integer.BYTES + 1), dice);
            }
        }

        private boolean isChanged(int offset, int length) {
            return !Arrays.equals(whole.bytes(offset, length), damaged.bytes(offset, length));
        }

        /** Whether a queue may give errors. */
        boolean hurts(int index) {
            if (target.isRegistry()) {
                return isChanged(RegistryDescriptor.entryOffset(index), RegistryDescriptor.ENTRY_LENGTH)
                    || forgesHeader();
            }
            return index == queue;
        }

        /** It then is another data directory's registry. */
        boolean forgesHeader() {
            return forged && target.isRegistry() && isChanged(0, RegistryDescriptor.ENTRIES_OFFSET);
        }
    }

    // ---- judging

    private void judge(Image image, Random dice) throws Exception {
        write(image.state);
        Path file = root.resolve(image.file);
        Files.delete(file);
        image.damaged.write(file);
        Served served;
        try {
            served = new Served();
        } catch (ErrnoException e) {
            refused++;
            // A hot directory says in its owner's file whose it is.
            assertTrue(e.getMessage().contains((image.target == Target.OWNER ? hot() : file).toString()),
                e.getMessage());
            return;
        }
        try (served) {
            if (image.target == Target.TIMES && !image.forged) {
                assertEquals(Arrays.asList(described), Arrays.asList(described(served)));
            }
            for (int index = 0; index < QUEUES; index++) {
                if (index != GONE && !image.hurts(index)) {
                    assertServed(served, index);
                }
            }
            boolean fault = false;
            for (int index = 0; index < QUEUES; index++) {
                if (index != GONE && image.hurts(index)) {
                    if (!image.forged && image.target.isRegistry()) {
                        assertRemembered(served, index);
                    }
                    fault |= !use(served, msqids[index], dice);
                }
            }
            faults += fault ? 1 : 0;
            addQueue(served, image);
            served.counting.run(System.nanoTime());
            for (int index = 0; index < QUEUES; index++) {
                if (index != GONE && !image.hurts(index)) {
                    try (Client client = new Client(served, msqids[index], MINE)) {
                        assertEquals(List.of(message(9, new byte[1], 1)), client.receiveAll());
                    }
                }
            }
        }
    }

    /** All its messages, and nothing else; and there is room for one more. */
    private void assertServed(Served served, int index) {
        try (Client client = new Client(served, msqids[index], MINE)) {
            assertEquals(expected.get(index), client.receiveAll(), () -> "queue " + index);
            assertTrue(client.endpoint.sender().send(9, new UnsafeBuffer(new byte[1]), 0, 1, 0));
        }
        assertEquals("", served.queues.describe(index).fault());
    }

    /** It is served as it was, or said to be damaged. */
    private void assertRemembered(Served served, int index) {
        MsqidDs ds = served.registry.isDamaged(index) || served.registry.byIndex(index) != null
            ? served.queues.describe(index) : null;
        assertTrue(ds != null, () -> "queue " + index + " is forgotten");
        if (ds.fault().isEmpty()) {
            try (Client client = new Client(served, msqids[index], MINE)) {
                assertEquals(expected.get(index), client.receiveAll(), () -> "queue " + index);
            }
        }
    }

    /** All that can be done with a queue; false if something gave an error. */
    private static boolean use(Served served, int msqid, Random dice) {
        int index = msqid & MsqidDs.INDEX_MASK;
        boolean done = fine(() -> {
            try (Client client = new Client(served, msqid, MINE)) {
                boolean works = fine(() -> client.receive(Selector.type(2)));
                works &= fine(client::receiveAll);
                works &= fine(() -> client.endpoint.sender().send(1, new UnsafeBuffer(new byte[100]), 0, 100, 0));
                works &= fine(() -> client.receive(Selector.any()));
                if (!works) {
                    throw new ErrnoException(Errno.EIO, "as said");
                }
            }
        });
        done &= fine(() -> served.queues.upkeep().repair(served.queues.opened(msqid), served.clients::isAlive));
        done &= fine(() -> served.queues.upkeep().keepHouse(served.queues.opened(msqid)));
        done &= fine(() -> served.queues.upkeep().count(served.queues.opened(msqid), census -> {}));
        done &= fine(() -> served.queues.stat(OWNER, msqid, StatKind.STAT));
        done &= fine(() -> served.queues.asleep(msqid));
        done &= fine(() -> served.queues.set(OWNER, msqid, QueueSettings.none().withQbytes(1 << 16)));
        if (served.registry.byIndex(index) != null || served.registry.isDamaged(index)) {
            done &= served.queues.describe(index).fault().isEmpty();
        }
        if (dice.nextBoolean()) {
            done &= fine(() -> served.queues.remove(OWNER, msqid));
        }
        return done;
    }

    private static boolean fine(Runnable action) {
        try {
            action.run();
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** There is room for one more queue; it is none of those that were there. */
    private void addQueue(Served served, Image image) {
        int[] made = {-1};
        boolean added = fine(() -> made[0] = served.queues.get(OWNER, Msqd.IPC_PRIVATE, 0600, QueueOptions.none()));
        assertTrue(added || image.forged, "no queue can be made");
        if (!image.forged) {
            for (int index = 0; index < QUEUES; index++) {
                assertFalse(index != GONE && made[0] == msqids[index], "id of queue " + index + " is given out again");
            }
        }
    }

    /** What a daemon opens, without its threads and its socket. */
    private final class Served implements AutoCloseable {
        private final Deque<AutoCloseable> opened = new ArrayDeque<>();
        private Registry registry;
        private HotDirectory hot;
        private SystemLimits limits;
        private Clients clients;
        private Counting counting;
        private Queues queues;

        Served() {
            boolean whole = false;
            try {
                open();
                whole = true;
            } finally {
                if (!whole) {
                    close();
                }
            }
        }

        private void open() {
            registry = add(Registry.open(data().resolve(DataDirectory.REGISTRY)));
            hot = add(HotDirectory.open(hot(), data(), registry.directoryId()));
            limits = SystemLimits.serve(hot.path());
            SystemWide system = add(new SystemWide(limits, new Limits(8192, 1 << 17, 100, 10_000)));
            Watch watch = add(new Watch());
            Tracing tracing = add(new Tracing(hot.traceRings(), data().resolve(DataDirectory.TRACE), 1 << 20, limits,
                Threads::join));
            clients = add(new Clients(ClientTable.open(hot.clients()), watch, tracing));
            List<ClientTable.Entry> dead = clients.restore();
            limits.maxLag(0);
            Journals journals =
                add(new Journals(data().resolve(DataDirectory.LOG), 50, 1 << 18, SystemEpochClock.INSTANCE));
            LastTimes times = add(LastTimes.open(data().resolve(DataDirectory.TIMES)));
            counting = add(new Counting(CountersFile.open(hot.path(), SystemEpochClock.INSTANCE),
                SystemEpochClock.INSTANCE));
            HotQueues hotQueues = new HotQueues(hot, clients::isAlive, journals, times);
            queues = add(new Queues(registry, hot, hotQueues, new Keepers(hotQueues, journals, times, counting), system,
                QueueMemory.MIN_SEGMENT_LENGTH, Durability.INTERVAL, SystemEpochClock.INSTANCE));
            queues.open(clients.anyInherited());
            clients.forgetDead(dead, queues);
            counting.start(queues, clients, tracing);
        }

        private <T extends AutoCloseable> T add(T resource) {
            opened.push(resource);
            return resource;
        }

        @Override
        public void close() {
            while (!opened.isEmpty()) {
                try {
                    opened.pop().close();
                } catch (Exception e) {
                    throw new AssertionError("at the stop: " + e, e);
                }
            }
        }
    }

    /** A process that is attached to a queue. */
    private static final class Client implements AutoCloseable {
        private final QueueMemory memory;
        private final Endpoint endpoint;

        Client(Served served, int msqid, long clientId) {
            QueueMemory handed = served.queues.attach(OWNER, msqid).keeper().memory();
            memory = QueueMemory.adopt(LinuxFile.dup(handed.fd()), handed.what());
            boolean joined = false;
            try {
                endpoint = new Endpoint(new SegmentChain(memory), clientId, Processes.self(), served.limits,
                    state -> 6, () -> {});
                joined = true;
            } finally {
                if (!joined) {
                    memory.close();
                }
            }
        }

        /** Null if there is none. */
        Message receive(Selector wanted) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[8192]);
            Receiver receiver = endpoint.receiver();
            int result = receiver.take(wanted, buffer.capacity(), 0);
            if (result == Receiver.NONE) {
                return null;
            }
            if (result == Receiver.TOO_LONG) {
                throw new ErrnoException(Errno.E2BIG, "longer than any that was sent");
            }
            byte[] payload = new byte[receiver.length()];
            receiver.buffer().getBytes(receiver.offset(), payload);
            Message message = message(receiver.mtype(), payload, payload.length);
            return receiver.consume() ? message : receive(wanted);
        }

        List<Message> receiveAll() {
            List<Message> all = new ArrayList<>();
            for (Message found = receive(Selector.any()); found != null
                && all.size() < MOST_RECEIVED; found = receive(Selector.any())) {
                all.add(found);
            }
            return all;
        }

        @Override
        public void close() {
            endpoint.close();
            memory.close();
        }
    }
}
