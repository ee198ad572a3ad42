package dev.msqd.layout;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

import org.agrona.BitUtil;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * A client's trace ring, a file in the hot directory, and the events in it. The daemon makes the file as a hole and hands it over with
 * the greeting; the client reserves its memory when it is traced for the first time. Little endian.
 *
 * <pre>
 *  Ring
 *  +---------------------------------------------------------------+
 *  |  Ready: magic and version, written last, by the client        |
 *  +---------------------------------------------------------------+
 *  |  Lost: events that found no room, ever                        |
 *  +---------------------------------------------------------------+
 *  |  Told: how many of these are in the trace; the daemon's       |
 *  +---------------------------------------------------------------+ +4096
 *  |  An Agrona ManyToOneRingBuffer: its records are events, all of|
 *  |  the same length, and padding                                ...
 *  +---------------------------------------------------------------+ +4096 + 1 MiB
 *  |  The ring buffer's trailer                                   ...
 *  +---------------------------------------------------------------+
 *
 *  Event; the record's type is the event's id
 *  +---------------------------------------------------------------+
 *  |  Timestamp: when the call began, ns since the epoch           |
 *  +---------------------------------------------------------------+
 *  |  Return value, or minus errno                                 |
 *  +---------------------------------------------------------------+
 *  |  msgp: position of the message in the log, 0 if there is none |
 *  +---------------------------------------------------------------+
 *  |  msgsz; of {@link #LOST}: how many                            |
 *  +---------------------------------------------------------------+
 *  |  msgtyp                                                       |
 *  +-------------------------------+-------------------------------+
 *  |  msqid; of msgget: key        |  msgflg; of msgctl: cmd       |
 *  +-------------------------------+-------------------------------+
 *  |  Processor                    |  Thread id                    |
 *  +-------------------------------+-------------------------------+
 *  |  Process id                   |  Parent's process id          |
 *  +-------------------------------+-------------------------------+
 *  |  Effective user id            |  Forwarded: 1 if made for the |
 *  |                               |  process by another, else 0   |
 *  +-------------------------------+-------------------------------+
 *  |  Name of the thread (16 bytes, ended by a zero)               |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class TraceDescriptor {
    /** Event ids: Tracee's, which are the numbers of the system calls on x86-64. */
    public static final int MSGGET = 68;
    public static final int MSGSND = 69;
    public static final int MSGRCV = 70;
    public static final int MSGCTL = 71;
    /** Events of a client found no room in its ring: no call, so no number of one. Never in a ring itself. */
    public static final int LOST = -1;

    public static final int READY_OFFSET = 0;
    public static final int LOST_OFFSET = READY_OFFSET + SIZE_OF_LONG;
    public static final int TOLD_OFFSET = LOST_OFFSET + SIZE_OF_LONG;
    public static final int RING_OFFSET = 4096;
    /** Of the ring buffer without its trailer: room for 10,922 events. */
    public static final int CAPACITY = 1 << 20;
    public static final int RING_LENGTH = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
    public static final int FILE_LENGTH = RING_OFFSET + RING_LENGTH;

    public static final int TIMESTAMP_OFFSET = 0;
    public static final int RETURN_VALUE_OFFSET = TIMESTAMP_OFFSET + SIZE_OF_LONG;
    public static final int POINTER_OFFSET = RETURN_VALUE_OFFSET + SIZE_OF_LONG;
    public static final int SIZE_OFFSET = POINTER_OFFSET + SIZE_OF_LONG;
    public static final int MSGTYP_OFFSET = SIZE_OFFSET + SIZE_OF_LONG;
    public static final int MSQID_OFFSET = MSGTYP_OFFSET + SIZE_OF_LONG;
    public static final int FLAGS_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    public static final int PROCESSOR_OFFSET = FLAGS_OFFSET + SIZE_OF_INT;
    public static final int THREAD_OFFSET = PROCESSOR_OFFSET + SIZE_OF_INT;
    public static final int PROCESS_OFFSET = THREAD_OFFSET + SIZE_OF_INT;
    public static final int PARENT_OFFSET = PROCESS_OFFSET + SIZE_OF_INT;
    public static final int USER_OFFSET = PARENT_OFFSET + SIZE_OF_INT;
    public static final int FORWARDED_OFFSET = USER_OFFSET + SIZE_OF_INT;
    public static final int NAME_OFFSET = FORWARDED_OFFSET + SIZE_OF_INT;
    /** Two words; TASK_COMM_LEN of the kernel. */
    public static final int NAME_LENGTH = 2 * SIZE_OF_LONG;
    public static final int EVENT_LENGTH = NAME_OFFSET + NAME_LENGTH;

    /** What an event takes of the ring. */
    public static final int RECORD_LENGTH =
        BitUtil.align(RecordDescriptor.HEADER_LENGTH + EVENT_LENGTH, RecordDescriptor.ALIGNMENT);

    private static final long MAGIC = 0x5452_534d_0000_0000L;
    private static final int VERSION = 1;

    /** What Ready holds once the ring can be used. */
    public static final long READY = MAGIC | VERSION;

    private TraceDescriptor() {}

    /** What a call is called. */
    public static String nameOf(int eventId) {
        return switch (eventId) {
            case MSGGET -> "msgget";
            case MSGSND -> "msgsnd";
            case MSGRCV -> "msgrcv";
            case MSGCTL -> "msgctl";
            case LOST -> "lost_events";
            default -> "event " + eventId;
        };
    }

    /** Whether a client may write such an event. */
    public static boolean isCall(int eventId) {
        return eventId >= MSGGET && eventId <= MSGCTL;
    }
}
