package dev.msqd.queue;

import dev.msqd.layout.Durability;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueParameters;
import dev.msqd.log.QueueState;
import dev.msqd.log.SegmentChain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * A queue in a directory of its own, without a daemon: its keeper, and the endpoints that a test opens. One thread
 * makes, opens and closes.
 */
public final class QueueFixture implements AutoCloseable {
    public static final int MSQID = 32_769;
    public static final int UID = 1000;
    public static final int GID = 100;
    public static final int MODE = 0666;
    public static final int SEGMENT_LENGTH = 64 * 1024;

    /** Everybody may do everything. */
    public static final ToIntFunction<QueueState> NO_LIMIT = state -> Rules.READ | Rules.WRITE;
    /** What the mode says of others. */
    public static final ToIntFunction<QueueState> BY_MODE = QueueState::mode;

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final int FIRST_PID = 100;

    private final Path folder;
    private final SystemLimits system;
    private final boolean sharesSystem;
    private final QueueMemory memory;
    private final SegmentChain chain;
    private final QueueKeeper keeper;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private long clientId;

    public QueueFixture(long qbytes, int segmentLength, long msgmax) {
        this(qbytes, segmentLength, null);
        system.set(msgmax, 0);
    }

    /** A queue beside another one, which it shares what all queues share with. */
    public QueueFixture(long qbytes, QueueFixture other) {
        this(qbytes, SEGMENT_LENGTH, other);
    }

    private QueueFixture(long qbytes, int segmentLength, QueueFixture other) {
        try {
            folder = Files.isWritable(SHARED_MEMORY) ? Files.createTempDirectory(SHARED_MEMORY, "msqd-test-")
                : Files.createTempDirectory("msqd-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sharesSystem = other != null;
        system = other == null ? SystemLimits.serve(folder) : other.system;
        memory = QueueMemory.create(folder,
            new QueueParameters(MSQID, 42, 7, 8, UID, GID, UID, GID, MODE, qbytes, 0, segmentLength,
                Durability.PROCESS));
        chain = new SegmentChain(memory);
        keeper = new QueueKeeper(QueueMemory.open(folder), client -> true);
    }

    /** With messages that fill a segment at most. */
    public QueueFixture(long qbytes, int segmentLength) {
        this(qbytes, segmentLength, segmentLength - RecordDescriptor.HEADER_LENGTH);
    }

    public QueueFixture(long qbytes) {
        this(qbytes, SEGMENT_LENGTH);
    }

    /** The mapping that the endpoints of {@link #endpoint} share. */
    public QueueMemory memory() {
        return memory;
    }

    public SegmentChain chain() {
        return chain;
    }

    /** What this queue would share with others. */
    public SystemLimits system() {
        return system;
    }

    public QueueState state() {
        return memory.state();
    }

    /** It has a mapping of its own, as the daemon has. */
    public QueueKeeper keeper() {
        return keeper;
    }

    public Endpoint endpoint() {
        return endpoint(NO_LIMIT);
    }

    public Endpoint endpoint(ToIntFunction<QueueState> judge) {
        return endpoint(chain, judge, () -> {});
    }

    public Endpoint endpoint(Runnable afterClose) {
        return endpoint(chain, NO_LIMIT, afterClose);
    }

    /** An endpoint with a mapping of its own, as one of another process has. */
    public Endpoint remoteEndpoint() {
        return remoteEndpoint(NO_LIMIT);
    }

    public Endpoint remoteEndpoint(ToIntFunction<QueueState> judge) {
        QueueMemory mapping = QueueMemory.open(folder);
        return endpoint(new SegmentChain(mapping), judge, mapping::close);
    }

    private Endpoint endpoint(SegmentChain of, ToIntFunction<QueueState> judge, Runnable afterClose) {
        clientId++;
        Endpoint endpoint = new Endpoint(of, clientId, pid(clientId), system, judge, afterClose);
        endpoints.add(endpoint);
        return endpoint;
    }

    /** Process id of the endpoint that was opened as the {@code number}th, from 1. */
    public static int pid(long number) {
        return (int) (FIRST_PID + number);
    }

    /** Process id of the endpoint opened last. */
    public int lastPid() {
        return pid(clientId);
    }

    public void limit(long qbytes) {
        keeper.apply(UID, GID, state().mode(), qbytes, 0);
    }

    public void mode(int mode) {
        keeper.apply(UID, GID, mode, state().qbytes(), 0);
    }

    public long messages() {
        return keeper.depth().messages();
    }

    public long bytes() {
        return keeper.depth().bytes();
    }

    /**
     * Waits until the endpoint's thread sleeps in the kernel.
     *
     * @return the waiter word that it sleeps with
     */
    public static long awaitAsleep(Endpoint endpoint) throws InterruptedException {
        while (true) {
            long word = endpoint.slot().waiterWord();
            if (SlotDescriptor.isWaiting(word) && isArmed(endpoint) && isAsleep(endpoint)
                && endpoint.slot().waiterWord() == word) {
                return word;
            }
            Thread.sleep(1); // the test's own time limit is the watchdog
        }
    }

    /** Does a thread of this process, the endpoint's or its proxy, sleep in futex(2) on the endpoint's word? */
    public static boolean isAsleep(Endpoint endpoint) {
        // The kernel shows a call's arguments in hexadecimal.
        String argument = " 0x" + Long.toHexString(endpoint.slot().futexAddress()) + " ";
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.anyMatch(thread -> systemCall(thread).contains(argument));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isArmed(Endpoint endpoint) {
        int index = endpoint.slot().index();
        return ArmedSlots.receivers(endpoint.memory()).next(index) == index
            || ArmedSlots.senders(endpoint.memory()).next(index) == index;
    }

    private static String systemCall(Path thread) {
        try {
            return Files.readString(thread.resolve("syscall"));
        } catch (IOException e) {
            return ""; // the thread has ended
        }
    }

    @Override
    public void close() {
        endpoints.forEach(Endpoint::close);
        keeper.close();
        memory.close();
        if (!sharesSystem) {
            system.close();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
