package dev.msqd.daemon.trace;

import static dev.msqd.daemon.trace.StoredEventDescriptor.EVENT_ID_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.EVENT_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.HOST_LENGTH_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.HOST_OFFSET;
import static dev.msqd.daemon.trace.StoredEventDescriptor.MAX_HOST_LENGTH;
import static dev.msqd.daemon.trace.StoredEventDescriptor.VERSION;
import static dev.msqd.daemon.trace.StoredEventDescriptor.VERSION_OFFSET;

import dev.msqd.layout.TraceDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An event of the stored trace, as it was read last: {@link TraceReader#next} makes it another one. */
public final class TraceEvent {
    private final ByteBuffer entry =
        ByteBuffer.allocate(StoredEventDescriptor.MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    /** To be read into. */
    ByteBuffer entry() {
        return entry.clear();
    }

    /** Whether what was read is an event of this version. */
    boolean isKnown() {
        int hostLength = entry.getShort(HOST_LENGTH_OFFSET);
        return entry.position() >= HOST_OFFSET && entry.getShort(VERSION_OFFSET) == VERSION && hostLength >= 0
            && hostLength <= MAX_HOST_LENGTH && entry.position() >= HOST_OFFSET + hostLength;
    }

    /** One of {@link TraceDescriptor}. */
    public int id() {
        return entry.getInt(EVENT_ID_OFFSET);
    }

    /** When the call began, nanoseconds since the epoch. */
    public long timestampNs() {
        return getLong(TraceDescriptor.TIMESTAMP_OFFSET);
    }

    /** What the call returned, or minus errno. */
    public long returnValue() {
        return getLong(TraceDescriptor.RETURN_VALUE_OFFSET);
    }

    /** The message's position in the log, or 0. */
    public long position() {
        return getLong(TraceDescriptor.POINTER_OFFSET);
    }

    /** msgsz, unsigned; of lost events, how many. */
    public long size() {
        return getLong(TraceDescriptor.SIZE_OFFSET);
    }

    public long msgtyp() {
        return getLong(TraceDescriptor.MSGTYP_OFFSET);
    }

    /** msqid; of msgget the key. */
    public int msqid() {
        return getInt(TraceDescriptor.MSQID_OFFSET);
    }

    /** msgflg; of msgctl the command. */
    public int flags() {
        return getInt(TraceDescriptor.FLAGS_OFFSET);
    }

    public int processor() {
        return getInt(TraceDescriptor.PROCESSOR_OFFSET);
    }

    public int threadId() {
        return getInt(TraceDescriptor.THREAD_OFFSET);
    }

    public int processId() {
        return getInt(TraceDescriptor.PROCESS_OFFSET);
    }

    public int parentProcessId() {
        return getInt(TraceDescriptor.PARENT_OFFSET);
    }

    /** Effective user id; all 32 bits count. */
    public int userId() {
        return getInt(TraceDescriptor.USER_OFFSET);
    }

    /** Name of the thread. */
    public String processName() {
        int begin = EVENT_OFFSET + TraceDescriptor.NAME_OFFSET;
        int end = begin;
        while (end < begin + TraceDescriptor.NAME_LENGTH && entry.get(end) != 0) {
            end++;
        }
        return text(begin, end);
    }

    public String hostName() {
        return text(HOST_OFFSET, HOST_OFFSET + entry.getShort(HOST_LENGTH_OFFSET));
    }

    private String text(int begin, int end) {
        return new String(entry.array(), begin, end - begin, StandardCharsets.UTF_8);
    }

    private long getLong(int offset) {
        return entry.getLong(EVENT_OFFSET + offset);
    }

    private int getInt(int offset) {
        return entry.getInt(EVENT_OFFSET + offset);
    }
}
