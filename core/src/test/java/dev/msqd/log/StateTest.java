package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.StateDescriptor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The state page: rules, times, and who is armed. */
@Timeout(60)
class StateTest {
    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final QueueState state = queue.memory().state();

    /** R64: IPC_SET writes owner, mode, qbytes and ctime; the creator stays (R63). */
    @Test
    void newRulesAreANewGeneration() {
        long generation = state.generation();

        state.apply(1, 2, 0700, Long.MAX_VALUE, 4_000_000_000L);

        assertNotEquals(generation, state.generation());
        assertEquals(1, state.uid());
        assertEquals(2, state.gid());
        assertEquals(0700, state.mode());
        // R66: not cut to 32 bits
        assertEquals(Long.MAX_VALUE, state.qbytes());
        assertEquals(4_000_000_000L, state.ctimeSeconds());
        assertEquals(1002, state.cuid());
        assertEquals(1003, state.cgid());
        assertFalse(state.removed());
    }

    /** Who reads the generation and then the rules never takes old ones for new: it would not look at them again. */
    @Test
    void newRulesAreThereBeforeTheirGeneration() throws Exception {
        int changes = 2_000_000;
        long first = state.generation();
        state.apply(1, 2, 0, 0, 0);
        AtomicBoolean failed = new AtomicBoolean();
        Thread reader = Thread.ofPlatform().start(() -> {
            long change;
            do {
                change = state.generation() - first - 1;
                if (state.qbytes() < change || state.mode() < change) {
                    failed.set(true);
                }
            } while (change < changes);
        });
        for (int change = 1; change <= changes; change++) {
            state.apply(1, 2, change, change, 0);
        }
        reader.join();
        // R29, R53, R68
        assertFalse(failed.get(), "old rules under a new generation");
    }

    /** Invariant 12. */
    @Test
    void removalIsANewGenerationToo() {
        long generation = state.generation();
        state.markRemoved();
        assertTrue(state.removed());
        assertNotEquals(generation, state.generation());
    }

    /** R33, R58. */
    @Test
    void theLastSendAndReceiveAreNoted() {
        state.sent(StateDescriptor.lastWord(1_800_000_000L, 4_194_303));
        state.received(StateDescriptor.lastWord(1_800_000_001L, 1));

        assertEquals(1_800_000_000L, state.stimeSeconds());
        assertEquals(4_194_303, state.lspid());
        assertEquals(1_800_000_001L, state.rtimeSeconds());
        assertEquals(1, state.lrpid());

        // R74: the clock may step back
        state.sent(StateDescriptor.lastWord(1_700_000_000L, 2));
        assertEquals(1_700_000_000L, state.stimeSeconds());
        assertEquals(2, state.lspid());
    }

    /** R48: the order of tickets is the order of waiting. */
    @Test
    void ticketsGoUp() {
        long ticket = state.nextTicket();
        assertTrue(ticket > 0);
        assertEquals(ticket + 1, state.nextTicket());
        try (QueueMemory other = QueueMemory.open(queue.folder())) {
            assertEquals(ticket + 2, other.state().nextTicket());
        }
    }

    @Test
    void armedSlotsAreFoundInOrder() {
        SegmentChain chain = queue.chain();
        for (int i = 0; i < 200; i++) {
            chain.slots().acquire(1);
        }
        ArmedSlots receivers = ArmedSlots.receivers(queue.memory());
        ArmedSlots senders = ArmedSlots.senders(queue.memory());
        assertTrue(receivers.isEmpty());
        assertEquals(-1, receivers.next(0));

        int[] armed = {0, 1, 63, 64, 127, 128, 199};
        for (int slot : armed) {
            receivers.set(slot);
        }
        assertFalse(receivers.isEmpty());
        assertTrue(senders.isEmpty());
        int from = 0;
        for (int slot : armed) {
            assertEquals(slot, receivers.next(from));
            assertEquals(slot, receivers.next(slot));
            from = slot + 1;
        }
        assertEquals(-1, receivers.next(from));
        assertEquals(-1, receivers.next(200));

        for (int slot : armed) {
            receivers.clear(slot);
            receivers.clear(slot);
        }
        assertTrue(receivers.isEmpty());
        assertEquals(-1, receivers.next(0));
    }

    /** Setting and clearing one bit leaves the others of its word alone. */
    @Test
    void armedSlotsDoNotDisturbEachOther() {
        for (int i = 0; i < 64; i++) {
            queue.chain().slots().acquire(1);
        }
        ArmedSlots senders = ArmedSlots.senders(queue.memory());
        for (int slot = 0; slot < 64; slot++) {
            senders.set(slot);
            senders.set(slot);
        }
        for (int slot = 0; slot < 64; slot += 2) {
            senders.clear(slot);
        }
        for (int slot = 0; slot < 64; slot++) {
            assertEquals(slot | 1, senders.next(slot));
        }
    }
}
