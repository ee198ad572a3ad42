package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Receivers that are dismissed while they run, as those are that go on (SIGCONT) after the daemon saw them stopped: it asks once a
 * round (R56).
 */
@Tag("long")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DismissStressTest {
    private static final long DURATION_NS = TimeUnit.SECONDS.toNanos(3);
    private static final int RECEIVERS = 2;

    @AutoClose
    private final QueueFixture queue = new QueueFixture(1 << 20);

    @Test
    void everyMessageIsReadOnceAndNoneIsLost() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger received = new AtomicInteger();
        AtomicInteger readButNotReceived = new AtomicInteger();
        AtomicInteger dismissed = new AtomicInteger();
        List<AsyncCall<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < RECEIVERS; i++) {
            Receiver receiver = queue.remoteEndpoint().receiver();
            threads.add(AsyncCall.start(() -> {
                while (true) {
                    int taken = receiver.take(Selector.any(), 100, TimeUnit.MILLISECONDS.toNanos(200));
                    if (taken == Receiver.TAKEN) {
                        (receiver.consume() ? received : readButNotReceived).incrementAndGet();
                    } else if (ended.get()) {
                        return 0;
                    }
                }
            }));
        }
        threads.add(AsyncCall.start(() -> {
            while (!ended.get()) {
                dismissed.addAndGet(queue.keeper().dismiss(client -> true).recordsReturned());
            }
            return 0;
        }));
        Sender sender = queue.remoteEndpoint().sender();
        UnsafeBuffer message = new UnsafeBuffer(new byte[16]);
        long end = System.nanoTime() + DURATION_NS;
        int sent = 0;
        while (System.nanoTime() < end) {
            if (sender.send(1, message, 0, 16, TimeUnit.MILLISECONDS.toNanos(100))) {
                sent++;
            }
            if (sent % 4 == 0) {
                Thread.sleep(0, 50_000);
            }
        }
        ended.set(true);
        for (AsyncCall<Integer> thread : threads) {
            thread.result();
        }
        System.out.println("sent " + sent + ", received " + received + ", given back " + dismissed + ", read in vain "
            + readButNotReceived);
        Receiver last = queue.remoteEndpoint().receiver();
        int leftover = 0;
        while (last.take(Selector.any(), 100, 0) == Receiver.TAKEN) {
            last.consume();
            leftover++;
        }
        System.out.println("leftover " + leftover + " depth " + queue.messages() + " handed " + queue.chain().handed());
        assertEquals(sent, received.get() + leftover, "messages received");
        assertEquals(0, queue.messages());
        assertEquals(0, readButNotReceived.get(), "messages that were read by one and received by another");
    }
}
