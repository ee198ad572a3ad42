package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Futex;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommitTicketsTest {
    private static final int FEW = 40;
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);

    @Test
    void eachTicketHasItsBitAlsoWhereNumbersWrap() {
        for (int after : new int[] {-70, -32, -1, 0, 1, 31, 1000, Integer.MAX_VALUE - 5, Integer.MAX_VALUE}) {
            for (int count = 1; count <= 70; count++) {
                int bits = 0;
                for (int ticket = 1; ticket <= count; ticket++) {
                    bits |= CommitTickets.bit(after + ticket);
                }
                assertEquals(bits, CommitTickets.bits(after, after + count), after + " + " + count);
            }
        }
    }

    /** Nobody here looks again by himself. */
    @Test
    void allWhoseTicketsAreServedWake() throws InterruptedException {
        try (HotQueue queue = new HotQueue()) {
            CommitTickets tickets = queue.memory().commitTickets();
            for (int round = 0; round < 50; round++) {
                Thread[] sleepers = new Thread[FEW];
                int first = tickets.last() + 1;
                for (int i = 0; i < FEW; i++) {
                    int ticket = tickets.draw();
                    sleepers[i] = new Thread(() -> awaitServed(tickets, ticket));
                    sleepers[i].start();
                }
                for (int i = 0; i < FEW;) {
                    int served = Math.min(FEW, i + 1 + i / 4);
                    tickets.serve(first + served - 1);
                    for (; i < served; i++) {
                        sleepers[i].join();
                    }
                    assertTrue(i == FEW || sleepers[i].isAlive());
                }
            }
        }
    }

    private static void awaitServed(CommitTickets tickets, int ticket) {
        for (int served = tickets.served(); served - ticket < 0; served = tickets.served()) {
            Futex.await(tickets.servedAddress(), served, HOUR_NS, CommitTickets.bit(ticket));
        }
    }
}
