package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.client.SysV;
import dev.msqd.daemon.trace.TraceEvent;
import dev.msqd.layout.TraceDescriptor;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Events for people: the columns of Tracee's table, with names for numbers that have some. */
final class TraceTable {
    static final String TITLE =
        String.format("%-15s %-6s %-15s %-7s %-7s %-9s %-11s %s", "TIME", "UID", "COMM", "PID", "TID", "RET", "EVENT",
            "ARGS");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final int PERMISSIONS = 0777;

    private TraceTable() {}

    static String line(TraceEvent event) {
        Instant time = Instant.ofEpochSecond(0, event.timestampNs());
        return String.format(Locale.ROOT, "%-15s %-6s %-15s %-7d %-7d %-9s %-11s %s",
            TIME.format(time.atZone(ZoneId.systemDefault())), Integer.toUnsignedString(event.userId()),
            event.processName(), event.processId(), event.threadId(), result(event.returnValue()),
            TraceDescriptor.nameOf(event.id()), args(event));
    }

    private static String result(long returnValue) {
        return returnValue < 0 ? Errno.name((int) -returnValue) : Long.toString(returnValue);
    }

    private static String args(TraceEvent event) {
        return switch (event.id()) {
            case TraceDescriptor.MSGGET ->
                "key: " + Key.toString(event.msqid()) + ", msgflg: " + getFlags(event.flags());
            case TraceDescriptor.MSGSND -> "msqid: " + event.msqid() + message(event) + ", msgflg: "
                + callFlags(event.flags());
            case TraceDescriptor.MSGRCV -> "msqid: " + event.msqid() + message(event) + ", msgtyp: " + event.msgtyp()
                + ", msgflg: " + callFlags(event.flags());
            case TraceDescriptor.MSGCTL -> "msqid: " + event.msqid() + ", cmd: " + command(event.flags());
            default -> "lost: " + Long.toUnsignedString(event.size());
        };
    }

    private static String message(TraceEvent event) {
        return ", msgp: " + event.position() + ", msgsz: " + Long.toUnsignedString(event.size());
    }

    private static String getFlags(int flags) {
        List<String> names = new ArrayList<>();
        int rest = name(names, flags, SysV.IPC_CREAT, "IPC_CREAT");
        rest = name(names, rest, SysV.IPC_EXCL, "IPC_EXCL");
        if ((rest & PERMISSIONS) != 0) {
            names.add(String.format("0%o", rest & PERMISSIONS));
        }
        return joined(names, rest & ~PERMISSIONS);
    }

    private static String callFlags(int flags) {
        List<String> names = new ArrayList<>();
        int rest = name(names, flags, SysV.IPC_NOWAIT, "IPC_NOWAIT");
        rest = name(names, rest, SysV.MSG_NOERROR, "MSG_NOERROR");
        rest = name(names, rest, SysV.MSG_EXCEPT, "MSG_EXCEPT");
        rest = name(names, rest, SysV.MSG_COPY, "MSG_COPY");
        return joined(names, rest);
    }

    /** Notes the flag's name if it is there; returns the others. */
    private static int name(List<String> names, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            names.add(name);
        }
        return flags & ~flag;
    }

    private static String joined(List<String> names, int rest) {
        if (rest != 0 || names.isEmpty()) {
            names.add(rest == 0 ? "0" : String.format("0%o", rest));
        }
        return String.join("|", names);
    }

    private static String command(int cmd) {
        return switch (cmd) {
            case SysV.IPC_RMID -> "IPC_RMID";
            case SysV.IPC_SET -> "IPC_SET";
            case SysV.IPC_STAT -> "IPC_STAT";
            case SysV.IPC_INFO -> "IPC_INFO";
            case SysV.MSG_STAT -> "MSG_STAT";
            case SysV.MSG_INFO -> "MSG_INFO";
            case SysV.MSG_STAT_ANY -> "MSG_STAT_ANY";
            default -> Integer.toString(cmd);
        };
    }
}
