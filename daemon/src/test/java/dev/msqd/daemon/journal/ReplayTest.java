package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.HandmadeLog.PAGE;
import static dev.msqd.daemon.journal.HandmadeLog.QUEUE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Each rule of a replay, on files made by hand. */
class ReplayTest {
    private final HandmadeLog log = new HandmadeLog();

    /** A log with a complete checkpoint in file 1 and nothing live. */
    private HandmadeLog begun() {
        return log.file(1, 7).begin(7).end();
    }

    private static List<Long> positions(Replay replay) {
        List<Long> positions = new ArrayList<>();
        replay.forEach((position, mtype, buffer, offset, length) -> {
            assertEquals(HandmadeLog.mtype(position), mtype);
            byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            assertEquals(HandmadeLog.text(position), new String(bytes, StandardCharsets.US_ASCII));
            positions.add(position);
        });
        assertEquals(positions.size(), replay.size());
        return positions;
    }

    private void assertFinds(Long... positions) {
        Replay replay = log.replay();
        assertEquals(List.of(), replay.report().damage());
        assertEquals("", replay.report().tornTail());
        assertEquals(List.of(positions), positions(replay));
    }

    private void assertDamage(String expected, Long... positions) {
        Replay replay = log.replay();
        assertEquals(List.of(expected), replay.report().damage());
        assertEquals(List.of(positions), positions(replay));
    }

    private void assertTorn(String where, Long... positions) {
        Replay replay = log.replay();
        assertEquals(List.of(), replay.report().damage());
        assertEquals(where, replay.report().tornTail());
        assertEquals(List.of(positions), positions(replay));
    }

    @Test
    void nothingIsNothing() {
        Replay replay = log.replay();
        assertFalse(replay.isComplete());
        assertEquals(new ReplayReport(0, 0, List.of(), "", List.of()), replay.report());
        assertFinds();
    }

    @Test
    void sendsAreLiveByPosition() {
        begun().sends(30, 10).state(5).sends(20, 40);
        assertFinds(10L, 20L, 30L, 40L);
        Replay replay = log.replay();
        assertTrue(replay.isComplete());
        assertEquals(7, replay.incarnation());
        assertEquals(5, replay.lastSend());
        assertEquals(-5, replay.lastReceive());
        assertEquals(1, replay.report().files());
        assertEquals(4, replay.report().batches());
        assertFalse(replay.report().isDamaged());
    }

    @Test
    void consumedTakesOutARangeWithBothEnds() {
        begun().sends(1, 2, 3, 4, 5, 6).consumed(2, 4).consumed(6, 6).consumed(100, 50).consumed(7, 9);
        assertFinds(1L, 5L);
    }

    @Test
    void consumedConcernsWhatWasSentBefore() {
        begun().sends(1).consumed(1, 1).sends(1);
        assertFinds(1L);
    }

    @Test
    void messageSentAgainIsTakenFromItsNewPlace() {
        begun().batch(batch -> HandmadeLog.send(batch, 3, "an older text")).sends(4, 3);
        assertFinds(3L, 4L);
    }

    @Test
    void firstCheckpointWithoutEndIsNothing() {
        log.file(1, 7).state(9).begin(7).sends(1, 2);
        assertFinds();
        Replay replay = log.replay();
        assertFalse(replay.isComplete());
        assertEquals(0, replay.incarnation());
        assertEquals(0, replay.lastSend());
    }

    @Test
    void checkpointWithEndIsAll() {
        log.file(1, 7).begin(7).sends(1, 2).consumed(1, 1).end().sends(3);
        assertFinds(2L, 3L);
    }

    @Test
    void checkpointOfTheSameIncarnationReplaces() {
        begun().sends(1, 2, 3, 4).file(2, 7).begin(7).sends(2, 5, 4).consumed(4, 4).end().sends(6);
        assertFinds(2L, 5L, 6L); // 1 and 3 were received while nobody wrote it down
    }

