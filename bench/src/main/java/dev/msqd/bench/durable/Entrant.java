package dev.msqd.bench.durable;

import dev.msqd.bench.worker.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** A candidate in one round, with a log of its own, and what it has done so far. */
final class Entrant implements AutoCloseable {
    private final Durable log;
    private final ExecutorService senders;
    private final Histogram latenciesNs = Outcome.newHistogram();
    private long tookNs;

    Entrant(Candidate candidate, Path path, ExecutorService senders) throws IOException {
        log = candidate.create(path);
        this.senders = senders;
    }

    /** Lets so many threads send so many messages each. */
    void send(int threads, int messagesOfEach) throws IOException, InterruptedException {
        List<Future<Histogram>> parts = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            parts.add(senders.submit(() -> {
                ready.countDown();
                ready.await();
                return send(messagesOfEach);
            }));
        }
        ready.await();
        long startNs = System.nanoTime();
        try {
            for (Future<Histogram> part : parts) {
                latenciesNs.add(part.get());
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        tookNs += System.nanoTime() - startNs;
    }

    /** What was sent so far does not count. */
    void begin() {
        latenciesNs.reset();
        tookNs = 0;
    }

    /** Durable messages a second. */
    double perSecond() {
        return latenciesNs.getTotalCount() * (double) TimeUnit.SECONDS.toNanos(1) / tookNs;
    }

    /** Until each message was durable. */
    Histogram latenciesNs() {
        return latenciesNs;
    }

    @Override
    public void close() throws IOException {
        log.close();
    }

    private Histogram send(int count) throws IOException {
        Histogram ownNs = Outcome.newHistogram();
        for (int message = 0; message < count; message++) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(DurableRound.MESSAGE_LENGTH).putLong(0, message + 1L);
            long startNs = System.nanoTime();
            log.append(bytes);
            Outcome.record(ownNs, System.nanoTime() - startNs);
        }
        return ownNs;
    }
}
