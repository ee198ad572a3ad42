package dev.msqd.layout;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

import org.agrona.concurrent.status.CountersReader;

/**
 * The counters of a daemon: a file in the hot directory that the daemon alone stores to, and that clients map for reading. The two
 * large parts are those of an Agrona {@link CountersReader}.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |  Ready: magic and version; 0 while the daemon sets it up      |
 *  +---------------------------------------------------------------+
 *  |  Generation: goes up each time a daemon sets it up anew       |
 *  +---------------------------------------------------------------+ +4096
 *  |  Metadata: 512 bytes a counter                               ...
 *  +---------------------------------------------------------------+
 *  |  Values: 128 bytes a counter                                 ...
 *  +---------------------------------------------------------------+
 *
 *  Of a counter                    the daemon's                queue's
 *  type id                         SystemCounter.typeId        QueueCounter.typeId
 *  registration id                 0                           msqid
 *  label                           SystemCounter.label         QueueCounter.label, ' ', msqid, and if it has one: ' ', name
 *  key                             empty                       as follows
 *  +-------------------------------+-------------------------------+
 *  |  msqid                        |  key                          |
 *  +-------------------------------+-------------------------------+
 *  |  Incarnation of the hot file (see StateDescriptor)            |
 *  +---------------------------------------------------------------+
 *  |  Sent before: the hot log's running total (Quantity) when     |
 *  |  counting began                                               |
 *  +---------------------------------------------------------------+
 *  |  Received before, likewise                                    |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * The file is as long as it can become, but has blocks only for counters in use: 640 bytes each. The daemon that comes after another
 * sets it up anew, and counts on: what was sent is the running total less what was sent before, whoever looked in between. That is
 * exact as long as somebody looks before another 16 GiB or 2^30 messages have passed through the queue.
 */
public final class CountersDescriptor {
    /** Of the file in the hot directory. */
    public static final String FILE_NAME = "counters";

    public static final int READY_OFFSET = 0;
    public static final int GENERATION_OFFSET = READY_OFFSET + SIZE_OF_LONG;
    public static final int HEADER_LENGTH = 4096;

    /** Queues that there may be (System V's IPCMNI). */
    private static final int MAX_QUEUES = 1 << 15;
    public static final int MAX_COUNTERS = SystemCounter.values().length + MAX_QUEUES * QueueCounter.values().length;

    public static final int METADATA_OFFSET = HEADER_LENGTH;
    public static final int METADATA_LENGTH = MAX_COUNTERS * CountersReader.METADATA_LENGTH;
    public static final int VALUES_OFFSET = align(METADATA_OFFSET + METADATA_LENGTH, HEADER_LENGTH);
    public static final int VALUES_LENGTH = MAX_COUNTERS * CountersReader.COUNTER_LENGTH;
    public static final int FILE_LENGTH = align(VALUES_OFFSET + VALUES_LENGTH, HEADER_LENGTH);

    public static final int KEY_MSQID_OFFSET = 0;
    public static final int KEY_KEY_OFFSET = KEY_MSQID_OFFSET + SIZE_OF_INT;
    public static final int KEY_INCARNATION_OFFSET = KEY_KEY_OFFSET + SIZE_OF_INT;
    public static final int KEY_SENT_BEFORE_OFFSET = KEY_INCARNATION_OFFSET + SIZE_OF_LONG;
    public static final int KEY_RECEIVED_BEFORE_OFFSET = KEY_SENT_BEFORE_OFFSET + SIZE_OF_LONG;

    private static final long MAGIC = 0x4351_534d_0000_0000L;
    private static final int VERSION = 1;

    /** What Ready holds once the daemon's own counters are in place. */
    public static final long READY = MAGIC | VERSION;

    private static final QueueCounter[] QUEUE_COUNTERS = QueueCounter.values();
    private static final SystemCounter[] SYSTEM_COUNTERS = SystemCounter.values();

    private CountersDescriptor() {}

    public static boolean isMagic(long ready) {
        return (ready & 0xFFFF_FFFF_0000_0000L) == MAGIC;
    }

    public static int version(long ready) {
        return (int) ready;
    }

    /** The queue's counter of a type id, or null. */
    public static QueueCounter queueCounter(int typeId) {
        int ordinal = typeId - QUEUE_COUNTERS[0].typeId();
        return ordinal >= 0 && ordinal < QUEUE_COUNTERS.length ? QUEUE_COUNTERS[ordinal] : null;
    }

    /** The daemon's counter of a type id, or null. */
    public static SystemCounter systemCounter(int typeId) {
        int ordinal = typeId - SYSTEM_COUNTERS[0].typeId();
        return ordinal >= 0 && ordinal < SYSTEM_COUNTERS.length ? SYSTEM_COUNTERS[ordinal] : null;
    }

    /** The label of a queue's counter. */
    public static String label(QueueCounter counter, int msqid, String name) {
        return counter.label() + ' ' + msqid + (name.isEmpty() ? "" : " " + name);
    }

    /** The queue's name in such a label; empty if it has none. */
    public static String name(QueueCounter counter, String label) {
        int space = label.indexOf(' ', counter.label().length() + 1);
        return space < 0 ? "" : label.substring(space + 1);
    }

    private static int align(int value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
