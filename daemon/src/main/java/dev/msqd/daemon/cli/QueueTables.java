package dev.msqd.daemon.cli;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.SystemInfo;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Queues as {@code ipcs -q} prints them (R80), column by column, so that what reads its output reads ours; what it knows
 * nothing of stands at the end.
 */
final class QueueTables {
    private static final String NOT_SET = "Not set";
    private static final DateTimeFormatter SHORT_TIME = DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.US);
    private static final DateTimeFormatter LONG_TIME =
        DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US);
    private static final String PROC_HEADER =
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
            + "  cuid  cgid      stime      rtime      ctime";
    private static final char[] PERMISSIONS = {'r', 'w', 'x'};
    private static final int PERMISSION_BITS = 9;

    private final PrintWriter out;
    private final Accounts accounts;

    QueueTables(PrintWriter out, Accounts accounts) {
        this.out = out;
        this.accounts = accounts;
    }

    /** ipcs -q. */
    void queues(List<MsqidDs> queues) {
        title("Message Queues");
        line("%-10s %-10s %-10s %-10s %-12s %-12s %-10s %-10s NAME", "key", "msqid", "owner", "perms", "used-bytes",
            "messages", "durability", "keep");
        for (MsqidDs queue : queues) {
            line("%s %-10d %-10.10s %-10o %-12d %-12d %-10s %-10s %s", Key.toString(queue.key()), queue.msqid(),
                accounts.user(queue.uid()), queue.mode(), queue.cbytes(), queue.qnum(),
                Level.toString(queue.durability()), Keep.toString(queue.retention()), queue.name());
        }
        out.println();
    }

    /** ipcs -q -t. */
    void times(List<MsqidDs> queues) {
        title("Message Queues Send/Recv/Change Times");
        line("%-8s %-10s %-20s %-20s %-20s NAME", "msqid", "owner", "send", "recv", "change");
        for (MsqidDs queue : queues) {
            line("%-8d %-10.10s %-20s %-20s %-20s %s", queue.msqid(), accounts.user(queue.uid()),
                time(SHORT_TIME, queue.stimeSeconds()), time(SHORT_TIME, queue.rtimeSeconds()),
                time(SHORT_TIME, queue.ctimeSeconds()), queue.name());
        }
        out.println();
    }

    /** ipcs -q -p. */
    void processes(List<MsqidDs> queues) {
        title("Message Queues PIDs");
        line("%-10s %-10s %-10s %-10s NAME", "msqid", "owner", "lspid", "lrpid");
        for (MsqidDs queue : queues) {
            line("%-8d %-10.10s  %5d     %5d       %s", queue.msqid(), accounts.user(queue.uid()), queue.lspid(),
                queue.lrpid(), queue.name());
        }
        out.println();
    }

    /** ipcs -q -c. */
    void creators(List<MsqidDs> queues) {
        title("Message Queues Creators/Owners");
        line("%-10s %-10s %-10s %-10s %-10s %-10s NAME", "msqid", "perms", "cuid", "cgid", "uid", "gid");
        for (MsqidDs queue : queues) {
            line("%-10d %-10o %-10s %-10s %-10s %-10s %s", queue.msqid(), queue.mode(), accounts.user(queue.cuid()),
                accounts.group(queue.cgid()), accounts.user(queue.uid()), accounts.group(queue.gid()), queue.name());
        }
        out.println();
    }

    /** /proc/sysvipc/msg (R79). */
    void proc(List<MsqidDs> queues) {
        line(PROC_HEADER);
        for (MsqidDs queue : queues) {
            line("%10d %10d  %4o  %10s %10s %5s %5s %5s %5s %5s %5s %10s %10s %10s", queue.key(), queue.msqid(),
                queue.mode(), Long.toUnsignedString(queue.cbytes()), Long.toUnsignedString(queue.qnum()),
                Integer.toUnsignedString(queue.lspid()), Integer.toUnsignedString(queue.lrpid()),
                Integer.toUnsignedString(queue.uid()), Integer.toUnsignedString(queue.gid()),
                Integer.toUnsignedString(queue.cuid()), Integer.toUnsignedString(queue.cgid()),
                Long.toUnsignedString(queue.stimeSeconds()), Long.toUnsignedString(queue.rtimeSeconds()),
                Long.toUnsignedString(queue.ctimeSeconds()));
        }
    }

    /** ipcs -q -l, and the limit that only Tru64 has (R78). */
    void limits(Limits limits) {
        title("Messages Limits");
        line("max queues system wide = %d", limits.msgmni());
        line("max size of message (bytes) = %d", limits.msgmax());
        line("default max size of queue (bytes) = %d", limits.msgmnb());
        if (limits.msgtql() > 0) {
            line("max messages system wide = %d", limits.msgtql());
        }
        out.println();
    }

    /** ipcs -q -u. */
    void summary(SystemInfo info) {
        title("Messages Status");
        line("allocated queues = %d", info.queues());
        line("used headers = %d", info.messages());
        line("used space = %d bytes", info.bytes());
        out.println();
    }

    /** ipcs -q -i. */
    void details(MsqidDs queue) {
        out.println();
        line("Message Queue msqid=%d", queue.msqid());
        line("uid=%s\tgid=%s\tcuid=%s\tcgid=%s\tmode=%s", Integer.toUnsignedString(queue.uid()),
            Integer.toUnsignedString(queue.gid()), Integer.toUnsignedString(queue.cuid()),
            Integer.toUnsignedString(queue.cgid()),
            queue.mode() == 0 ? "0" : "0" + Integer.toOctalString(queue.mode()));
        line("cbytes=%d\tqbytes=%d\tqnum=%d\tlspid=%d\tlrpid=%d", queue.cbytes(), queue.qbytes(), queue.qnum(),
            queue.lspid(), queue.lrpid());
        line("send_time=%-26s", time(LONG_TIME, queue.stimeSeconds()));
        line("rcv_time=%-26s", time(LONG_TIME, queue.rtimeSeconds()));
        line("change_time=%-26s", time(LONG_TIME, queue.ctimeSeconds()));
        line("name=%s", queue.name());
        out.println();
    }

    /** One queue in words. */
    void full(MsqidDs queue) {
        line("queue     %s", queue.name().isEmpty() ? "(no name)" : queue.name());
        line("id        %d", queue.msqid());
        line("key       %s", Key.toString(queue.key()));
        line("mode      %s (%04o)", permissions(queue.mode()), queue.mode());
        line("owner     %s", account(queue.uid(), queue.gid()));
        line("creator   %s", account(queue.cuid(), queue.cgid()));
        line("messages  %d", queue.qnum());
        line("bytes     %d of %d", queue.cbytes(), queue.qbytes());
        line("sent      %s", last(queue.stimeSeconds(), queue.lspid()));
        line("received  %s", last(queue.rtimeSeconds(), queue.lrpid()));
        line("changed   %s", time(LONG_TIME, queue.ctimeSeconds()));
        line("survives  %s", Level.toString(queue.durability()));
        line("keeps     %s", Keep.toString(queue.retention()));
        if (queue.damaged()) {
            line("damaged   %s", queue.fault());
        }
    }

    /** One queue as an object: the names of {@code lsipc -q -J}, and what else there is to tell. */
    Json json(MsqidDs queue) {
        return new Json()
            .put("key", Key.toString(queue.key()))
            .put("id", queue.msqid())
            .put("perms", permissions(queue.mode()))
            .put("owner", accounts.user(queue.uid()))
            .put("usedbytes", queue.cbytes())
            .put("msgs", queue.qnum())
            .put("lspid", queue.lspid())
            .put("lrpid", queue.lrpid())
            .put("send", isoTime(queue.stimeSeconds()))
            .put("recv", isoTime(queue.rtimeSeconds()))
            .put("ctime", isoTime(queue.ctimeSeconds()))
            .put("cuid", Integer.toUnsignedLong(queue.cuid()))
            .put("cuser", accounts.user(queue.cuid()))
            .put("cgid", Integer.toUnsignedLong(queue.cgid()))
            .put("cgroup", accounts.group(queue.cgid()))
            .put("uid", Integer.toUnsignedLong(queue.uid()))
            .put("user", accounts.user(queue.uid()))
            .put("gid", Integer.toUnsignedLong(queue.gid()))
            .put("group", accounts.group(queue.gid()))
            .put("qbytes", queue.qbytes())
            .put("durability", Level.toString(queue.durability()))
            .put("keepseconds", queue.retention().seconds())
            .put("keepbytes", queue.retention().bytes())
            .put("name", queue.name().isEmpty() ? null : queue.name())
            .put("fault", queue.damaged() ? queue.fault() : null);
    }

    /** The limits as an object. */
    static Json json(Limits limits) {
        return new Json()
            .put("msgmax", limits.msgmax())
            .put("msgmnb", limits.msgmnb())
            .put("msgmni", limits.msgmni())
            .put("msgtql", limits.msgtql());
    }

    private String account(int uid, int gid) {
        return String.format("%s (%s), group %s (%s)", accounts.user(uid), Integer.toUnsignedString(uid),
            accounts.group(gid), Integer.toUnsignedString(gid));
    }

    private static String last(long seconds, int pid) {
        return seconds == 0 ? "never" : time(LONG_TIME, seconds) + " by process " + pid;
    }

    private void title(String title) {
        out.println();
        line("------ %s --------", title);
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    private static String time(DateTimeFormatter formatter, long seconds) {
        return seconds == 0 ? NOT_SET : formatter.format(Instant.ofEpochSecond(seconds).atZone(ZoneId.systemDefault()));
    }

    private static String isoTime(long seconds) {
        return seconds == 0 ? null : Instant.ofEpochSecond(seconds).toString();
    }

    /** 0640 as rw-r-----. */
    private static String permissions(int mode) {
        StringBuilder text = new StringBuilder();
        for (int bit = PERMISSION_BITS - 1; bit >= 0; bit--) {
            text.append((mode >>> bit & 1) == 0 ? '-' : PERMISSIONS[(PERMISSION_BITS - 1 - bit) % PERMISSIONS.length]);
        }
        return text.toString();
    }
}