    @Test
    void withoutItsEndItAdds() {
        begun().sends(1, 2, 3, 4).file(2, 7).state(3).begin(7).sends(2, 5, 4).consumed(4, 4).sends(6).consumed(3, 3);
        assertFinds(1L, 2L, 5L, 6L);
        assertEquals(3, log.replay().lastSend());
    }

    @Test
    void checkpointOfAnotherIncarnationReplaces() {
        begun().state(3).sends(1, 2, 3).file(2, 8).begin(8).sends(2, 5).state(4).end().sends(6);
        assertFinds(2L, 5L, 6L);
        assertEquals(8, log.replay().incarnation());
        assertEquals(4, log.replay().lastSend());
    }

    @Test
    void withoutItsEndItIsIgnored() {
        begun().state(3).sends(1, 2, 3).file(2, 8).state(4).begin(8).sends(2, 5).consumed(1, 3).sends(6);
        assertFinds(1L, 2L, 3L);
        assertEquals(7, log.replay().incarnation());
        assertEquals(3, log.replay().lastSend());
    }

    @Test
    void checkpointBegunAgainForgetsTheFirst() {
        begun().sends(1).file(2, 8).begin(8).sends(2).file(3, 8).begin(8).sends(4).end();
        assertFinds(4L);
    }

    @Test
    void checkpointMayTakeSeveralFiles() {
        begun().sends(1).file(2, 8).begin(8).sends(2).file(3, 8).sends(4);
        assertFinds(1L);
        log.replayFrom(2).batch(BatchBuilder::checkpointEnd);
        assertFinds(2L, 4L);
    }

    @Test
    void readsFromWhereTheNewestHeaderSays() {
        begun().sends(1, 2).replayFrom(2).file(2, 7).sends(3);
        log.storage().delete(1);
        assertFinds(3L);
        assertEquals(7, log.replay().incarnation());
        assertTrue(log.replay().isComplete());
    }

    /** Rule 4: such a batch is on disk before a file is deleted, and the deletion may have been undone by a cut. */
    @Test
    void readsFromWhereTheLastBatchSays() {
        begun().sends(1, 2).file(2, 7).sends(3).consumed(1, 1).consumed(2, 2).file(3, 7).sends(4).replayFrom(3)
            .consumed(3, 3);
        assertFinds(4L);
        log.storage().delete(2); // and so it is not known that 1 and 2 were received
        assertFinds(4L);
        log.storage().delete(1);
        assertFinds(4L);
    }

    @Test
    void damageOfWhatIsNotNeededIsNone() {
        begun().sends(1, 2);
        log.flip(2 * PAGE + 60);
        log.file(2, 7).sends(4).replayFrom(2).consumed(1, 2);
        assertFinds(4L);
    }

    @Test
    void cleanStopIsTheLastThing() {
        begun().sends(1).batch(BatchBuilder::cleanStop);
        assertTrue(log.replay().cleanStop());
        log.file(2, 8).begin(8).sends(3);
        assertTrue(log.replay().cleanStop(), "what is ignored changes nothing");
        log.end();
        assertFalse(log.replay().cleanStop());
        log.batch(BatchBuilder::cleanStop);
        assertTrue(log.replay().cleanStop());
        log.consumed(9, 9);
        assertFalse(log.replay().cleanStop());
        log.batch(BatchBuilder::cleanStop).sends(8);
        assertFalse(log.replay().cleanStop());
        log.batch(BatchBuilder::cleanStop).file(3, 8).begin(8);
        assertFalse(log.replay().cleanStop());
    }

    @Test
    void lastBatchThatIsNotWholeIsATornTail() {
        begun().sends(1);
        int last = log.length();
        log.sends(2).flip(last + 70);
        assertTorn("file 1, offset " + last, 1L);
    }

    @Test
    void batchesThatNobodySawOnDiskAreATornTail() {
        begun().synced().sends(1);
        int torn = log.length();
        log.sends(2).sends(3).flip(torn + 70);
        assertTorn("file 1, offset " + torn, 1L);
    }

    @Test
    void batchWithoutBeginningIsATornTail() {
        begun().sends(1);
        int torn = log.length();
        log.batch(batch -> HandmadeLog.send(batch, 2, "x".repeat(2 * PAGE))).zero(torn);
        assertTorn("file 1, offset " + torn, 1L);
    }

