package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.client.control.Packet;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a queue's messages survive and how much of its history stays: asked for, stored, changed, shown. */
@Timeout(60)
class SurvivalTest {
    private static final int MAKE = Msqd.IPC_CREAT | Msqd.IPC_EXCL | 0600;
    private static final Retention HOUR = new Retention(3600, 0);
    private static final Retention BOTH = new Retention(86_400, 10L << 30);

    @TempDir
    private Path folder;
    private Daemon daemon;
    private Msqd msqd;

    @BeforeEach
    void start() {
        startDaemon();
        msqd = Msqd.connect(data());
    }

    @AfterEach
    void stop() {
        msqd.close();
        daemon.close();
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path hot() {
        return folder.resolve("hot");
    }

    private void startDaemon(String... durability) {
        Map<String, String> settings =
            new HashMap<>(Map.of("dir", data().toString(), "hot.dir", hot().toString()));
        Stream.of(durability).forEach(level -> settings.put("durability", level));
        daemon = Daemon.start(Configuration.load(settings, Map.of(), null));
    }

    private void has(int msqid, Durability durability, Retention retention) {
        MsqidDs ds = msqd.stat(msqid);
        assertEquals(durability, ds.durability());
        assertEquals(retention, ds.retention());
        assertEquals(ds, msqd.list().stream().filter(each -> each.msqid() == msqid).findFirst().orElseThrow());
        try (QueueMemory memory = QueueMemory.open(hot().resolve(Integer.toString(msqid)))) {
            assertEquals(durability, memory.state().durability());
        }
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void isThatOfItsMaker(Durability durability) {
        QueueOptions options = QueueOptions.none().withDurability(durability);
        int keyed = msqd.get(0x1f, MAKE, options.withRetention(BOTH).withQbytes(17));
        has(keyed, durability, BOTH);
        assertEquals(17, msqd.stat(keyed).qbytes());
        has(msqd.get("named", MAKE, options.withRetention(HOUR)), durability, HOUR);
        int unnamed = msqd.get(Msqd.IPC_PRIVATE, MAKE, options);
        has(unnamed, durability, Retention.NONE);
        assertEquals(64 << 20, msqd.stat(unnamed).qbytes());
    }

    @Test
    void isTheDaemonsWhereItsMakerNamesNone() {
        int before = msqd.get("before", MAKE);
        daemon.close();
        startDaemon("sync");
        has(msqd.get("after", MAKE), Durability.SYNC, Retention.NONE);
        has(msqd.get(5, MAKE), Durability.SYNC, Retention.NONE);
        has(msqd.get("history", MAKE, QueueOptions.none().withRetention(HOUR)), Durability.SYNC, HOUR);
        has(msqd.get("lesser", MAKE, QueueOptions.none().withDurability(Durability.PROCESS)), Durability.PROCESS,
            Retention.NONE);
        has(before, Durability.INTERVAL, Retention.NONE);
    }

    @Test
    void staysWhenTheQueueIsOpenedWithAnother() {
        int msqid = msqd.get("orders", MAKE, QueueOptions.none().withDurability(Durability.SYNC).withRetention(HOUR));
        QueueOptions others = QueueOptions.none().withDurability(Durability.PROCESS).withRetention(BOTH).withQbytes(1);
        // R6: as it does with every other option of one that exists.
        assertEquals(msqid, msqd.get("orders", Msqd.IPC_CREAT | 0600, others));
        assertEquals(msqid, msqd.get("orders", 0, others));
        has(msqid, Durability.SYNC, HOUR);
        assertEquals(64 << 20, msqd.stat(msqid).qbytes());
    }

    @Test
    void isChangedByIpcSet() {
        int msqid = msqd.get("orders", MAKE);
        msqd.set(msqid, QueueSettings.none().withDurability(Durability.SYNC));
        has(msqid, Durability.SYNC, Retention.NONE);
        msqd.set(msqid, QueueSettings.none().withRetention(BOTH));
        has(msqid, Durability.SYNC, BOTH);
        // R64: what is not named stays.
        msqd.set(msqid, QueueSettings.none().withMode(0640).withQbytes(9));
        has(msqid, Durability.SYNC, BOTH);
        msqd.set(msqid, QueueSettings.none().withDurability(Durability.PROCESS).withRetention(Retention.NONE));
        has(msqid, Durability.PROCESS, Retention.NONE);
        assertEquals(0640, msqd.stat(msqid).mode());
        assertEquals(9, msqd.stat(msqid).qbytes());
    }

    @Test
    void isSeenByWhoHasTheQueueOpenAlready() {
        int msqid = msqd.get("orders", MAKE, QueueOptions.none().withDurability(Durability.PROCESS));
        try (QueueMemory attached = QueueMemory.open(hot().resolve(Integer.toString(msqid)))) {
            long generation = attached.state().generation();
            msqd.set(msqid, QueueSettings.none().withDurability(Durability.INTERVAL));
            assertEquals(Durability.INTERVAL, attached.state().durability());
            assertTrue(attached.state().generation() > generation);
        }
    }

    @Test
    void outlastsTheDaemonAndTheHotDirectory() throws IOException {
        int kept = msqd.get("kept", MAKE, QueueOptions.none().withDurability(Durability.SYNC).withRetention(BOTH));
        int changed = msqd.get("changed", MAKE);
        msqd.set(changed, QueueSettings.none().withDurability(Durability.PROCESS).withRetention(HOUR));
        daemon.close();
        startDaemon();
        has(kept, Durability.SYNC, BOTH);
        has(changed, Durability.PROCESS, HOUR);
        msqd.close();
        daemon.close();
        try (Stream<Path> files = Files.walk(hot())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        startDaemon();
        msqd = Msqd.connect(data());
        has(kept, Durability.SYNC, BOTH);
        has(changed, Durability.PROCESS, HOUR);
    }

    /** What another program sends; ours cannot. */
    @Test
    void refusesWhatThereIsNot() {
        int msqid = msqd.get("orders", MAKE);
        get(Errno.EINVAL, "there is no durability 3",
            packet -> packet.putInt(ControlDescriptor.GET_DURABILITY_OFFSET, 3));
        get(Errno.EINVAL, "there is no durability -2",
            packet -> packet.putInt(ControlDescriptor.GET_DURABILITY_OFFSET, -2));
        get(Errno.EINVAL, "retention of -1 s, 0 bytes is negative",
            packet -> packet.putLong(ControlDescriptor.GET_KEEP_SECONDS_OFFSET, -1));
        get(Errno.EINVAL, "retention of 0 s, -1 bytes is negative",
            packet -> packet.putLong(ControlDescriptor.GET_KEEP_BYTES_OFFSET, -1));
        set(msqid, ControlDescriptor.SET_DURABILITY, "there is no durability 3",
            packet -> packet.putInt(ControlDescriptor.SET_DURABILITY_OFFSET, 3));
        set(msqid, ControlDescriptor.SET_RETENTION, "retention of 0 s, -7 bytes is negative",
            packet -> packet.putLong(ControlDescriptor.SET_KEEP_BYTES_OFFSET, -7));
        has(msqid, Durability.INTERVAL, Retention.NONE);
        assertEquals(1, msqd.list().size());
        get(0, null, packet -> {});
    }

    private void get(int errno, String why, Consumer<Packet> change) {
        answers(errno, why, ControlDescriptor.GET, packet -> {
            packet.putInt(ControlDescriptor.GET_KEY_OFFSET, 77);
            packet.putInt(ControlDescriptor.GET_MSGFLG_OFFSET, MAKE);
            packet.putLong(ControlDescriptor.GET_QBYTES_OFFSET, ControlDescriptor.DEFAULT_QBYTES);
            packet.putInt(ControlDescriptor.GET_DURABILITY_OFFSET, ControlDescriptor.DEFAULT_DURABILITY);
            packet.putRetention(ControlDescriptor.GET_KEEP_SECONDS_OFFSET, Retention.NONE);
            packet.putText(ControlDescriptor.GET_NAME_OFFSET, "");
            change.accept(packet);
        });
    }

    private void set(int msqid, int mask, String why, Consumer<Packet> change) {
        answers(Errno.EINVAL, why, ControlDescriptor.SET, packet -> {
            packet.putInt(ControlDescriptor.MSQID_OFFSET, msqid);
            packet.putInt(ControlDescriptor.SET_MASK_OFFSET, mask);
            packet.putRetention(ControlDescriptor.SET_KEEP_SECONDS_OFFSET, Retention.NONE);
            change.accept(packet);
        });
    }

    private void answers(int errno, String why, int type, Consumer<Packet> request) {
        try (UnixSocket socket = UnixSocket.connect(data().resolve("socket"))) {
            Packet packet = new Packet();
            packet.request(ControlDescriptor.HELLO, 1);
            packet.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, ControlDescriptor.VERSION);
            packet.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, 0);
            assertEquals(0, exchange(socket, packet));
            packet.request(type, 2);
            request.accept(packet);
            assertEquals(errno, exchange(socket, packet));
            if (errno != 0) {
                assertEquals(why, packet.getText(ControlDescriptor.BODY_OFFSET).replaceFirst("^EINVAL: ", ""));
            }
        }
    }

    private static int exchange(UnixSocket socket, Packet packet) {
        socket.send(packet.buffer(), 0, packet.length());
        packet.length(socket.receive(packet.buffer(), 0, ControlDescriptor.MAX_LENGTH, new int[0]));
        return packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
    }

    /** The client of an earlier msqd reads a queue's state otherwise. */
    @Test
    void speaksAnotherVersionThanBefore() {
        assertEquals(3, ControlDescriptor.VERSION);
        try (UnixSocket socket = UnixSocket.connect(data().resolve("socket"))) {
            Packet packet = new Packet();
            packet.request(ControlDescriptor.HELLO, 1);
            packet.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, 1);
            packet.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, 0);
            assertEquals(Errno.EPROTO, exchange(socket, packet));
        }
    }

    @Test
    void aRefusedSettingChangesNothing() {
        int msqid = msqd.get("orders", MAKE);
        QueueSettings settings = QueueSettings.none().withDurability(Durability.SYNC).withRetention(HOUR).withUid(-1);
        // R61
        assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> msqd.set(msqid, settings)).errno());
        has(msqid, Durability.INTERVAL, Retention.NONE);
    }
}
