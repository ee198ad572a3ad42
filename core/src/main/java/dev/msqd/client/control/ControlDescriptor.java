package dev.msqd.client.control;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The control protocol, version 3: packets on the socket {@link DataDirectory#SOCKET}, one reply to each request, in
 * order. Everything is little endian. A text is an int, its length in bytes, followed by that many bytes of UTF-8.
 *
 * <pre>
 *  Request                                         Reply
 *  +------------------------+                      +------------------------+
 *  |  Type                  |                      |  Correlation, as asked |
 *  +------------------------+                      +------------------------+
 *  |  Correlation           |                      |  Errno; 0: it went well|
 *  +------------------------+                      +------------------------+
 *  |  Body                 ...                     |  Body, or a text: what was wrong
 *
 *  HELLO        the first request of a connection
 *      +------------------------+                      +------------------------+
 *      |  Protocol version      |                      |  Protocol version      |
 *      +------------------------+                      +------------------------+
 *      |  Client id before, or 0|                      |  Client id             |
 *      +------------------------+                      +------------------------+------------------------+
 *                                                      |  Epoch                                          |
 *                                                      +-------------------------------------------------+
 *                                                      |  Data directory's uuid (16 bytes)               |
 *                                                      +-------------------------------------------------+
 *                                                      |  Limits: msgmax, msgmnb, msgmni, msgtql (4 long)|
 *                                                      +-------------------------------------------------+
 *                                                      |  Effective capabilities                         |
 *                                                      +------------------------+------------------------+
 *                                                      |  Process id            |  Effective uid         |
 *                                                      +------------------------+------------------------+
 *                                                      |  Effective gid         |  Number of groups      |
 *                                                      +------------------------+------------------------+
 *                                                      |  Groups (an int each) ...
 *               the reply brings the descriptors of the files of SystemDescriptor: limits (read only), messages;
 *               and of the client's trace ring (TraceDescriptor)
 *  GET          msgget, by key or, when the name is not empty, by name
 *      +------------------------+------------------------+
 *      |  Key                   |  msgflg                |
 *      +------------------------+------------------------+       +------------------------+
 *      |  qbytes of a new queue; -1: msgmnb              |       |  msqid                 |
 *      +------------------------+------------------------+       +------------------------+
 *      |  Durability; -1: as    |  unused                |
 *      |  configured            |                        |
 *      +------------------------+------------------------+
 *      |  Retention, seconds                             |
 *      +-------------------------------------------------+
 *      |  Retention, bytes                               |
 *      +-------------------------------------------------+
 *      |  Name: text           ...
 *  RESOLVE      a name's id
 *      |  Name: text           ...                       |       |  msqid                 |
 *  ATTACH       leave to use a queue's memory; the reply brings the descriptor of its hot file
 *      |  msqid                 |                                |  Rights                |
 *  STAT
 *      |  msqid or index        |  StatKind              |       |  msqid_ds (below)     ...
 *  LIST         the queues from an index on, as many as fit
 *      |  First index           |                                |  Next index, or -1     |  Number         |
 *                                                                |  msqid_ds each, aligned to 8           ...
 *  SET          IPC_SET of the fields in the mask
 *      |  msqid                 |  Mask                  |
 *      |  uid                   |  gid                   |
 *      |  mode                  |  Durability            |
 *      |  qbytes                                         |
 *      |  Retention, seconds                             |
 *      |  Retention, bytes                               |
 *  REMOVE
 *      |  msqid                 |
 *  INFO                                                          |  Limits (4 long)                        |
 *                                                                |  Queues                                 |
 *                                                                |  Messages                               |
 *                                                                |  Bytes                                  |
 *                                                                |  Highest index         |
 *  LIMITS_GET                                                    |  Limits (4 long)                        |
 *  LIMITS_SET   sets the limits in the mask
 *      |  Mask                  |  unused                |       |  Limits (4 long)                        |
 *      |  Limits (4 long)                                |
 *  ACT_FOR      from now on the connection's requests are somebody else's, by whose credentials they are judged
 *      +-------------------------------------------------+
 *      |  Effective capabilities                         |
 *      +------------------------+------------------------+
 *      |  Effective uid         |  Effective gid         |
 *      +------------------------+------------------------+
 *      |  Number of groups      |  Groups (an int each) ...
 *  TRACE        has calls traced until this connection ends; may be asked again
 *                                                                |  1: traced; 0: soon    |
 *  WAITERS      who is asleep on a queue, from the number of one on, as many as fit
 *      |  msqid                 |  First                 |       |  Next, or -1           |  Number                |
 *                                                                |  Errno of the log, or 0|  unused                |
 *                                                                |  Age of the log, ns                             |
 *                                                                |  Waiter (below) each, aligned to 8             ...
 *  COUNTERS     the daemon's counters; the reply brings the descriptor of the file (CountersDescriptor), to be read
 *      |  msqid of a queue that |                                |                        |
 *      |  is counted now; or -1 |
 *  NEXT_ID      chooses the next new queue's id; or tells what was chosen
 *      |  msqid, or -1: tell    |                                |  msqid, or -1          |
 *  BYE          the client holds nothing any more: forget it. The daemon closes the connection
 *
 *  msqid_ds
 *      +------------------------+------------------------+
 *      |  msqid                 |  key                   |
 *      |  uid                   |  gid                   |
 *      |  cuid                  |  cgid                  |
 *      |  mode                  |  Durability            |
 *      |  lspid                 |  lrpid                 |
 *      |  cbytes                                         |
 *      |  qnum                                           |
 *      |  qbytes                                         |
 *      |  stime, seconds                                 |
 *      |  rtime, seconds                                 |
 *      |  ctime, seconds                                 |
 *      |  Retention, seconds                             |
 *      |  Retention, bytes                               |
 *      |  Name: text           ...
 *      |  Fault: text          ...
 *      +------------------------+
 *
 *  Waiter
 *      +------------------------+------------------------+
 *      |  Process id            |  uid                   |
 *      |  Waiter.Reason         |  Flags: except, stopped|
 *      |  Asleep, ns                                     |
 *      |  msgtyp                                         |
 *      |  Bytes                                          |
 *      |  Ticket, or 0                                   |
 *      |  Process: text        ...
 *      +------------------------+
 * </pre>
 */
public final class ControlDescriptor {
    /** Both sides must speak the same. */
    public static final int VERSION = 3;

    /** No packet is longer. */
    public static final int MAX_LENGTH = 16 * 1024;
    /** No text is longer, in bytes; what is longer is cut. */
    public static final int MAX_TEXT_LENGTH = 1024;

    public static final int HELLO = 1;
    public static final int GET = 2;
    public static final int RESOLVE = 3;
    public static final int ATTACH = 4;
    public static final int STAT = 5;
    public static final int LIST = 6;
    public static final int SET = 7;
    public static final int REMOVE = 8;
    public static final int INFO = 9;
    public static final int LIMITS_GET = 10;
    public static final int BYE = 11;
    public static final int LIMITS_SET = 12;
    public static final int TRACE = 13;
    public static final int ACT_FOR = 14;
    public static final int COUNTERS = 15;
    public static final int NEXT_ID = 16;
    public static final int WAITERS = 20;

    public static final int REQUEST_TYPE_OFFSET = 0;
    public static final int REQUEST_CORRELATION_OFFSET = REQUEST_TYPE_OFFSET + SIZE_OF_INT;
    public static final int REPLY_CORRELATION_OFFSET = 0;
    public static final int REPLY_ERRNO_OFFSET = REPLY_CORRELATION_OFFSET + SIZE_OF_INT;
    /** Where the body of a request and of a reply begins. */
    public static final int BODY_OFFSET = 2 * SIZE_OF_INT;

    public static final int HELLO_VERSION_OFFSET = BODY_OFFSET;
    public static final int HELLO_PREVIOUS_CLIENT_ID_OFFSET = HELLO_VERSION_OFFSET + SIZE_OF_INT;
    public static final int HELLO_LENGTH = HELLO_PREVIOUS_CLIENT_ID_OFFSET + SIZE_OF_INT;

    public static final int LIMITS_LENGTH = 4 * SIZE_OF_LONG;

    public static final int WELCOME_VERSION_OFFSET = BODY_OFFSET;
    public static final int WELCOME_CLIENT_ID_OFFSET = WELCOME_VERSION_OFFSET + SIZE_OF_INT;
    public static final int WELCOME_EPOCH_OFFSET = WELCOME_CLIENT_ID_OFFSET + SIZE_OF_INT;
    public static final int WELCOME_UUID_HIGH_OFFSET = WELCOME_EPOCH_OFFSET + SIZE_OF_LONG;
    public static final int WELCOME_UUID_LOW_OFFSET = WELCOME_UUID_HIGH_OFFSET + SIZE_OF_LONG;
    public static final int WELCOME_LIMITS_OFFSET = WELCOME_UUID_LOW_OFFSET + SIZE_OF_LONG;
    public static final int WELCOME_CAPABILITIES_OFFSET = WELCOME_LIMITS_OFFSET + LIMITS_LENGTH;
    public static final int WELCOME_PID_OFFSET = WELCOME_CAPABILITIES_OFFSET + SIZE_OF_LONG;
    public static final int WELCOME_UID_OFFSET = WELCOME_PID_OFFSET + SIZE_OF_INT;
    public static final int WELCOME_GID_OFFSET = WELCOME_UID_OFFSET + SIZE_OF_INT;
    public static final int WELCOME_GROUP_COUNT_OFFSET = WELCOME_GID_OFFSET + SIZE_OF_INT;
    public static final int WELCOME_GROUPS_OFFSET = WELCOME_GROUP_COUNT_OFFSET + SIZE_OF_INT;
    /** A client with more supplementary groups is refused: its greeting would not fit in a packet. */
    public static final int MAX_GROUPS = (MAX_LENGTH - WELCOME_GROUPS_OFFSET) / SIZE_OF_INT;

    public static final int GET_KEY_OFFSET = BODY_OFFSET;
    public static final int GET_MSGFLG_OFFSET = GET_KEY_OFFSET + SIZE_OF_INT;
    public static final int GET_QBYTES_OFFSET = GET_MSGFLG_OFFSET + SIZE_OF_INT;
    public static final int GET_DURABILITY_OFFSET = GET_QBYTES_OFFSET + SIZE_OF_LONG;
    public static final int GET_KEEP_SECONDS_OFFSET = GET_DURABILITY_OFFSET + 2 * SIZE_OF_INT;
    public static final int GET_KEEP_BYTES_OFFSET = GET_KEEP_SECONDS_OFFSET + SIZE_OF_LONG;
    public static final int GET_NAME_OFFSET = GET_KEEP_BYTES_OFFSET + SIZE_OF_LONG;
    /** Stands for msgmnb. */
    public static final long DEFAULT_QBYTES = -1;
    /** Stands for the durability that the daemon is configured to give. */
    public static final int DEFAULT_DURABILITY = -1;
    /** In msgflg: make the queue if there is none. */
    public static final int IPC_CREAT = 01000;
    /** In msgflg, beside IPC_CREAT: fail if there is one. */
    public static final int IPC_EXCL = 02000;
    /** The key that always makes a new queue (R1). */
    public static final int IPC_PRIVATE = 0;

    public static final int RESOLVE_NAME_OFFSET = BODY_OFFSET;

    /** Of ATTACH, STAT, SET, REMOVE, WAITERS, COUNTERS and NEXT_ID requests, and of GET, RESOLVE and NEXT_ID replies. */
    public static final int MSQID_OFFSET = BODY_OFFSET;
    public static final int MSQID_LENGTH = MSQID_OFFSET + SIZE_OF_INT;
    /** In COUNTERS and NEXT_ID, for a msqid: none. */
    public static final int NO_MSQID = -1;

    public static final int ATTACH_RIGHTS_OFFSET = BODY_OFFSET;

    public static final int STAT_KIND_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    public static final int STAT_LENGTH = STAT_KIND_OFFSET + SIZE_OF_INT;

    public static final int LIST_FIRST_INDEX_OFFSET = BODY_OFFSET;
    public static final int LIST_LENGTH = LIST_FIRST_INDEX_OFFSET + SIZE_OF_INT;
    public static final int LIST_NEXT_INDEX_OFFSET = BODY_OFFSET;
    public static final int LIST_COUNT_OFFSET = LIST_NEXT_INDEX_OFFSET + SIZE_OF_INT;
    public static final int LIST_ELEMENTS_OFFSET = LIST_COUNT_OFFSET + SIZE_OF_INT;
    public static final int LIST_ALIGNMENT = SIZE_OF_LONG;
    /** What LIST's next index is when there are no more. */
    public static final int LIST_END = -1;

    public static final int SET_MASK_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    public static final int SET_UID_OFFSET = SET_MASK_OFFSET + SIZE_OF_INT;
    public static final int SET_GID_OFFSET = SET_UID_OFFSET + SIZE_OF_INT;
    public static final int SET_MODE_OFFSET = SET_GID_OFFSET + SIZE_OF_INT;
    public static final int SET_DURABILITY_OFFSET = SET_MODE_OFFSET + SIZE_OF_INT;
    public static final int SET_QBYTES_OFFSET = SET_DURABILITY_OFFSET + SIZE_OF_INT;
    public static final int SET_KEEP_SECONDS_OFFSET = SET_QBYTES_OFFSET + SIZE_OF_LONG;
    public static final int SET_KEEP_BYTES_OFFSET = SET_KEEP_SECONDS_OFFSET + SIZE_OF_LONG;
    public static final int SET_LENGTH = SET_KEEP_BYTES_OFFSET + SIZE_OF_LONG;
    public static final int SET_UID = 1;
    public static final int SET_GID = 2;
    public static final int SET_MODE = 4;
    public static final int SET_QBYTES = 8;
    public static final int SET_DURABILITY = 16;
    public static final int SET_RETENTION = 32;

    public static final int INFO_LIMITS_OFFSET = BODY_OFFSET;
    public static final int INFO_QUEUES_OFFSET = INFO_LIMITS_OFFSET + LIMITS_LENGTH;
    public static final int INFO_MESSAGES_OFFSET = INFO_QUEUES_OFFSET + SIZE_OF_LONG;
    public static final int INFO_BYTES_OFFSET = INFO_MESSAGES_OFFSET + SIZE_OF_LONG;
    public static final int INFO_HIGHEST_INDEX_OFFSET = INFO_BYTES_OFFSET + SIZE_OF_LONG;
    public static final int INFO_LENGTH = INFO_HIGHEST_INDEX_OFFSET + SIZE_OF_INT;

    public static final int LIMITS_SET_MASK_OFFSET = BODY_OFFSET;
    public static final int LIMITS_SET_LIMITS_OFFSET = LIMITS_SET_MASK_OFFSET + 2 * SIZE_OF_INT;
    public static final int LIMITS_SET_LENGTH = LIMITS_SET_LIMITS_OFFSET + LIMITS_LENGTH;
    public static final int SET_MSGMAX = 1;
    public static final int SET_MSGMNB = 2;
    public static final int SET_MSGMNI = 4;
    public static final int SET_MSGTQL = 8;

    public static final int ACT_FOR_CAPABILITIES_OFFSET = BODY_OFFSET;
    public static final int ACT_FOR_UID_OFFSET = ACT_FOR_CAPABILITIES_OFFSET + SIZE_OF_LONG;
    public static final int ACT_FOR_GID_OFFSET = ACT_FOR_UID_OFFSET + SIZE_OF_INT;
    public static final int ACT_FOR_GROUP_COUNT_OFFSET = ACT_FOR_GID_OFFSET + SIZE_OF_INT;
    public static final int ACT_FOR_GROUPS_OFFSET = ACT_FOR_GROUP_COUNT_OFFSET + SIZE_OF_INT;

    public static final int TRACE_ON_OFFSET = BODY_OFFSET;

    public static final int WAITERS_FIRST_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    public static final int WAITERS_LENGTH = WAITERS_FIRST_OFFSET + SIZE_OF_INT;
    public static final int WAITERS_NEXT_OFFSET = BODY_OFFSET;
    public static final int WAITERS_COUNT_OFFSET = WAITERS_NEXT_OFFSET + SIZE_OF_INT;
    public static final int WAITERS_LOG_ERRNO_OFFSET = WAITERS_COUNT_OFFSET + SIZE_OF_INT;
    public static final int WAITERS_LOG_AGE_OFFSET = WAITERS_LOG_ERRNO_OFFSET + 2 * SIZE_OF_INT;
    public static final int WAITERS_ELEMENTS_OFFSET = WAITERS_LOG_AGE_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_PID_OFFSET = 0;
    public static final int WAITER_UID_OFFSET = WAITER_PID_OFFSET + SIZE_OF_INT;
    public static final int WAITER_REASON_OFFSET = WAITER_UID_OFFSET + SIZE_OF_INT;
    public static final int WAITER_FLAGS_OFFSET = WAITER_REASON_OFFSET + SIZE_OF_INT;
    public static final int WAITER_ASLEEP_OFFSET = WAITER_FLAGS_OFFSET + SIZE_OF_INT;
    public static final int WAITER_MSGTYP_OFFSET = WAITER_ASLEEP_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_BYTES_OFFSET = WAITER_MSGTYP_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_TICKET_OFFSET = WAITER_BYTES_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_PROCESS_OFFSET = WAITER_TICKET_OFFSET + SIZE_OF_LONG;
    /** No waiter takes more of a packet. */
    public static final int WAITER_MAX_LENGTH =
        WAITER_PROCESS_OFFSET + SIZE_OF_INT + MAX_TEXT_LENGTH + LIST_ALIGNMENT;
    public static final int WAITER_EXCEPT = 1;
    public static final int WAITER_STOPPED = 2;

    public static final int DS_MSQID_OFFSET = 0;
    public static final int DS_KEY_OFFSET = DS_MSQID_OFFSET + SIZE_OF_INT;
    public static final int DS_UID_OFFSET = DS_KEY_OFFSET + SIZE_OF_INT;
    public static final int DS_GID_OFFSET = DS_UID_OFFSET + SIZE_OF_INT;
    public static final int DS_CUID_OFFSET = DS_GID_OFFSET + SIZE_OF_INT;
    public static final int DS_CGID_OFFSET = DS_CUID_OFFSET + SIZE_OF_INT;
    public static final int DS_MODE_OFFSET = DS_CGID_OFFSET + SIZE_OF_INT;
    public static final int DS_DURABILITY_OFFSET = DS_MODE_OFFSET + SIZE_OF_INT;
    public static final int DS_LSPID_OFFSET = DS_DURABILITY_OFFSET + SIZE_OF_INT;
    public static final int DS_LRPID_OFFSET = DS_LSPID_OFFSET + SIZE_OF_INT;
    public static final int DS_CBYTES_OFFSET = DS_LRPID_OFFSET + SIZE_OF_INT;
    public static final int DS_QNUM_OFFSET = DS_CBYTES_OFFSET + SIZE_OF_LONG;
    public static final int DS_QBYTES_OFFSET = DS_QNUM_OFFSET + SIZE_OF_LONG;
    public static final int DS_STIME_OFFSET = DS_QBYTES_OFFSET + SIZE_OF_LONG;
    public static final int DS_RTIME_OFFSET = DS_STIME_OFFSET + SIZE_OF_LONG;
    public static final int DS_CTIME_OFFSET = DS_RTIME_OFFSET + SIZE_OF_LONG;
    public static final int DS_KEEP_SECONDS_OFFSET = DS_CTIME_OFFSET + SIZE_OF_LONG;
    public static final int DS_KEEP_BYTES_OFFSET = DS_KEEP_SECONDS_OFFSET + SIZE_OF_LONG;
    public static final int DS_NAME_OFFSET = DS_KEEP_BYTES_OFFSET + SIZE_OF_LONG;
    /** No msqid_ds takes more of a packet. */
    public static final int DS_MAX_LENGTH = DS_NAME_OFFSET + 2 * (SIZE_OF_INT + MAX_TEXT_LENGTH) + LIST_ALIGNMENT;

    private ControlDescriptor() {}

    /** What a request type is called in messages. */
    public static String nameOf(int type) {
        return switch (type) {
            case HELLO -> "HELLO";
            case GET -> "GET";
            case RESOLVE -> "RESOLVE";
            case ATTACH -> "ATTACH";
            case STAT -> "STAT";
            case LIST -> "LIST";
            case SET -> "SET";
            case REMOVE -> "REMOVE";
            case INFO -> "INFO";
            case LIMITS_GET -> "LIMITS_GET";
            case LIMITS_SET -> "LIMITS_SET";
            case ACT_FOR -> "ACT_FOR";
            case TRACE -> "TRACE";
            case WAITERS -> "WAITERS";
            case COUNTERS -> "COUNTERS";
            case NEXT_ID -> "NEXT_ID";
            case BYE -> "BYE";
            default -> "request " + type;
        };
    }

    /** Shortest request of this type, in bytes, a text counting as empty; 0 for an unknown type. */
    public static int minLength(int type) {
        return switch (type) {
            case HELLO -> HELLO_LENGTH;
            case GET -> GET_NAME_OFFSET + SIZE_OF_INT;
            case RESOLVE -> RESOLVE_NAME_OFFSET + SIZE_OF_INT;
            case ATTACH, REMOVE, COUNTERS, NEXT_ID -> MSQID_LENGTH;
            case STAT -> STAT_LENGTH;
            case LIST -> LIST_LENGTH;
            case SET -> SET_LENGTH;
            case WAITERS -> WAITERS_LENGTH;
            case LIMITS_SET -> LIMITS_SET_LENGTH;
            case ACT_FOR -> ACT_FOR_GROUPS_OFFSET;
            case INFO, LIMITS_GET, TRACE, BYE -> BODY_OFFSET;
            default -> 0;
        };
    }
}
