package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A queue's life in random steps, as the daemon would drive its log: sends, receptions out of order, commits,
 * checkpoints, compaction, deletion, clean stops, daemons that are killed, power cuts, errors of the disk. {@link
 * #verify} says whether what a replay of some image of the disk finds is right at this moment, also in the midst of a
 * step.
 */
final class LogWorkload {
    static final UUID QUEUE = new UUID(7, 9);

    /** Thrown in the midst of an operation of the disk: the daemon is killed there. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /**
     * What was added to the log: what it means once it is committed, and on disk; and what must be added again if it
     * is dropped.
     */
    private record Added(Runnable whenCommitted, Runnable whenDurable, long sent, long received) {
        private static final long NONE = 0;

        private Added(Runnable whenDurable) {
            this(() -> {}, whenDurable, NONE, NONE);
        }
    }

    private final Random random;
    private final int fileLength;
    private final Consumer<PowerCutStorage> configure;
    private PowerCutStorage storage;
    private QueueLog log;

    /** The life that a replay finds until the next one's checkpoint is on disk; null: nothing. */
    private Life before;
    private Life life;
    private final List<Life> lives = new ArrayList<>();
    private TreeMap<Long, Life.Sent> queued = new TreeMap<>();
    private long nextPosition = 1;
    private long state;
    private boolean deletingAll;
    /** Before that began. */
    private int refusalsBefore;
    private boolean justDeletedAll;
    private boolean deletesNext;

    /** What the checkpoint in progress has yet to list; null: there is none. */
    private TreeSet<Long> unlisted;

    /** Since the last commit, and since the last synced one. */
    private final List<Added> added = new ArrayList<>();
    private final List<Added> committed = new ArrayList<>();
    /** Of these, those that were committed before the checkpoint in progress began. */
    private int committedBefore;
    /** Dropped by a commit that failed. */
    private final TreeSet<Long> sentAgain = new TreeSet<>();
    private final TreeSet<Long> receivedAgain = new TreeSet<>();

    private int failures;

    /** @param configure is called for each storage, the first and those after a power cut. */
    LogWorkload(Random random, Consumer<PowerCutStorage> configure) {
        this.random = random;
        this.configure = configure;
        fileLength = LogFileDescriptor.PAGE_LENGTH * (4 + random.nextInt(13));
        storage = new PowerCutStorage(random);
        configure.accept(storage);
        start();
        life = newLife(random.nextLong());
    }

    private Life newLife(long incarnation) {
        Life made = new Life(incarnation);
        lives.addFirst(made);
        return made;
    }

    PowerCutStorage storage() {
        return storage;
    }

    QueueLog log() {
        return log;
    }

    int failures() {
        return failures;
    }

    /** Checks what a replay finds on an image of the disk. */
    void verify(Replay replay) {
        assertEquals(List.of(), replay.report().damage());
        if (deletingAll && (replay.size() == 0 || storage.refusals() > refusalsBefore)) {
            verifySent(replay);
            return;
        }
        if (!replay.isComplete()) {
            assertTrue(before == null && !life.mustBeFound, "nothing is found");
            assertEquals(0, replay.size());
        } else if (replay.incarnation() == life.incarnation) {
            assertTrue(life.mayBeFound, "a checkpoint without an end counts");
            life.verify(replay);
        } else {
            assertFalse(life.mustBeFound, "a complete checkpoint doesn't count");
            assertNotNull(before, "messages of nobody");
            assertEquals(before.incarnation, replay.incarnation());
            before.verify(replay);
        }
    }

    /** Checks that all messages of a replay were once sent, whether or not they should be back. */
    void verifySent(Replay replay) {
        replay.forEach((position, mtype, buffer, offset, length) -> lives.stream()
            .filter(known -> known.incarnation == replay.incarnation() && known.messages.containsKey(position))
            .findFirst().orElseThrow(() -> new AssertionError("message " + position + " was never sent"))
            .verifySent(position, mtype, buffer, offset, length));
    }

    /** One thing more; errors of the disk are met as the daemon would. */
    void step() {
        justDeletedAll = false;
        try {
            if (random.nextInt(16) == 0) {
                deleteUnneeded();
            }
            if (deletingAll) {
                deleteAll();
            } else if (log.hasFailed()) {
                beginCheckpoint();
            } else if (!receivedAgain.isEmpty()) {
                List.copyOf(receivedAgain).forEach(position -> logReceived(position, position));
                receivedAgain.clear();
                commit(true);
            } else if (unlisted != null && random.nextInt(3) > 0) {
                continueCheckpoint();
            } else if (!sentAgain.isEmpty()) {
                List.copyOf(sentAgain).forEach(this::resend);
                sentAgain.clear();
            } else {
                anything();
            }
        } catch (ErrnoException e) {
            failed();
        } catch (Killed e) {
            start();
        }
    }

    /** At any time. If it fails, nothing is dropped. */
    private void deleteUnneeded() {
        try {
            log.deleteUnneeded();
        } catch (ErrnoException e) {
            if (log.hasFailed()) {
                throw e;
            }
            failures++;
        }
    }

    private void anything() {
        int dice = random.nextInt(100);
        if (dice < 30) {
            for (int count = random.nextInt(6); count >= 0; count--) {
                send();
            }
        } else if (dice < 45) {
            receiveFirst();
        } else if (dice < 55) {
            receiveAny();
        } else if (dice < 65) {
            commit(false);
        } else if (dice < 77) {
            commit(true);
        } else if (dice < 81) {
            compact();
        } else if (dice < 88) {
            commitAndDelete();
        } else if (dice < 90) {
            moveAny();
        } else {
            seldom(random.nextInt(16));
        }
    }

    private void seldom(int dice) {
        if (dice < 4) {
            beginCheckpoint();
        } else if (dice < 7) {
            kill();
        } else if (dice < 9) {
            if (unlisted == null) {
                cleanStop();
            }
        } else if (dice < 12) {
            cutPower();
        } else if (dice < 13) {
            newHotFile();
        } else if (dice < 14) {
            deleteAll();
        } else {
            log.retain(random.nextBoolean() ? Retention.NONE : new Retention(0, random.nextInt(20) * fileLength));
        }
    }

    /** Ends in order: nothing to do is left undone, however often it fails. */
    void finish() {
        while (deletingAll || log.hasFailed() || unlisted != null || !sentAgain.isEmpty() || !receivedAgain.isEmpty()) {
            step();
        }
        while (true) {
            try {
                commitAndDelete();
                return;
            } catch (ErrnoException e) {
                failed();
                finish();
                return;
            } catch (Killed e) {
                start();
                finish();
                return;
            }
        }
    }

    /** What is queued, as a life that has to be found entirely. */
    void verifyAll() {
        assertTrue(life.mustBeFound);
        for (Map.Entry<Long, Life.Sent> entry : life.messages.entrySet()) {
            boolean isQueued = queued.containsKey(entry.getKey());
            assertEquals(isQueued, entry.getValue().durable && !entry.getValue().gone,
                () -> "message " + entry.getKey());
        }
    }

    private void start() {
        log = QueueLog.open(storage, QUEUE, fileLength, () -> 1_700_000_000_000L);
        log.state(state, -state);
        unlisted = null;
        added.clear();
        committed.clear();
        sentAgain.clear();
        receivedAgain.clear();
        if (life != null) {
            life.messages.values().forEach(sent -> sent.file = 0);
        }
    }

    private void send() {
        int bound = switch (random.nextInt(100)) {
            case 0 -> 2 * fileLength;
            case 1, 2, 3, 4 -> 12_000;
            case 5, 6, 7, 8, 9, 10, 11, 12 -> 3_000;
            default -> 200;
        };
        byte[] payload = new byte[random.nextInt(bound)];
        random.nextBytes(payload);
        enqueue(new Life.Sent(random.nextLong(), payload));
        log(life.messages.lastKey());
    }

    private void enqueue(Life.Sent sent) {
        long position = nextPosition;
        nextPosition += 1 + random.nextInt(100);
        life.messages.put(position, sent);
        queued.put(position, sent);
    }

    private void log(long position) {
        Life.Sent sent = queued.get(position);
        nextState();
        sent.added = true;
        int[] file = {0};
        added.add(new Added(() -> {
            release(sent);
            sent.file = file[0];
        }, () -> sent.durable = true, position, Added.NONE));
        file[0] = log.send(position, sent.mtype, new UnsafeBuffer(sent.payload), 0, sent.payload.length);
    }

    private void release(Life.Sent sent) {
        if (sent.file != 0) {
            log.released(sent.file, QueueLog.entryLength(sent.payload.length));
            sent.file = 0;
        }
    }

    private void resend(long position) {
        if (queued.containsKey(position)) {
            log(position);
        }
    }

    private void receiveFirst() {
        List<Long> positions = queued.keySet().stream().limit(1 + random.nextInt(8)).toList();
        if (!positions.isEmpty()) {
            positions.forEach(this::receive);
            logReceived(positions.getFirst(), positions.getLast());
        }
    }

    private void receiveAny() {
        Long position = queued.isEmpty() ? null : queued.ceilingKey(random.nextLong(nextPosition));
        if (position != null) {
            receive(position);
            logReceived(position, position);
        }
    }

    private void receive(long position) {
        queued.get(position).received = true;
        queued.remove(position);
    }

    /** All messages of the range are received. */
    private void logReceived(long first, long last) {
        for (Map.Entry<Long, Life.Sent> entry : life.messages.subMap(first, true, last, true).entrySet()) {
            Life.Sent sent = entry.getValue();
            added.add(new Added(() -> release(sent), () -> sent.gone = true, Added.NONE, entry.getKey()));
        }
        nextState();
        log.consumed(first, last);
    }

    private void nextState() {
        state++;
        life.addedState = state;
        life.cleanStopDurable = false;
        long now = state;
        Life of = life;
        added.add(new Added(() -> {
            of.durableState = Math.max(of.durableState, now);
            of.cleanStopAdded = false;
        }));
        log.state(now, -now);
    }

    private void commit(boolean sync) {
        log.commit(sync);
        added.forEach(entry -> entry.whenCommitted.run());
        committed.addAll(added);
        added.clear();
        if (sync && unlisted == null) { // a checkpoint is nothing without its end
            committed.forEach(entry -> entry.whenDurable.run());
            committed.clear();
        }
        assertFalse(log.hasWork());
    }

    private void commitAndDelete() {
        deletesNext = true;
        try {
            commit(true);
        } finally {
            deletesNext = false;
        }
        log.deleteUnneeded();
    }

    /** Whether the last step did: soon the next file's making syncs the directory again. */
    boolean hasJustDeletedAll() {
        return justDeletedAll;
    }

    /** Whether the commit at hand is to make something unneeded that is then deleted. */
    boolean deletesNext() {
        return deletesNext;
    }

    private void compact() {
        commit(true);
        int below = log.compactBelow();
        for (int rounds = 0; below != 0 && rounds < 100; rounds++) {
            for (Map.Entry<Long, Life.Sent> entry : queued.entrySet()) {
                if (entry.getValue().file != 0 && entry.getValue().file < below) {
                    log(entry.getKey());
                }
            }
            commitAndDelete();
            int next = log.compactBelow();
            assertTrue(next == 0 || next > below, "copied, and still to be copied");
            below = next;
        }
        assertEquals(0, below, "compaction has an end");
    }

    private void moveAny() {
        Long position = queued.ceilingKey(random.nextLong(nextPosition));
        if (position != null) {
            log(position);
        }
    }

    private void beginCheckpoint() {
        if (unlisted != null) {
            committed.subList(committedBefore, committed.size()).clear(); // is dropped with the checkpoint at hand
        }
        unlisted = null;
        added.clear(); // is dropped
        sentAgain.clear();
        receivedAgain.clear();
        life.cleanStopDurable = false;
        life.addedState = state;
        log.beginCheckpoint(life.incarnation);
        committedBefore = committed.size();
        unlisted = new TreeSet<>(queued.keySet());
    }

    private void continueCheckpoint() {
        for (int count = random.nextInt(8); count >= 0 && !unlisted.isEmpty(); count--) {
            resend(unlisted.pollFirst());
        }
        if (unlisted.isEmpty() && random.nextInt(4) == 0) {
            beginCheckpoint(); // as after an error that is not the disk's
        } else if (unlisted.isEmpty()) {
            List<Life.Sent> received = life.messages.values().stream().filter(sent -> sent.received).toList();
            Life of = life;
            life.mayBeFound = true;
            nextState();
            added.add(new Added(() -> {
                of.mustBeFound = true;
                received.forEach(sent -> sent.gone = true);
                before = null;
            }));
            log.endCheckpoint();
            unlisted = null;
        } else if (random.nextInt(3) > 0) {
            commit(random.nextBoolean());
        }
    }

    private void cleanStop() {
        Life of = life;
        life.cleanStopAdded = true;
        added.add(new Added(() -> {
            of.cleanStopAdded = true;
            of.cleanStopDurable = true;
        }));
        log.cleanStop();
        commit(true);
        log.close();
        if (random.nextBoolean()) {
            cutPower();
        } else {
            start();
        }
    }

    /** Another daemon goes on with the same hot file. Clients went on in between. */
    private void kill() {
        start();
        for (int count = random.nextInt(4); count > 0; count--) {
            enqueue(new Life.Sent(count, new byte[count]));
        }
        for (int count = random.nextInt(4); count > 0 && !queued.isEmpty(); count--) {
            receive(queued.firstKey());
        }
    }

    /** The messages as a new daemon finds them go into a new hot file. */
    private void cutPower() {
        PowerCutStorage image = storage.afterCut(random);
        Replay replay = Replay.of(image, QUEUE);
        verify(replay);
        log.close();
        deletingAll = false;
        before = null;
        if (replay.isComplete()) {
            before = newLife(replay.incarnation());
            before.mayBeFound = true;
            before.mustBeFound = true;
            before.addedState = replay.lastSend();
            before.durableState = replay.lastSend();
            before.cleanStopAdded = replay.cleanStop();
            before.cleanStopDurable = replay.cleanStop();
        }
        life = newLife(random.nextLong());
        queued = new TreeMap<>();
        nextPosition = 1 + random.nextInt(1000);
        replay.forEach((position, mtype, buffer, offset, length) -> {
            byte[] payload = new byte[length];
            buffer.getBytes(offset, payload);
            Life.Sent sent = new Life.Sent(mtype, payload);
            sent.added = true;
            sent.durable = true;
            before.messages.put(position, sent);
            enqueue(new Life.Sent(mtype, payload));
        });
        storage = image;
        configure.accept(storage);
        start();
    }

    /** The hot file is made anew while the daemon runs. */
    private void newHotFile() {
        if (life.mustBeFound) {
            before = life;
            unlisted = null;
            added.clear();
            committed.clear();
            sentAgain.clear();
            receivedAgain.clear();
            anotherLife();
            beginCheckpoint();
        }
    }

    private void anotherLife() {
        List<Life.Sent> messages = List.copyOf(queued.values());
        life = newLife(random.nextLong());
        queued = new TreeMap<>();
        nextPosition = 1;
        messages.forEach(sent -> enqueue(new Life.Sent(sent.mtype, sent.payload)));
    }

    private void deleteAll() {
        refusalsBefore = deletingAll ? refusalsBefore : storage.refusals();
        deletingAll = true;
        unlisted = null;
        log.deleteAll();
        assertEquals(0, log.bytes());
        deletingAll = false;
        justDeletedAll = true;
        before = null;
        anotherLife();
        added.clear();
        committed.clear();
        sentAgain.clear();
        receivedAgain.clear();
    }

    private void failed() {
        failures++;
        for (Added entry : added) {
            if (entry.sent != Added.NONE) {
                sentAgain.add(entry.sent);
            }
            if (entry.received != Added.NONE) {
                receivedAgain.add(entry.received);
            }
        }
        added.clear();
        if (log.hasFailed()) {
            committed.clear();
            unlisted = null;
        }
    }
}
