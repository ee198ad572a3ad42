package dev.msqd.daemon.cli;

import dev.msqd.client.SysV;
import dev.msqd.daemon.trace.TraceEvent;
import dev.msqd.layout.TraceDescriptor;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which events somebody wants to see. Lost ones may have been any of their process's.
 *
 * @param msqid  of one queue, or of all
 * @param pid    of one process, or of all
 * @param events their ids; none: all
 */
record TraceFilter(OptionalInt msqid, OptionalInt pid, Set<Integer> events) {
    boolean wants(TraceEvent event) {
        if (pid.isPresent() && pid.getAsInt() != event.processId()) {
            return false;
        }
        return event.id() == TraceDescriptor.LOST
            || (events.isEmpty() || events.contains(event.id())) && (msqid.isEmpty() || concerns(event));
    }

    /** What msgget and msgctl by an index found is told by their return value. */
    private boolean concerns(TraceEvent event) {
        boolean byResult = event.id() == TraceDescriptor.MSGGET || event.id() == TraceDescriptor.MSGCTL
            && (event.flags() == SysV.MSG_STAT || event.flags() == SysV.MSG_STAT_ANY);
        boolean system = event.id() == TraceDescriptor.MSGCTL
            && (event.flags() == SysV.IPC_INFO || event.flags() == SysV.MSG_INFO);
        return !system && msqid.getAsInt() == (byResult ? event.returnValue() : event.msqid());
    }
}
