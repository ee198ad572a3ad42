package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.daemon.TestProcess;
import dev.msqd.daemon.cli.Main;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;

/**
 * The processes of a storm: a daemon and clients, each killed when a test likes, and the accounts of what they did. One thread.
 *
 * <p>Whoever is needed next waits started already ({@link Standby}): so blows come close after each other, and hit a daemon at a
 * chosen moment of its start, not of its JVM's.
 */
final class Storm implements AutoCloseable {
    /** Roles of a client: which queue its threads send to or receive from. */
    record Duty(boolean sends, String queue, Manner manner) {
        Duty(boolean sends, String queue) {
            this(sends, queue, Manner.VARIED);
        }
    }

    private static final long LOOK_MS = 4;
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int WORK_OF_AN_AGE = 20;

    final Random random;
    final Ledger ledger;
    final Accounts accounts;

    private final Path directory;
    private final Path data;
    private final Path hot;
    private final List<String> options;
    private final long paceNs;
    private String[] settings;
    private final IntervalMark mark;
    private final Map<String, Durability> queues = new LinkedHashMap<>();
    private final Map<String, Integer> msqids = new LinkedHashMap<>();
    private final List<TestProcess> started = new ArrayList<>();
    private final Map<List<Duty>, Deque<StormParty>> standbyClients = new HashMap<>();
    private final List<StormParty> clients = new ArrayList<>();
    /** Those who had a part in it since the last reboot, dead or alive. */
    private final List<Role> present = new ArrayList<>();
    private List<Duty> duties;
    private TestProcess standbyDaemon;
    private TestProcess daemon;
    private int senders;
    private int receivers;

    /**
     * @param folder   an empty one
     * @param options  of the JVMs
     * @param paceNs   how long a sender rests after each message
     * @param settings of the daemon
     */
    Storm(Path folder, long seed, List<String> options, long paceNs, String... settings) throws IOException {
        random = new Random(seed);
        directory = folder;
        data = folder.resolve("data");
        hot = sharedMemory(folder).resolve("msqd-storm-" + ProcessHandle.current().pid() + "-" + folder.getFileName());
        this.options = options;
        this.paceNs = paceNs;
        this.settings = settings;
        mark = new IntervalMark(hot, INTERVAL_NS);
        ledger = new Ledger(ledgerFile());
        accounts = new Accounts(ledger);
    }

    private static Path sharedMemory(Path otherwise) {
        Path path = Path.of("/dev/shm");
        return Files.isWritable(path) ? path : otherwise;
    }

    /** In memory, so that the ledger keeps no disk busy. */
    private Path ledgerFile() {
        return Path.of(hot + ".ledger");
    }

    Path data() {
        return data;
    }

    Path hotDirectory() {
        return hot;
    }

    List<StormParty> clients() {
        return Collections.unmodifiableList(clients);
    }

    // ---- the daemon

    /** Starts a daemon; returns at once. */
    void startDaemon() throws IOException {
        daemon = standbyDaemon == null ? prepareDaemon() : standbyDaemon;
        mark.daemonStarts();
        daemon.go();
        standbyDaemon = prepareDaemon();
    }

