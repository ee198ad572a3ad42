package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log takes at most twice its live bytes and two files, whatever is received and whatever stays. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DiskBoundTest {
    private static final UUID QUEUE = new UUID(1, 2);
    private static final int FILE_LENGTH = 256 << 10;
    private static final int BATCH = 50;

    private record Message(long position, int length, int file) {}

    private final Random random = new Random(1);
    private final PowerCutStorage storage = new PowerCutStorage(random);
    private final QueueLog log = QueueLog.open(storage, QUEUE, FILE_LENGTH, () -> 0);
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[20_000]);
    private final TreeMap<Integer, Map<Long, Message>> byFile = new TreeMap<>();
    private final ArrayDeque<Long> order = new ArrayDeque<>();
    private final Map<Long, Message> live = new HashMap<>();
    private long sentBytes;
    private long copiedBytes;
    private int files;

    private Message send(long position, int length) {
        return new Message(position, length, log.send(position, 1, bytes, 0, length));
    }

    private void add(Message message) {
        live.put(message.position, message);
        byFile.computeIfAbsent(message.file, file -> new HashMap<>()).put(message.position, message);
        files = Math.max(files, message.file);
    }

    private void release(Message message) {
        byFile.get(message.file).remove(message.position);
        log.released(message.file, QueueLog.entryLength(message.length));
    }

    private void receive(List<Long> positions) {
        positions.forEach(position -> log.consumed(position, position));
        log.commit(false);
        positions.forEach(position -> release(live.remove(position)));
    }

    /** As the daemon does now and then. */
    private void keepTidy() {
        for (int below = log.compactBelow(); below != 0; below = log.compactBelow()) {
            List<Message> copies = new ArrayList<>();
            for (Map<Long, Message> messages : List.copyOf(byFile.headMap(below).values())) {
                for (Message message : messages.values()) {
                    copies.add(send(message.position, message.length));
                    copiedBytes += QueueLog.entryLength(message.length);
                }
            }
            log.commit(true);
            for (Message copy : copies) {
                release(live.get(copy.position));
                add(copy);
            }
        }
        log.commit(true);
        log.deleteUnneeded();
        assertEquals(storage.bytes(), log.bytes());
        assertTrue(log.bytes() <= 2 * log.liveBytes() + 2 * FILE_LENGTH,
            () -> "files of " + log.bytes() + " bytes for " + log.liveBytes() + " live ones");
    }

    /**
     * @param stragglers of thousand messages so many stay; of those that did, the oldest are received in the end
     * @param most so many stay at once
     */
    private void run(int rolls, int stragglers, int most, int bound) {
        log.beginCheckpoint(1);
        log.endCheckpoint();
        log.commit(true);
        for (long position = 0; files < rolls;) {
            List<Message> sent = new ArrayList<>();
            for (int count = 0; count < BATCH; count++) {
                Message message = send(++position, random.nextInt(bound));
                sent.add(message);
                sentBytes += QueueLog.entryLength(message.length);
            }
            log.commit(random.nextInt(10) == 0);
            sent.forEach(this::add);
            List<Long> received = new ArrayList<>();
            for (Message message : sent) {
                if (random.nextInt(1000) < stragglers) {
                    order.add(message.position);
                } else {
                    received.add(message.position);
                }
            }
            while (order.size() > most) {
                received.add(order.poll());
            }
            receive(received);
            keepTidy();
        }
        assertEquals(live.size(), Replay.of(storage, QUEUE).size());
        assertEquals(live.values().stream().mapToLong(message -> QueueLog.entryLength(message.length)).sum(),
            log.liveBytes());
        assertTrue(copiedBytes <= 3 * sentBytes, () -> "copied " + copiedBytes + " of " + sentBytes + " bytes");
    }

    @Test
    void oneOfAHundredStays() {
        run(2_000, 10, 100_000, 500);
    }

    @Test
    void manyStayForAWhile() {
        run(1_000, 500, 5_000, 500);
    }

    @Test
    void longOnesStay() {
        run(1_000, 100, 500, 20_000);
    }

    @Test
    void nothingStays() {
        run(500, 0, 0, 2_000);
        assertTrue(storage.bytes() <= FILE_LENGTH);
    }

    @Test
    void everythingStays() {
        run(100, 1000, Integer.MAX_VALUE, 1_000);
    }
}
