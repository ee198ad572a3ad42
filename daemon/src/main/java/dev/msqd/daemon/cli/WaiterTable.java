package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.client.Waiter;
import dev.msqd.queue.Selector;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Prints who waits on queues, a line each. */
final class WaiterTable {
    private static final String LINE = "%-12s %-7s %-15s %-10s %-6s %-26s %-8s %-5s %s";
    private static final double NS_PER_S = 1e9;
    private static final long S_PER_MINUTE = 60;

    private final PrintWriter out;
    private final boolean json;
    private final Accounts accounts;
    private boolean empty = true;

    WaiterTable(PrintWriter out, boolean json, Accounts accounts) {
        this.out = out;
        this.json = json;
        this.accounts = accounts;
    }

    /** Whether nobody was printed. */
    boolean isEmpty() {
        return empty;
    }

    /** @param waiters in the order of their tickets */
    void print(WaitedFor queue, List<Waiter> waiters) {
        int receivers = 0;
        int senders = 0;
        for (Waiter waiter : waiters) {
            int place = waiter.ticket() == 0 ? 0 : waiter.reason().receives() ? ++receivers : ++senders;
            if (json) {
                out.println(object(queue, waiter, place));
            } else {
                if (empty) {
                    line("QUEUE", "PID", "PROCESS", "USER", "CALL", "WAITS FOR", "SINCE", "PLACE", "HELD BY");
                }
                line(queue.name().isEmpty() ? queue.msqid() : queue.name(), waiter.pid() == 0 ? "?" : waiter.pid(),
                    waiter.process().isEmpty() ? "?" : waiter.process(),
                    waiter.pid() == 0 ? "?" : accounts.user(waiter.uid()), call(waiter), wanted(waiter),
                    duration(waiter.asleepNs()), place == 0 ? "-" : place,
                    queue.obstacle(waiter) + (waiter.stopped() ? "; the process is stopped" : ""));
            }
            empty = false;
        }
    }

    /** As people say it: 1.5s, 3m07s, 26h00m. */
    static String duration(long ns) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(ns);
        if (seconds < S_PER_MINUTE) {
            return String.format(Locale.ROOT, "%.1fs", Math.floor(ns / NS_PER_S * 10) / 10);
        }
        long minutes = seconds / S_PER_MINUTE;
        return minutes < S_PER_MINUTE ? String.format(Locale.ROOT, "%dm%02ds", minutes, seconds % S_PER_MINUTE)
            : String.format(Locale.ROOT, "%dh%02dm", minutes / S_PER_MINUTE, minutes % S_PER_MINUTE);
    }

    private void line(Object... columns) {
        out.println(String.format(Locale.ROOT, LINE, columns).stripTrailing());
    }

    private static String call(Waiter waiter) {
        return waiter.reason().receives() ? "msgrcv" : "msgsnd";
    }

    private static String wanted(Waiter waiter) {
        return switch (waiter.reason()) {
            case MESSAGE -> Selector.of(waiter.msgtyp(), waiter.except()).toString();
            case ROOM, MSGTQL, LOG -> "room for " + waiter.bytes() + " bytes";
            case SEND_ON_DISK, END_ON_DISK -> "a sync of the log";
        };
    }

    private Json object(WaitedFor queue, Waiter waiter, int place) {
        Json object = new Json()
            .put("queue", queue.name().isEmpty() ? null : queue.name())
            .put("id", queue.msqid())
            .put("pid", waiter.pid())
            .put("process", waiter.process().isEmpty() ? null : waiter.process())
            .put("uid", Integer.toUnsignedLong(waiter.uid()))
            .put("user", waiter.pid() == 0 ? null : accounts.user(waiter.uid()))
            .put("stopped", waiter.stopped())
            .put("call", call(waiter))
            .put("reason", waiter.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .put("asleepms", TimeUnit.NANOSECONDS.toMillis(waiter.asleepNs()))
            .put("place", place);
        if (waiter.reason() == Waiter.Reason.MESSAGE) {
            object.put("msgtyp", waiter.msgtyp()).put("except", waiter.except()).put("room", waiter.bytes());
        } else if (!waiter.reason().receives()) {
            object.put("bytes", waiter.bytes());
        }
        return object
            .put("usedbytes", queue.cbytes())
            .put("msgs", queue.qnum())
            .put("qbytes", queue.qbytes())
            .put("allmsgs", queue.messages())
            .put("msgtql", queue.msgtql())
            .put("logfault", queue.logErrno() == 0 ? null : Errno.name(queue.logErrno()))
            .put("heldby", queue.obstacle(waiter));
    }
}
