package dev.msqd.daemon.stress;

import dev.msqd.layout.SystemDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * How much of what clients of interval queues were told is on disk for certain. Told without a guess at how fast the machine is: by the word
 * in which the daemon says how far its log is ({@link dev.msqd.queue.SystemLimits#logged}).
 *
 * <p>A daemon that is ready has logged all there was when it started. Later, whenever the word moves, it has logged all there was at
 * the run before that one.
 */
final class IntervalMark {
    private record Snapshot(long atNs, Map<Integer, Long> acknowledged, Map<Integer, Long> received) {}

    private static final Snapshot NOTHING = new Snapshot(Long.MIN_VALUE, Map.of(), Map.of());

    private final Path hotDirectory;
    private final long intervalNs;
    private final Deque<Snapshot> snapshots = new ArrayDeque<>();
    private Snapshot safe = NOTHING;
    private long startedNs;
    private long word;
    /** How many values of the word were seen in this daemon's life. */
    private int seen;

    IntervalMark(Path hotDirectory, long intervalNs) {
        this.hotDirectory = hotDirectory;
        this.intervalNs = intervalNs;
    }

    /** Another daemon starts. */
    void daemonStarts() {
        startedNs = System.nanoTime();
        seen = 0;
    }

    /** Does the daemon that started last log? */
    boolean isReady() {
        return seen > 0;
    }

    /** Looks at the word, and at how far everybody is. */
    void look(Ledger ledger, Collection<Role> roles) throws IOException {
        Map<Integer, Long> acknowledged = new HashMap<>();
        Map<Integer, Long> received = new HashMap<>();
        for (Role role : roles) {
            if (role.sends()) {
                acknowledged.put(role.number(), ledger.acknowledged(role.number()));
            } else {
                received.put(role.number(), ledger.receivedCount(role.number()));
            }
        }
        long nowNs = System.nanoTime();
        snapshots.addLast(new Snapshot(nowNs, acknowledged, received));
        long before = word;
        long now = read();
        if (now == word || now - startedNs <= 0) {
            return;
        }
        word = now;
        seen++;
        if (seen == 1) {
            passUntil(startedNs);
        } else if (seen > 2) {
            passUntil(Math.min(before, nowNs - intervalNs));
        }
    }

    /** All died together. */
    void forgetEverybody() {
        snapshots.clear();
        safe = NOTHING;
    }

    /** How many of a sender's messages are on disk at least, whatever happens. */
    long safelySent(int sender) {
        return safe.acknowledged.getOrDefault(sender, 0L);
    }

    /** How many of a receiver's messages stay received, whatever happens. */
    long safelyReceived(int receiver) {
        return safe.received.getOrDefault(receiver, 0L);
    }

    private void passUntil(long timeNs) {
        while (!snapshots.isEmpty() && snapshots.getFirst().atNs - timeNs < 0) {
            safe = snapshots.removeFirst();
        }
    }

    private long read() throws IOException {
        try (FileChannel file = FileChannel.open(hotDirectory.resolve("limits"))) {
            ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
            return file.read(bytes, SystemDescriptor.LOGGED_OFFSET) == Long.BYTES ? bytes.getLong(0) : word;
        } catch (NoSuchFileException e) {
            return word;
        }
    }
}
