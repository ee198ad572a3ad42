package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Retention;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A history against what was sent, over whatever a daemon's life makes a log tell twice, late, or not at all any more. */
@Timeout(120)
class HistoryTest {
    private static final UUID QUEUE = new UUID(1, 2);
    private static final int FILE_LENGTH = 16 * LogFileDescriptor.PAGE_LENGTH;
    private static final Retention ALL = new Retention(0, 1L << 40);
    private static final int SEEDS = 60;
    private static final int STEPS = 200;

    /** What was sent: type, bytes. */
    private record Sent(long mtype, String text) {}

    private record Seen(long timeMs, Sent message) {}

    private final PowerCutStorage storage = new PowerCutStorage(new Random(1));
    private Random random = new Random(1);
    private long nowMs = 1_700_000_000_000L;
    private QueueLog log;
    private Retention retention = ALL;
    private long incarnation = 1;
    private long nextPosition = 100;
    private int serial;
    /** How many different texts there are. */
    private int texts = Integer.MAX_VALUE;

    private final TreeMap<Long, Sent> live = new TreeMap<>();
    /** Sent to the hot file at hand, by position. */
    private final TreeMap<Long, Sent> ofThisLife = new TreeMap<>();
    private final List<Sent> ofEarlierLives = new ArrayList<>();
    private final List<Long> heldBack = new ArrayList<>();

    private void open() {
        log = QueueLog.open(storage, QUEUE, FILE_LENGTH, () -> nowMs, () -> nowMs * 1_000_000);
        log.retain(retention);
    }

    private Sent newMessage() {
        serial++;
        return new Sent(1 + serial % 3, "message " + serial % texts + "x".repeat(serial % texts % 700));
    }

    private long newPosition() {
        nextPosition += 8 * (1 + random.nextInt(50));
        return nextPosition;
    }

    private void tell(long position, Sent message) {
        UnsafeBuffer bytes = new UnsafeBuffer(message.text().getBytes());
        log.send(position, message.mtype(), bytes, 0, bytes.capacity());
    }

    private void commit() {
        nowMs += 1 + random.nextInt(40);
        log.commit(true);
        log.deleteUnneeded();
    }

    private void send(boolean received) {
        long position = newPosition();
        Sent message = newMessage();
        ofThisLife.put(position, message);
        tell(position, message);
        if (received) {
            log.consumed(position, position);
        } else {
            live.put(position, message);
        }
    }

    /** As one that is being written when the log passes it. */
    private void holdBack() {
        long position = newPosition();
        ofThisLife.put(position, newMessage());
        heldBack.add(position);
    }

    private void tellHeldBack() {
        for (long position : heldBack) {
            live.put(position, ofThisLife.get(position));
            tell(position, ofThisLife.get(position));
        }
        heldBack.clear();
    }

    private void settle() {
        if (!log.hasFailed()) {
            tellHeldBack();
        }
        if (log.hasWork()) {
            commit();
        }
    }

    private void receive() {
        if (!live.isEmpty()) {
            List<Long> positions = List.copyOf(live.keySet());
            long position = positions.get(random.nextInt(positions.size()));
            live.remove(position);
            log.consumed(position, position);
        }
    }

    /** As compaction does. */
    private void copyForward() {
        live.forEach((position, message) -> {
            if (random.nextInt(3) == 0) {
                tell(position, message);
            }
        });
    }

    private void checkpoint() {
        settle();
        log.beginCheckpoint(incarnation);
        live.forEach(this::tell);
        log.endCheckpoint();
        commit();
    }

    /** As a daemon leaves it that is killed in the middle. */
    private void halfACheckpoint() {
        settle();
        log.beginCheckpoint(incarnation);
        live.entrySet().stream().limit(random.nextInt(live.size() + 1))
            .forEach(each -> tell(each.getKey(), each.getValue()));
        log.commit(true);
        log.close();
        open();
    }

    /** The hot directory is lost: what is queued is put back under new positions, and others come before all is told. */
    private void reboot() {
        settle();
        log.close();
        open();
        List<Sent> restored = new ArrayList<>();
        Replay replay = Replay.of(storage, QUEUE);
        replay.forEach((position, mtype, buffer, offset, length) -> restored
            .add(new Sent(mtype, buffer.getStringWithoutLengthAscii(offset, length))));
        assertEquals(List.copyOf(live.values()), restored);
        ofEarlierLives.addAll(ofThisLife.values());
        ofThisLife.clear();
        live.clear();
        incarnation++;
        nextPosition = 100;
        for (Sent message : restored) {
            long position = newPosition();
            if (random.nextInt(4) > 0) {
                live.put(position, message);
            } // else received before the log was written
        }
        int before = texts;
        texts = Integer.MAX_VALUE; // else what is received could not be told from what is sent in its stead
        for (int i = random.nextInt(4); i > 0; i--) {
            long position = newPosition();
            Sent message = newMessage();
            ofThisLife.put(position, message);
            live.put(position, message);
        }
        texts = before;
        if (random.nextBoolean()) {
            halfACheckpoint();
        }
        checkpoint();
    }

