package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import dev.msqd.log.Repair;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.QueueKeeper.Census;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the daemon does for queues unasked: a queue that was removed or is at fault is passed over. One thread at a time. */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final int SPARE_SEGMENTS = 2;

    private final Keepers keepers;

    Upkeep(Keepers keepers) {
        this.keepers = keepers;
    }

    /** Settles what dead clients left in a queue; one that is opened for it is settled by that. What fails is tried again. */
    void repair(ServedQueue queue, LongPredicate alive) {
        attend(queue, keeper -> {
            queue.repairDue(true);
            Repair.Report report = keeper.repair(alive);
            if (!report.isEmpty()) {
                LOG.info("queue {} repaired: {}", queue.entry().msqid(), report);
                queue.repaired();
            }
            if (report.failure() != null) {
                throw report.failure();
            }
            queue.repairDue(false);
            return 0;
        });
    }

    /** Receivers of stopped processes leave a queue's line (R56); returns how many did. */
    int dismissStopped(ServedQueue queue, LongPredicate stopped) {
        return queue.keeper() == null ? 0 : attend(queue, keeper -> {
            Repair.Report report = keeper.dismiss(stopped);
            if (!report.isEmpty()) {
                LOG.info("queue {}: stopped receivers left the line: {}", queue.entry().msqid(), report);
            }
            return report.slotsFreed();
        });
    }

    /** Looks at what is in a queue, unless it is parked or at fault; what is found is handed over. */
    void count(ServedQueue queue, Consumer<Census> found) {
        if (queue.keeper() != null) {
            attend(queue, keeper -> {
                found.accept(keeper.census());
                return 0;
            });
        }
    }

    /** Gives back a queue's memory that is not needed; returns how much was done. */
    int keepHouse(ServedQueue queue) {
        return queue.keeper() == null ? 0 : attend(queue, keeper -> keeper.keepHouse(SPARE_SEGMENTS));
    }

    /** What goes wrong is logged, and concerns nobody who asked for something. */
    private int attend(ServedQueue queue, ToIntFunction<QueueKeeper> action) {
        if (queue.removed()) {
            return 0;
        }
        try {
            return keepers.use(queue, action::applyAsInt);
        } catch (ErrnoException e) {
            LOG.warn("queue {}: {}", queue.entry().msqid(), e.getMessage());
            return 0;
        }
    }
}
