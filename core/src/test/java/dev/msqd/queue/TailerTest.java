package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.Durability;
import dev.msqd.log.Tailer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the log on disk is told is what the queue holds, whatever happens between the steps of a round. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TailerTest {
    private static final int SEGMENT_LENGTH = 16 * 1024;
    private static final long EVERYTHING = Long.MAX_VALUE;
    private static final Selector ANY = Selector.any();

    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[3 * SEGMENT_LENGTH]);
    private long number;

    @Test
    void messagesAndTheirEndsAreLogged() {
        try (Scene scene = new Scene()) {
            for (int i = 0; i < 5; i++) {
                scene.send(8);
            }
            scene.round();
            assertEquals(scene.queued(), scene.disk.live());
            assertEquals(5, scene.disk.live().size());
            scene.receive();
            scene.receive();
            scene.round();
            assertEquals(scene.queued(), scene.disk.live());
            assertEquals(3, scene.disk.counted());
        }
    }

    @Test
    void whatDiesBeforeTheRoundIsNeverLogged() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.receive();
            scene.round();
            assertEquals(0, scene.disk.counted());
        }
    }

    @Test
    void withHistoryItIs() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.receive();
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            assertEquals(1, scene.disk.sends());
            // At once: a power cut now must not bring it back.
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
        }
    }

    @Test
    void historyIsLoggedOnceHoweverOftenTheLogIsWalked() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.send(8);
            scene.receive();
            for (int i = 0; i < 3; i++) {
                scene.tailer.collect(EVERYTHING, false, true);
                scene.committed();
                scene.tailer.rollBack(); // nothing, but then it begins at the oldest record
            }
            assertEquals(2, scene.disk.sends());
            scene.send(8);
            scene.receive();
            scene.receive();
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            assertEquals(3, scene.disk.sends());
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
        }
    }

    /** It was passed while it was being written. */
    @Test
    void historyHasWhatWasReceivedAsSoonAsItWasWritten() {
        try (Scene scene = new Scene()) {
            long claim = scene.user.sender().tryClaim(1, 8);
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            scene.user.sender().commit((int) claim);
            assertTrue(scene.receive());
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            assertEquals(1, scene.disk.sends());
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            assertEquals(1, scene.disk.sends());
        }
    }

    /** Nobody needs it on disk, but for the history. */
    @Test
    void historyHasWhatTwoCallsOfASyncQueueHandedOn() throws Exception {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.queue.state().durability(Durability.SYNC);
            AsyncCall<Boolean> call = AsyncCall.start(scene::receive);
            while (scene.tail.tickets().last() == 0) {
                Thread.sleep(1);
            }
            for (int round = 0; round < 3; round++) {
                scene.tailer.collect(EVERYTHING, true, true);
                scene.committed();
            }
            scene.tail.tickets().serve(1);
            assertTrue(call.result());
            scene.tailer.collect(EVERYTHING, true, true);
            scene.committed();
            assertEquals(1, scene.disk.sends());
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
        }
    }

    @Test
    void historyThatDidNotComeIntoTheLogIsLoggedLater() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.receive();
            scene.tailer.collect(EVERYTHING, false, true);
            scene.disk.drop();
            scene.tailer.rollBack();
            assertEquals(0, scene.disk.sends());
            scene.tailer.collect(EVERYTHING, false, true);
            scene.committed();
            assertEquals(1, scene.disk.sends());
        }
    }

    @Test
    void theEndOfWhatWasReceivedDuringTheCommitFollows() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.tailer.collect(EVERYTHING, false, false);
            scene.receive();
            scene.committed();
            assertEquals(1, scene.disk.live().size());
            scene.round();
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
        }
    }

    /** Only a part of the round was written, and nobody was told of it. */
    @Test
    void theEndOfWhatWasWrittenAndRolledBackFollows() {
        try (Scene scene = new Scene()) {
            scene.send(8);
            scene.send(8);
            scene.tailer.collect(EVERYTHING, false, false);
            scene.disk.dropFrom(1);
            scene.tailer.rollBack();
            scene.receive();
            scene.round();
            assertEquals(scene.queued(), scene.disk.live());
            assertEquals(1, scene.disk.counted());
        }
    }

    /** Also where its segment was given back meanwhile. */
    @Test
    void theEndOfWhatIsGoneDuringTheCommitFollows() {
        try (Scene scene = new Scene()) {
            for (int i = 0; i < 3 * SEGMENT_LENGTH / 1024; i++) {
                scene.send(1024);
            }
            scene.tailer.collect(EVERYTHING, false, false);
            while (scene.receive()) {
                scene.queue.keeper().keepHouse(0);
            }
            scene.committed();
            scene.round();
            assertEquals(List.of(), scene.disk.live());
            assertEquals(0, scene.disk.counted());
        }
    }

    @Test
    void memoryIsGivenBackOnlyWhenTheEndsAreLogged() {
        try (Scene scene = new Scene()) {
            for (int i = 0; i < 4 * SEGMENT_LENGTH / 1024; i++) {
                scene.send(1024);
            }
            scene.round();
            while (scene.receive()) {
                // all
            }
            scene.send(8);
            assertEquals(0, scene.queue.keeper().keepHouse(0));
            scene.round();
            scene.tailer.park();
            assertTrue(scene.queue.keeper().keepHouse(0) > 0);
        }
    }

    @Test
    void randomRounds() {
        for (int seed = 1; seed <= 400; seed++) {
            try (Scene scene = new Scene()) {
                scene.play(new Random(seed), 250);
                scene.settle();
                assertEquals(scene.queued(), scene.disk.live(), "seed " + seed);
                assertEquals(scene.disk.live().size(), scene.disk.counted(), "seed " + seed);
                while (scene.receive()) {
                    // all
                }
                scene.settle();
                assertEquals(List.of(), scene.disk.live(), "seed " + seed);
                assertEquals(0, scene.disk.counted(), "seed " + seed);
            }
        }
    }

    /** A queue with two users, its tailer, and a model of its log. */
    private final class Scene implements AutoCloseable {
        private final QueueFixture queue = new QueueFixture(1 << 20, SEGMENT_LENGTH, 2 * SEGMENT_LENGTH);
        private final Endpoint user = queue.endpoint();
        private final Endpoint holder = queue.endpoint();
        private final DiskModel disk = new DiskModel();
        private QueueTail tail = queue.keeper().tail(disk);
        private Tailer tailer = tail.tailer();
        private boolean holds;

        void send(int length) {
            bytes.putLong(0, ++number);
            user.sender().send(1 + number % 3, bytes, 0, Math.max(length, Long.BYTES), 0);
        }

        boolean receive() {
            return receive(ANY);
        }

        private boolean receive(Selector selector) {
            return user.receiver().take(selector, Integer.MAX_VALUE, 0) == Receiver.TAKEN && user.receiver().consume();
        }

        void round() {
            tailer.collect(EVERYTHING, false, false);
            committed();
        }

        void committed() {
            disk.commit();
            tailer.committed();
        }

        void checkpoint(Random random) {
            disk.clear();
            long limit = tailer.endPosition();
            boolean first = true;
            boolean more = true;
            while (more) {
                more = tailer.collectAll(first, limit);
                first = false;
                between(random);
                committed();
            }
        }

        /** Everything is in its place, and known. */
        void settle() {
            if (holds) {
                holder.receiver().giveBack();
                holds = false;
            }
            round();
            round();
        }

        void play(Random random, int steps) {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(12)) {
                    case 0, 1 -> {
                        tailer.collect(random.nextInt(3) == 0 ? tailer.endPosition() : EVERYTHING, false, false);
                        between(random);
                        committed();
                    }
                    case 2 -> {
                        tailer.collect(EVERYTHING, false, false);
                        between(random);
                        disk.dropFrom(random.nextInt(4));
                        if (random.nextBoolean()) {
                            tailer.abandon();
                            checkpoint(random);
                        } else {
                            tailer.rollBack();
                        }
                    }
                    case 3 -> {
                        int file = random.nextInt(disk.file()) + 1;
                        disk.nextFile();
                        tailer.collectFiles(true, file + 1);
                        between(random);
                        committed();
                        assertTrue(disk.countedIn(file) >= 0);
                    }
                    case 4 -> {
                        if (random.nextInt(4) == 0) {
                            tail.close();
                            tail = queue.keeper().tail(disk);
                            tailer = tail.tailer();
                            checkpoint(random);
                        }
                    }
                    default -> use(random);
                }
            }
        }

        private void between(Random random) {
            for (int i = random.nextInt(6); i > 0; i--) {
                use(random);
            }
        }

        private void use(Random random) {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> send(random.nextInt(20) == 0 ? SEGMENT_LENGTH + random.nextInt(SEGMENT_LENGTH)
                    : random.nextInt(1500));
                case 4 -> receive(Selector.of(random.nextInt(4), false));
                case 5 -> receive();
                case 6 -> {
                    if (holds) {
                        holds = false;
                        if (random.nextBoolean()) {
                            holder.receiver().giveBack();
                        } else {
                            assertTrue(holder.receiver().consume());
                        }
                    } else {
                        holds = holder.receiver().take(ANY, Integer.MAX_VALUE, 0) == Receiver.TAKEN;
                    }
                }
                default -> queue.keeper().keepHouse(random.nextInt(3));
            }
        }

        List<DiskModel.Message> queued() {
            List<DiskModel.Message> messages = new ArrayList<>();
            Receiver browser = user.receiver();
            while (browser.browse(messages.size()) == Receiver.TAKEN) {
                messages.add(new DiskModel.Message(browser.mtype(), browser.buffer().getLong(browser.offset()),
                    browser.length()));
            }
            return messages;
        }

        @Override
        public void close() {
            if (holds) {
                holder.receiver().giveBack();
            }
            tail.close();
            queue.close();
        }
    }
}