    private TestProcess prepareDaemon() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(Main.class.getName(), "serve", "--dir", data.toString(),
            "-Dmsqd.hot.dir=" + hot));
        arguments.addAll(List.of(settings));
        return start(arguments);
    }

    /** Has the daemon that was started last come so far that it serves and logs? */
    boolean isReady() {
        return mark.isReady();
    }

    void awaitReady() throws Exception {
        while (!isReady()) {
            assertTrue(daemon.isAlive(), () -> "the daemon ended by itself: " + output());
            sleep(LOOK_MS);
        }
    }

    void killDaemon() throws InterruptedException {
        daemon.kill();
    }

    /** Stops the daemon (SIGSTOP) until {@link #resumeDaemon}. */
    void pauseDaemon() throws IOException {
        daemon.signal("STOP");
    }

    void resumeDaemon() throws IOException {
        daemon.signal("CONT");
    }

    /** Of the daemons started from now on. */
    void settings(String... newSettings) throws IOException {
        settings = newSettings;
        if (standbyDaemon != null) {
            standbyDaemon.close();
            standbyDaemon = prepareDaemon();
        }
    }

    // ---- queues and clients

    /** Makes a queue while the daemon serves. */
    void make(String name, Durability level, long qbytes) throws InterruptedException {
        try (Msqd msqd = StormClient.connect(data)) {
            msqids.put(name, msqd.get(name, Msqd.IPC_CREAT | 0600,
                QueueOptions.ofQbytes(qbytes).withDurability(level)));
        }
        queues.put(name, level);
    }

    int msqid(String queue) {
        return msqids.get(queue);
    }

    /** What each client started from now on does. */
    void duties(List<Duty> newDuties) {
        duties = newDuties;
    }

    /** Starts a client, and prepares another. */
    void startClient() throws IOException {
        startClient(duties);
    }

    /** Starts a client with duties of its own. */
    void startClient(List<Duty> ofThisOne) throws IOException {
        StormParty client = standbys(ofThisOne).isEmpty()
            ? prepareClient(ofThisOne) : standbys(ofThisOne).removeFirst();
        for (Role role : client.roles()) {
            accounts.joins(role, queues.get(role.queue()));
            present.add(role);
        }
        client.process().go();
        clients.add(client);
    }

    /** So many clients wait to be started. */
    void prepareClients(int count) throws IOException {
        prepareClients(count, duties);
    }

    /** So many clients with duties of their own wait to be started. */
    void prepareClients(int count, List<Duty> ofThese) throws IOException {
        while (standbys(ofThese).size() < count) {
            standbys(ofThese).add(prepareClient(ofThese));
        }
    }

    private Deque<StormParty> standbys(List<Duty> ofThese) {
        return standbyClients.computeIfAbsent(ofThese, any -> new ArrayDeque<>());
    }

    private StormParty prepareClient(List<Duty> duties) throws IOException {
        List<Role> roles = new ArrayList<>();
        List<String> arguments = new ArrayList<>(List.of(StormClient.class.getName(), data.toString(),
            ledgerFile().toString(), Long.toString(paceNs)));
        for (Duty duty : duties) {
            Role role = new Role(duty.sends(), duty.queue(), duty.sends() ? senders++ : receivers++, duty.manner());
            roles.add(role);
            arguments.add(role.toString());
        }
        assertTrue(senders <= Ledger.MAX_SENDERS && receivers <= Ledger.MAX_RECEIVERS, "too many for one ledger");
        return new StormParty(start(arguments), roles);
    }

    void kill(StormParty client) throws InterruptedException {
        kill(List.of(client));
    }

    /** Kills clients at one blow. */
    void kill(List<StormParty> victims) throws InterruptedException {
        for (StormParty client : victims) {
            client.process().kill();
        }
        for (StormParty client : victims) {
            clients.remove(client);
            client.roles().forEach(accounts::killed);
        }
    }

    /** Stops a client (SIGSTOP) until {@link #resume}. */
    void stop(StormParty client) throws IOException {
        client.process().signal("STOP");
        client.roles().forEach(accounts::stopped);
    }

    void resume(StormParty client) throws IOException {
        client.process().signal("CONT");
    }

    /** Is everybody at work, and has something been sent and received on every queue since the last reboot? */
    boolean isInFullSwing() {
        return clients.stream().allMatch(client -> client.isAtWork(ledger))
            && queues.keySet().stream().allMatch(queue -> workOn(queue, true) >= WORK_OF_AN_AGE
                && workOn(queue, false) >= WORK_OF_AN_AGE);
    }

    void awaitFullSwing() throws Exception {
        while (!isInFullSwing()) {
            checkAlive();
            sleep(LOOK_MS);
        }
    }

    private long workOn(String queue, boolean sends) {
        return present.stream().filter(role -> role.sends() == sends && role.queue().equals(queue))
            .mapToLong(role -> StormParty.done(ledger, role)).sum();
    }

    /** How much all clients but one did on a queue. */
    long workOfOthers(StormParty client, String queue) {
        return present.stream().filter(role -> role.queue().equals(queue) && !client.roles().contains(role))
            .mapToLong(role -> StormParty.done(ledger, role)).sum();
    }

    void checkAlive() throws InterruptedException {
        for (StormParty client : clients) {
            // One that only sends leaves when senders stop.
            assertTrue(client.process().isAlive() || ledger.stop() != Ledger.RUN && client.process().await() == 0,
                () -> "a client that nobody killed ended: " + output());
        }
    }

    /** Lets the storm go on for a time. */
    void sleep(long ms) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        do {
            mark.look(ledger, present);
            Thread.sleep(Math.min(LOOK_MS, Math.max(0, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()))));
        } while (System.nanoTime() - end < 0);
    }

    // ---- ends

    /**
     * As when the machine stops: everybody dies, and the hot directory is gone. What the kernel was to write it does write: this is about
     * what the daemon reads afterwards, not about what it synced.
     */
    void reboot() throws Exception {
        List<TestProcess> victims = new ArrayList<>(clients.stream().map(StormParty::process).toList());
        victims.add(daemon);
        Collections.shuffle(victims, random);
        for (TestProcess victim : victims) {
            victim.kill();
        }
        kill(List.copyOf(clients));
        accounts.rebooted(present, mark);
        present.clear();
        mark.forgetEverybody();
        deleteHotDirectory();
    }

    void deleteHotDirectory() {
        IoUtil.delete(hot.toFile(), true);
    }

    /** Senders stop, receivers empty the queues and stop; then the accounts have to be right. */
    void finish() throws Exception {
        awaitReady();
        ledger.stop(Ledger.SENDERS_STOP);
        for (StormParty client : clients) {
            for (Role role : client.roles()) {
                while (role.sends() && !ledger.hasLeft(role.number())) {
                    checkAlive();
                    sleep(LOOK_MS);
                }
            }
        }
        drain();
        ledger.stop(Ledger.RECEIVERS_STOP);
        for (StormParty client : clients) {
            assertEquals(0, client.process().await(), () -> "a client that nobody killed failed: " + output());
        }
        List<String> faults = accounts.faults();
        assertEquals(List.of(), faults.subList(0, Math.min(10, faults.size())), faults.size() + " faults");
        assertTrue(accounts.strict() > 0, "nothing was sent that had to be received once");
        assertEquals(List.of(), output().lines().filter(line -> line.contains("ERROR")).limit(10).toList());
    }

    private void drain() throws Exception {
        try (Msqd msqd = StormClient.connect(data)) {
            for (int msqid : msqids.values()) {
                MsqidDs state = msqd.stat(msqid);
                while (state.qnum() > 0) {
                    checkAlive();
                    Thread.sleep(20);
                    state = msqd.stat(msqid);
                }
                // Invariant 5: at rest the counts are exact.
                assertEquals(0, state.cbytes());
            }
        }
    }

    /** The daemon ends as it should, with SIGTERM. */
    void stopDaemon() throws Exception {
        daemon.signal("TERM");
        daemon.await();
    }

    /** What all processes wrote. */
    String output() {
        try {
            return Files.readString(directory.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        for (TestProcess process : started) {
            process.signal("CONT");
            process.close();
        }
        ledger.close();
        Files.deleteIfExists(ledgerFile());
        deleteHotDirectory();
    }

    private TestProcess start(List<String> arguments) throws IOException {
        started.removeIf(process -> !process.isAlive());
        TestProcess process = TestProcess.start(directory.resolve("output"), options, Standby.class,
            arguments.toArray(String[]::new));
        started.add(process);
        return process;
    }
}