    @Test
    void missingBatchIsDamageIfALaterOneSawItOnDisk() {
        begun().sends(1);
        int bad = log.length();
        log.sends(2).synced().sends(3).flip(bad + 70);
        assertDamage("file 1, offset " + bad + ": batch 4 is missing or was changed", 1L, 3L);
        log.flip(bad + 70);
        assertFinds(1L, 2L, 3L);
        log.zero(bad);
        assertDamage("file 1, offset " + bad + ": batch 4 is missing or was changed", 1L, 3L);
    }

    @Test
    void readsOnAfterDamageUpToATornTail() {
        begun().sends(1);
        int bad = log.length();
        log.sends(2).synced().sends(3);
        int torn = log.length();
        log.sends(4).flip(bad + 70).flip(torn + 70);
        Replay replay = log.replay();
        assertEquals(List.of("file 1, offset " + bad + ": batch 4 is missing or was changed"),
            replay.report().damage());
        assertEquals("file 1, offset " + torn, replay.report().tornTail());
        assertEquals(List.of(1L, 3L), positions(replay));
    }

    @Test
    void missingBatchIsDamageIfTheNextFileSawItOnDisk() {
        begun().sends(1);
        int bad = log.length();
        log.sends(2);
        log.flip(bad + 70).file(2, 7).sends(3);
        assertDamage("file 1, offset " + bad + ": batch 4 is missing or was changed", 1L, 3L);
        log.storage().put(1, Arrays.copyOf(log.storage().content(1), bad));
        assertDamage("file 1, offset " + bad + ": batch 4 is missing or was changed", 1L, 3L);
    }

    /** As a failed write leaves it. */
    @Test
    void missingBatchIsNoneIfTheNextFileDidNot() {
        begun().sends(1);
        int bad = log.length();
        log.sends(2).flip(bad + 70).file(2, 1, 7, 3).sends(3);
        assertTorn("file 1, offset " + bad, 1L, 3L);
    }

    @Test
    void wholeBatchThatNobodySawOnDiskCounts() {
        begun().sends(1).sends(2).file(2, 1, 7, 3).sends(3);
        assertFinds(1L, 2L, 3L);
    }

    @Test
    void missingFileIsDamage() {
        begun().sends(1).file(2, 7).sends(2).file(3, 7).sends(3);
        log.storage().delete(2);
        assertDamage("file 2, offset 0: the file is missing", 1L, 3L);
        log.storage().delete(1);
        Replay replay = log.replay();
        assertEquals(List.of(3L), positions(replay));
        assertTrue(replay.report().isDamaged());
    }

    @Test
    void numberThatNoFileFollowsIsNotMissed() {
        begun().sends(1).file(3, 1, 7, 3).sends(3);
        assertFinds(1L, 3L);
        log.storage().put(2, new byte[PAGE]);
        assertFinds(1L, 3L);
        assertEquals(List.of(2), log.replay().report().unfinished());
    }

    @Test
    void newestFileWithoutHeaderWasNeverFinished() {
        begun().sends(1);
        for (int length : new int[] {0, 100, PAGE}) {
            log.storage().put(2, new byte[length]);
            assertFinds(1L);
            assertEquals(List.of(2), log.replay().report().unfinished());
        }
    }

    /** Rule 2. */
    @Test
    void batchesBehindABadHeaderAreDamage() {
        begun().sends(1).file(2, 7).sends(2).flip(100);
        assertDamage("file 2, offset 0: the header is not one, or was changed", 1L);
        log.file(3, 7).sends(3);
        assertDamage("file 2, offset 0: the header is not one, or was changed", 1L, 3L);
    }

    @Test
    void badHeaderOfAFileThatOthersFollowIsDamage() {
        begun().sends(1).file(2, 7).flip(100).file(3, 7).sends(3);
        assertDamage("file 2, offset 0: the header is not one, or was changed", 1L, 3L);
        log.storage().put(2, new byte[10]);
        assertDamage("file 2, offset 0: the file ends within its header", 1L, 3L);
    }

