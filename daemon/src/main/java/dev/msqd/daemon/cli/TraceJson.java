package dev.msqd.daemon.cli;

import dev.msqd.daemon.trace.TraceEvent;
import dev.msqd.layout.TraceDescriptor;
import java.util.List;

/** An event in Tracee's words: its fields, their order and types, as of {@code trace.Event}. */
final class TraceJson {
    private static final String INT32 = "int32";
    private static final String INT64 = "int64";
    private static final String UINT64 = "uint64";
    private static final String POINTER = "trace.Pointer";

    private TraceJson() {}

    static Json of(TraceEvent event) {
        List<Json> args = args(event);
        String name = TraceDescriptor.nameOf(event.id());
        return new Json()
            .put("timestamp", event.timestampNs())
            .put("processorId", event.processor())
            .put("processId", event.processId())
            .put("threadId", event.threadId())
            .put("parentProcessId", event.parentProcessId())
            .put("userId", Integer.toUnsignedLong(event.userId()))
            .put("processName", event.processName())
            .put("hostName", event.hostName())
            .put("eventId", Integer.toString(event.id()))
            .put("eventName", name)
            .put("argsNum", args.size())
            .put("returnValue", event.returnValue())
            .put("syscall", TraceDescriptor.isCall(event.id()) ? name : "")
            .put("args", args);
    }

    private static List<Json> args(TraceEvent event) {
        return switch (event.id()) {
            case TraceDescriptor.MSGGET -> List.of(
                arg("key", INT32).put("value", event.msqid()),
                arg("msgflg", INT32).put("value", event.flags()));
            case TraceDescriptor.MSGSND -> List.of(
                arg("msqid", INT32).put("value", event.msqid()),
                arg("msgp", POINTER).putUnsigned("value", event.position()),
                arg("msgsz", UINT64).putUnsigned("value", event.size()),
                arg("msgflg", INT32).put("value", event.flags()));
            case TraceDescriptor.MSGRCV -> List.of(
                arg("msqid", INT32).put("value", event.msqid()),
                arg("msgp", POINTER).putUnsigned("value", event.position()),
                arg("msgsz", UINT64).putUnsigned("value", event.size()),
                arg("msgtyp", INT64).put("value", event.msgtyp()),
                arg("msgflg", INT32).put("value", event.flags()));
            case TraceDescriptor.MSGCTL -> List.of(
                arg("msqid", INT32).put("value", event.msqid()),
                arg("cmd", INT32).put("value", event.flags()),
                arg("buf", POINTER).putUnsigned("value", event.position()));
            default -> List.of(arg("lost", UINT64).putUnsigned("value", event.size()));
        };
    }

    private static Json arg(String name, String type) {
        return new Json().put("name", name).put("type", type);
    }
}