    private void step() {
        switch (random.nextInt(40)) {
            case 0 -> reboot();
            case 1 -> checkpoint();
            case 2 -> {
                halfACheckpoint();
                checkpoint();
            }
            case 3, 4, 5 -> copyForward();
            case 6, 7, 8 -> holdBack();
            case 9, 10, 11 -> tellHeldBack();
            case 12, 13, 14, 15, 16, 17, 18, 19, 20 -> receive();
            case 21, 22, 23, 24, 25, 26 -> {
                if (log.hasWork()) {
                    commit();
                }
            }
            case 27, 28, 29, 30 -> send(true);
            default -> send(false);
        }
    }

    private void live(long seed) {
        random = new Random(seed);
        open();
        checkpoint();
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        settle();
    }

    private List<Seen> seen() {
        List<Seen> seen = new ArrayList<>();
        History history = History.of(storage, QUEUE);
        assertEquals(List.of(), history.damage());
        history.forEach((life, position, timeMs, mtype, buffer, offset, length) -> seen
            .add(new Seen(timeMs, new Sent(mtype, buffer.getStringWithoutLengthAscii(offset, length)))));
        assertEquals(0, history.vanishedFiles());
        return seen;
    }

    private static List<Sent> messages(List<Seen> seen) {
        return seen.stream().map(Seen::message).toList();
    }

    @Test
    void eachMessageOnceAndInOrder() {
        for (int seed = 0; seed < SEEDS; seed++) {
            HistoryTest one = new HistoryTest();
            one.texts = seed % 3 == 0 ? 4 : Integer.MAX_VALUE;
            one.live(seed);
            List<Sent> expected = new ArrayList<>(one.ofEarlierLives);
            expected.addAll(one.ofThisLife.values());
            assertEquals(expected, messages(one.seen()), "seed " + seed);
        }
    }

    /** Where old files are gone, the rest is there, and all that is queued. */
    @Test
    void whatIsLeftIsInOrderToo() {
        int gone = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            HistoryTest one = new HistoryTest();
            one.retention = new Retention(0, 2 * FILE_LENGTH);
            one.live(seed);
            List<Sent> expected = new ArrayList<>(one.ofEarlierLives);
            expected.addAll(one.ofThisLife.values());
            List<Sent> seen = messages(one.seen());
            Set<Sent> once = new HashSet<>(seen);
            assertEquals(once.size(), seen.size(), "seed " + seed);
            assertTrue(once.containsAll(one.live.values()), "seed " + seed);
            // What was put back comes behind what was received in the life before, if its original is gone.
            List<Sent> ofOneLife = new ArrayList<>(one.ofThisLife.values());
            ofOneLife.retainAll(once);
            List<Sent> inOrder = new ArrayList<>(seen);
            inOrder.retainAll(new HashSet<>(ofOneLife));
            assertEquals(ofOneLife, inOrder, "seed " + seed);
            assertTrue(expected.containsAll(once), "seed " + seed);
            gone += expected.size() - seen.size();
        }
        assertTrue(gone > SEEDS, gone + " messages were gone");
    }

    /** Of what comes late, the place tells more than the log's time. */
    @Test
    void timesAreThoseOfTheFirstTelling() {
        open();
        checkpoint();
        Map<Sent, Long> times = new TreeMap<>((a, b) -> a.text().compareTo(b.text()));
        holdBack();
        Sent late = ofThisLife.lastEntry().getValue();
        for (int i = 0; i < 10; i++) {
            send(false);
            log.commit(true);
            times.put(ofThisLife.lastEntry().getValue(), nowMs);
            nowMs += 1_000;
        }
        tellHeldBack();
        log.commit(true);
        nowMs += 1_000;
        checkpoint();
        List<Seen> seen = seen();
        assertEquals(11, seen.size());
        assertEquals(late, seen.getFirst().message());
        assertEquals(seen.get(1).timeMs(), seen.getFirst().timeMs());
        for (Seen each : seen.subList(1, 11)) {
            assertEquals(times.get(each.message()), each.timeMs());
        }
    }

    /** What is written while it is read is not seen; a file that is deleted meanwhile is missed, and told. */
    @Test
    void asOfTheTimeOfTheFirstLook() {
        open();
        checkpoint();
        for (int i = 0; i < 200; i++) {
            send(true);
            commit();
        }
        History history = History.of(storage, QUEUE);
        List<Sent> before = List.copyOf(ofThisLife.values());
        send(false);
        commit();
        reboot();
        List<Sent> seen = new ArrayList<>();
        history.forEach((life, position, timeMs, mtype, buffer, offset, length) -> seen
            .add(new Sent(mtype, buffer.getStringWithoutLengthAscii(offset, length))));
        assertEquals(before, seen);
        assertEquals(0, history.vanishedFiles());
        storage.delete(1);
        seen.clear();
        history.forEach((life, position, timeMs, mtype, buffer, offset, length) -> seen
            .add(new Sent(mtype, buffer.getStringWithoutLengthAscii(offset, length))));
        assertEquals(1, history.vanishedFiles());
        assertTrue(!seen.isEmpty() && seen.size() < before.size(), () -> seen.size() + " of " + before.size());
        assertEquals(before.subList(before.size() - seen.size(), before.size()), seen);
    }

    @Test
    void nothingIsNothing() {
        assertEquals(List.of(), seen());
        assertEquals(0, History.of(storage, QUEUE).incarnation());
    }
}
