package dev.msqd.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.bench.peer.End;
import dev.msqd.bench.peer.Line;
import dev.msqd.bench.peer.Link;
import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.peer.Site;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * That nobody made sending three times as slow without noticing. msqd's enqueue and that of Agrona's ring are timed by turns in this
 * JVM, and the best of many tries of each is set against the other: what disturbs the machine makes a try slower, never faster. It
 * is no benchmark; the ratio that it reports is near that of {@code docs/performance.md}, not equal to it.
 */
@Timeout(120)
class RegressionGuardTest {
    /** Of docs/performance.md, one thread, hot enqueue: msqd ÷ Agrona's ring. */
    private static final double DOCUMENTED = 1.4;
    private static final double MARGIN = 3;

    private static final int BATCH = 128;
    private static final int BATCHES = 400;
    private static final int TRIES = 60;
    /** Sends that stand for a regression: each message this many times. 1 unless the guard itself is tried. */
    private static final int SLOWER = Integer.getInteger("msqd.guard.slower", 1);

    @Test
    void enqueueIsNotThreeTimesAsSlowAsDocumented() throws IOException {
        Shape shape = Shape.of(64, true).withCapacity(256 << 10);
        try (Site site = new Site(null);
            Link msqdLink = Peers.MSQD.peer().make(site, shape);
            Link ringLink = Peers.AGRONA.peer().make(site, shape);
            Line msqd = Peers.MSQD.peer().open(msqdLink.address(), End.SENDS, shape);
            Line ring = Peers.AGRONA.peer().open(ringLink.address(), End.SENDS, shape)) {
            long msqdNs = Long.MAX_VALUE;
            long ringNs = Long.MAX_VALUE;
            for (int attempt = 0; attempt < TRIES; attempt++) {
                msqdNs = Math.min(msqdNs, enqueue(msqd, SLOWER));
                ringNs = Math.min(ringNs, enqueue(ring, 1));
            }
            double ratio = (double) msqdNs / ringNs;
            String report = String.format("enqueue: msqd %.1f ns, Agrona's ring %.1f ns, ratio %.2f, documented %.2f",
                (double) msqdNs / (BATCH * BATCHES), (double) ringNs / (BATCH * BATCHES), ratio, DOCUMENTED);
            System.out.println(report);
            assertTrue(ratio <= MARGIN * DOCUMENTED, report);
        }
    }

    /** Time of all sends; each batch is received before the next. */
    private static long enqueue(Line line, int times) {
        long tookNs = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            tookNs += sendBatch(line, times);
            for (int i = 0; i < BATCH * times; i++) {
                line.receive((long) i / times);
            }
        }
        return tookNs;
    }

    private static long sendBatch(Line line, int times) {
        long startNs = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            for (int time = 0; time < times; time++) {
                if (!line.trySend(i)) {
                    throw new IllegalStateException("message " + i + " of a batch was refused");
                }
            }
        }
        return System.nanoTime() - startNs;
    }
}
