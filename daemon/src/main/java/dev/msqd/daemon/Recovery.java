package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.LiveMessageHandler;
import dev.msqd.daemon.journal.LogStorage;
import dev.msqd.daemon.journal.Replay;
import dev.msqd.queue.QueueKeeper;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts back what a queue's log says was queued, into a new hot file. Changes nothing on disk. */
final class Recovery implements LiveMessageHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final long REPORT_EVERY_NS = TimeUnit.SECONDS.toNanos(1);
    /** Messages between looks at the clock. */
    private static final int CLOCK_LOOK = 1024;

    private final RegistryEntry entry;
    private final LogStorage storage;
    private QueueKeeper keeper;
    private int total;
    private int restored;
    private long reportedNs;

    Recovery(RegistryEntry entry, LogStorage storage) {
        this.entry = entry;
        this.storage = storage;
    }

    /** @throws ErrnoException EIO where the log is damaged: nothing was changed; ENOMEM where the hot directory is full */
    void run(QueueKeeper into) {
        long startNs = System.nanoTime();
        Replay replay = Replay.of(storage, entry.uuid());
        if (replay.report().isDamaged()) {
            throw new ErrnoException(Errno.EIO,
                "the log of queue " + entry.msqid() + " is damaged, and nothing is changed: "
                    + String.join("; ", replay.report().damage()));
        }
        keeper = into;
        total = replay.size();
        reportedNs = startNs;
        replay.forEach(this);
        into.restored(replay.lastSend(), replay.lastReceive());
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        if (total > 0) {
            LOG.info("queue {}: {} messages put back from {} in {} ms{}", entry.msqid(), total, storage.name(), tookMs,
                replay.cleanStop() ? "" : "; the daemon had not stopped in good order");
        }
        if (!replay.report().tornTail().isEmpty()) {
            LOG.warn("queue {}: its log ends in the middle of a write, as after a power cut: {}", entry.msqid(),
                replay.report().tornTail());
        }
    }

    @Override
    public void onMessage(long position, long mtype, DirectBuffer buffer, int offset, int length) {
        keeper.restore(mtype, buffer, offset, length);
        restored++;
        if (restored % CLOCK_LOOK == 0 && System.nanoTime() - reportedNs >= REPORT_EVERY_NS) {
            reportedNs = System.nanoTime();
            LOG.info("queue {}: {} of {} messages put back ({} %)", entry.msqid(), restored, total,
                restored * 100L / total);
        }
    }
}
