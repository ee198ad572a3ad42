package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Futex;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.CommitTickets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers of a sync queue whose log nobody writes: what else ends their waits. */
@Timeout(60)
class CommitsTest {
    private static final long FOR_EVER_NS = TimeUnit.HOURS.toNanos(1);

    private final QueueFixture queue = new QueueFixture(1000);
    private final CommitTickets tickets = queue.keeper().memory().commitTickets();

    @BeforeEach
    void sync() {
        queue.state().durability(Durability.SYNC);
    }

    @AfterEach
    void close() {
        queue.close();
    }

    /** Repeats what should wake somebody who sleeps for a commit and does not look again by himself. */
    private void assertWakes(Runnable waking) throws InterruptedException {
        int served = tickets.served();
        AsyncCall<Boolean> sleeper = AsyncCall.start(() -> {
            Futex.await(tickets.servedAddress(), served, FOR_EVER_NS);
            return true;
        });
        while (!sleeper.isDone()) {
            waking.run();
            Thread.sleep(5);
        }
    }

    private void awaitDrawn(int ticket) throws InterruptedException {
        while (tickets.last() != ticket) {
            Thread.sleep(1);
        }
    }

    @Test
    void aRemovalWakes() throws InterruptedException {
        assertWakes(queue.keeper()::markRemoved);
    }

    @Test
    void aCloseWakes() throws InterruptedException {
        assertWakes(() -> {
            int ticket = tickets.last();
            Peer peer = new Peer(queue.endpoint());
            AsyncCall<?> call = AsyncCall.start(() -> {
                peer.send(1, "x");
                return true;
            });
            try {
                awaitDrawn(ticket + 1);
                peer.endpoint.close();
                call.assertFailed(Errno.EINVAL);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** R25. */
    @Test
    void aSenderThatWaitsForItsCommitLearnsOfTheRemoval() throws InterruptedException {
        Peer peer = new Peer(queue.endpoint());
        AsyncCall<?> call = AsyncCall.start(() -> {
            peer.send(1, "x");
            return true;
        });
        awaitDrawn(1);
        queue.keeper().markRemoved();
        call.assertFailed(Errno.EIDRM);
    }

    /** Receivers' commits go on while there is no room for messages: they say nothing of what was sent. */
    @Test
    void aCommitOfEndsAloneIsNoneOfWhatWasSentUnsynced() throws Exception {
        Peer peer = new Peer(queue.endpoint());
        peer.endpoint.sender().unsynced(true);
        peer.send(1, "x");
        queue.state().logFault(StateDescriptor.logFault(Errno.ENOSPC, false));
        AtomicBoolean over = new AtomicBoolean();
        AsyncCall<Boolean> ends = AsyncCall.start(() -> {
            while (!over.get()) {
                tickets.serve(tickets.last());
            }
            return true;
        });
        for (int i = 0; i < 100; i++) {
            assertEquals(Errno.ENOSPC, assertThrows(ErrnoException.class, peer.endpoint.sender()::sync).errno());
        }
        queue.state().logFault(0);
        peer.endpoint.sender().sync();
        over.set(true);
        assertEquals(true, ends.result());
    }

    /** Its end may be in the log: then the log must say at once that it is queued. */
    @Test
    void whatAReceiverPutsBackIsToBeLoggedAgain() throws InterruptedException {
        queue.state().durability(Durability.PROCESS);
        new Peer(queue.endpoint()).send(1, "x");
        sync();
        Peer peer = new Peer(queue.endpoint());
        AsyncCall<?> call = AsyncCall.start(() -> peer.receive(Selector.any()));
        awaitDrawn(1);
        queue.keeper().markRemoved();
        call.assertFailed(Errno.EIDRM);
        assertEquals(2, tickets.last());
    }

    @Test
    void whatADeadReceiverHadIsToBeLoggedAgain() throws InterruptedException {
        queue.state().durability(Durability.PROCESS);
        new Peer(queue.endpoint()).send(1, "x");
        Endpoint dead = queue.remoteEndpoint();
        assertEquals(Receiver.TAKEN, dead.receiver().take(Selector.any(), 1000, 0));
        assertEquals(0, tickets.last());
        assertEquals(1, queue.keeper().repair(client -> false).recordsReturned());
        assertEquals(1, tickets.last());
    }
}