    @Test
    void filesOfOthersAreDamage() {
        begun().sends(1).file(2, 7).sends(2);
        Replay replay = Replay.of(log.storage(), new UUID(3, 4));
        assertEquals(List.of("file 2, offset 0: a file of queue " + QUEUE + ", not of " + new UUID(3, 4),
            "file 1, offset 0: a file of queue " + QUEUE + ", not of " + new UUID(3, 4)), replay.report().damage());
        assertFalse(replay.isComplete());

        log.storage().put(3, log.storage().content(2));
        assertDamage("file 3, offset 0: was made as file 2", 1L, 2L);
    }

    /** The salt: blocks of an older file, and payloads that look like batches. */
    @Test
    void batchWithAnotherSaltIsNone() {
        begun().sends(1);
        byte[] foreign = log.storage().content(1);
        log.file(2, 7).sends(2);
        byte[] content = Arrays.copyOf(log.storage().content(2), 4 * PAGE);
        System.arraycopy(foreign, PAGE, content, 2 * PAGE, PAGE);
        log.storage().put(2, content);
        assertTorn("file 2, offset " + 2 * PAGE, 1L, 2L);
    }

    /** As when the disk puts a page in the wrong place. */
    @Test
    void olderBatchInTheWrongPlaceIsNone() {
        begun().sends(1);
        int sent = log.length() - PAGE;
        log.consumed(1, 1).sends(2);
        int end = log.length();
        byte[] content = log.storage().content(1);
        System.arraycopy(content, sent, content, end, PAGE);
        log.storage().put(1, content);
        assertTorn("file 1, offset " + end, 2L);
    }

    @Test
    void entryThatIsNoneIsDamage() {
        begun().sends(1);
        int bad = log.length();
        log.sends(2, 3).sends(4);
        int third = bad + BatchDescriptor.ENTRIES_OFFSET + BatchDescriptor.sendLength(HandmadeLog.text(2).length());
        for (int length : new int[] {1000, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            Crafted crafted = new Crafted(log.storage(), 1);
            crafted.bytes().putInt(third + BatchDescriptor.PAYLOAD_LENGTH_OFFSET, length);
            crafted.seal(bad);
            assertDamage("file 1, offset " + bad + ": an entry that is none", 1L, 2L, 4L);
        }
        for (int kind : new int[] {0, 6, -1}) {
            Crafted crafted = new Crafted(log.storage(), 1);
            crafted.bytes().putInt(third + BatchDescriptor.KIND_OFFSET, kind);
            crafted.seal(bad);
            assertDamage("file 1, offset " + bad + ": an entry that is none", 1L, 2L, 4L);
        }
    }

    @Test
    void lostEndOfACheckpointIsSeenByWhatFollows() {
        log.file(1, 7).begin(7).sends(1);
        int end = log.length();
        log.end().synced().sends(2).flip(end + 56);
        assertDamage("file 1, offset " + end + ": batch 3 is missing or was changed", 1L, 2L);
        assertTrue(log.replay().isComplete());
    }

    @Test
    void lostBeginningOfACheckpointIsSeenByTheHeader() {
        begun().sends(1).file(2, 8).begin(8).synced().sends(2, 3).flip(PAGE + 56);
        assertDamage("file 2, offset " + PAGE + ": batch 4 is missing or was changed", 1L);
        log.end();
        assertDamage("file 2, offset " + PAGE + ": batch 4 is missing or was changed", 2L, 3L);
    }

    @Test
    void giveOutFailsIfAFileChangesMeanwhile() {
        begun().sends(1);
        Replay replay = log.replay();
        log.truncate(PAGE + 10);
        ErrnoException e = assertThrows(ErrnoException.class, () -> replay.forEach((p, m, b, o, l) -> {}));
        assertEquals("EIO: log in memory, file 1, offset 12344: changed since it was read", e.getMessage());
        log.storage().put(1, new byte[10 * PAGE]);
        assertThrows(ErrnoException.class, () -> replay.forEach((p, m, b, o, l) -> {}));
    }
}
