package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Limits that change while a client is at work. */
@Timeout(60)
class LimitsTest {
    private static final byte[] BYTE = {1};

    @TempDir
    private Path folder;
    private Daemon daemon;
    private Msqd msqd;

    @BeforeEach
    void start() {
        daemon = Daemon.start(Configuration.load(
            Map.of("dir", folder.resolve("data").toString(), "hot.dir", folder.resolve("hot").toString()), Map.of(),
            null));
        msqd = Msqd.connect(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        msqd.close();
        daemon.close();
    }

    private static boolean trySend(MessageQueue queue) {
        return queue.trySend(1, BYTE, 0, BYTE.length);
    }

    @Test
    void aRefusedChangeChangesNothing() {
        Limits before = msqd.limits();
        // R76
        ErrnoException refused = assertThrows(ErrnoException.class,
            () -> msqd.limits(LimitSettings.none().withMsgmax(1).withMsgmni(32_769)));
        assertEquals(Errno.EINVAL, refused.errno());
        assertEquals(before, msqd.limits());
        assertEquals(before, msqd.limits(LimitSettings.none()));
    }

    /** Messages that were sent while nobody counted count from the moment at which there is a limit. */
    @Test
    void aNewMsgtqlCountsWhatIsThere() {
        try (MessageQueue queue = msqd.open(msqd.get("q", Msqd.IPC_CREAT | 0600))) {
            assertTrue(trySend(queue));
            assertTrue(trySend(queue));
            msqd.limits(LimitSettings.none().withMsgtql(2));
            // R78
            assertFalse(trySend(queue));
            msqd.limits(LimitSettings.none().withMsgtql(3));
            assertTrue(trySend(queue));
            assertFalse(trySend(queue));
        }
    }

    @Test
    void maxMessageLengthFollowsMsgmax() {
        try (MessageQueue queue = msqd.open(msqd.get("q", Msqd.IPC_CREAT | 0600))) {
            msqd.limits(LimitSettings.none().withMsgmax(0));
            // R20, R77
            assertEquals(0, queue.maxMessageLength());
            assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> trySend(queue)).errno());
            assertTrue(queue.trySend(1, BYTE, 0, 0));
            msqd.limits(LimitSettings.none().withMsgmax(1));
            assertTrue(trySend(queue));
        }
    }

    @Test
    void aSenderKnowsWhichLimitRefusedIt() {
        msqd.limits(LimitSettings.none().withMsgtql(1));
        try (MessageQueue queue = msqd.open(msqd.get("q", Msqd.IPC_CREAT | 0600, 1))) {
            assertTrue(trySend(queue));
            assertFalse(trySend(queue));
            // R78
            assertTrue(queue.refusedByMsgtql());
            msqd.limits(LimitSettings.none().withMsgtql(0));
            assertFalse(trySend(queue));
            // R21: now it is qbytes
            assertFalse(queue.refusedByMsgtql());
        }
    }
}
