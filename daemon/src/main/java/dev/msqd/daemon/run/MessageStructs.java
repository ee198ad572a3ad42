package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.SysV;
import dev.msqd.client.control.SystemInfo;
import java.lang.foreign.MemorySegment;

/**
 * The structures of msgctl(2), as the kernel reads and writes them on 64-bit Linux.
 *
 * <pre>
 *  struct msqid_ds
 *   0               4               8              12              16
 *  +---------------+---------------+---------------+---------------+
 *  | key           | uid           | gid           | cuid          |
 *  +---------------+---------------+-------+-------+---------------+ 32
 *  | cgid          | mode          | seq   | (pad) | (padding)     |
 *  +---------------+---------------+-------+-------+---------------+ 48
 *  | (unused)                      | (unused)                      |
 *  +-------------------------------+-------------------------------+ 64
 *  | stime                         | rtime                         |
 *  +-------------------------------+-------------------------------+ 80
 *  | ctime                         | cbytes                        |
 *  +-------------------------------+-------------------------------+ 96
 *  | qnum                          | qbytes                        |
 *  +---------------+---------------+-------------------------------+ 112
 *  | lspid         | lrpid         | (unused)                      |
 *  +---------------+---------------+-------------------------------+
 *  | (unused)                      |
 *  +-------------------------------+ 120
 *
 *  struct msginfo
 *   0               4               8              12              16
 *  +---------------+---------------+---------------+---------------+
 *  | msgpool       | msgmap        | msgmax        | msgmnb        |
 *  +---------------+---------------+---------------+-------+-------+ 32
 *  | msgmni        | msgssz        | msgtql        | msgseg| (pad) |
 *  +---------------+---------------+---------------+-------+-------+
 * </pre>
 */
final class MessageStructs {
    static final int DS_KEY_OFFSET = 0;
    static final int DS_UID_OFFSET = DS_KEY_OFFSET + Integer.BYTES;
    static final int DS_GID_OFFSET = DS_UID_OFFSET + Integer.BYTES;
    static final int DS_CUID_OFFSET = DS_GID_OFFSET + Integer.BYTES;
    static final int DS_CGID_OFFSET = DS_CUID_OFFSET + Integer.BYTES;
    static final int DS_MODE_OFFSET = DS_CGID_OFFSET + Integer.BYTES;
    static final int DS_SEQ_OFFSET = DS_MODE_OFFSET + Integer.BYTES;
    static final int DS_STIME_OFFSET = DS_SEQ_OFFSET + 3 * Long.BYTES;
    static final int DS_RTIME_OFFSET = DS_STIME_OFFSET + Long.BYTES;
    static final int DS_CTIME_OFFSET = DS_RTIME_OFFSET + Long.BYTES;
    static final int DS_CBYTES_OFFSET = DS_CTIME_OFFSET + Long.BYTES;
    static final int DS_QNUM_OFFSET = DS_CBYTES_OFFSET + Long.BYTES;
    static final int DS_QBYTES_OFFSET = DS_QNUM_OFFSET + Long.BYTES;
    static final int DS_LSPID_OFFSET = DS_QBYTES_OFFSET + Long.BYTES;
    static final int DS_LRPID_OFFSET = DS_LSPID_OFFSET + Integer.BYTES;
    static final int DS_LENGTH = DS_LRPID_OFFSET + Integer.BYTES + 2 * Long.BYTES;

    static final int INFO_MSGPOOL_OFFSET = 0;
    static final int INFO_MSGMAP_OFFSET = INFO_MSGPOOL_OFFSET + Integer.BYTES;
    static final int INFO_MSGMAX_OFFSET = INFO_MSGMAP_OFFSET + Integer.BYTES;
    static final int INFO_MSGMNB_OFFSET = INFO_MSGMAX_OFFSET + Integer.BYTES;
    static final int INFO_MSGMNI_OFFSET = INFO_MSGMNB_OFFSET + Integer.BYTES;
    static final int INFO_MSGSSZ_OFFSET = INFO_MSGMNI_OFFSET + Integer.BYTES;
    static final int INFO_MSGTQL_OFFSET = INFO_MSGSSZ_OFFSET + Integer.BYTES;
    static final int INFO_MSGSEG_OFFSET = INFO_MSGTQL_OFFSET + Integer.BYTES;
    static final int INFO_LENGTH = INFO_MSGSEG_OFFSET + Integer.BYTES;

    static final int MAX_LENGTH = Math.max(DS_LENGTH, INFO_LENGTH);

    private MessageStructs() {}

    static void putDs(MemorySegment into, MsqidDs ds) {
        into.asSlice(0, DS_LENGTH).fill((byte) 0);
        into.set(JAVA_INT, DS_KEY_OFFSET, ds.key());
        into.set(JAVA_INT, DS_UID_OFFSET, ds.uid());
        into.set(JAVA_INT, DS_GID_OFFSET, ds.gid());
        into.set(JAVA_INT, DS_CUID_OFFSET, ds.cuid());
        into.set(JAVA_INT, DS_CGID_OFFSET, ds.cgid());
        into.set(JAVA_INT, DS_MODE_OFFSET, ds.mode());
        into.set(JAVA_SHORT, DS_SEQ_OFFSET, (short) (ds.msqid() >> MsqidDs.INDEX_BITS));
        into.set(JAVA_LONG, DS_STIME_OFFSET, ds.stimeSeconds());
        into.set(JAVA_LONG, DS_RTIME_OFFSET, ds.rtimeSeconds());
        into.set(JAVA_LONG, DS_CTIME_OFFSET, ds.ctimeSeconds());
        into.set(JAVA_LONG, DS_CBYTES_OFFSET, ds.cbytes());
        into.set(JAVA_LONG, DS_QNUM_OFFSET, ds.qnum());
        into.set(JAVA_LONG, DS_QBYTES_OFFSET, ds.qbytes());
        into.set(JAVA_INT, DS_LSPID_OFFSET, ds.lspid());
        into.set(JAVA_INT, DS_LRPID_OFFSET, ds.lrpid());
    }

    /** What IPC_SET takes (R64). */
    static QueueSettings settings(MemorySegment from) {
        return QueueSettings.none()
            .withUid(from.get(JAVA_INT, DS_UID_OFFSET))
            .withGid(from.get(JAVA_INT, DS_GID_OFFSET))
            .withMode(from.get(JAVA_INT, DS_MODE_OFFSET))
            .withQbytes(from.get(JAVA_LONG, DS_QBYTES_OFFSET));
    }

    /** What IPC_INFO and MSG_INFO show of the same (R71). */
    static void putInfo(MemorySegment into, SystemInfo info, int cmd) {
        boolean counts = cmd == SysV.MSG_INFO;
        into.asSlice(0, INFO_LENGTH).fill((byte) 0);
        into.set(JAVA_INT, INFO_MSGPOOL_OFFSET, counts ? cut(info.queues()) : SystemInfo.MSGPOOL);
        into.set(JAVA_INT, INFO_MSGMAP_OFFSET, counts ? cut(info.messages()) : SystemInfo.MSGMAP);
        into.set(JAVA_INT, INFO_MSGMAX_OFFSET, cut(info.limits().msgmax()));
        into.set(JAVA_INT, INFO_MSGMNB_OFFSET, cut(info.limits().msgmnb()));
        into.set(JAVA_INT, INFO_MSGMNI_OFFSET, cut(info.limits().msgmni()));
        into.set(JAVA_INT, INFO_MSGSSZ_OFFSET, SystemInfo.MSGSSZ);
        into.set(JAVA_INT, INFO_MSGTQL_OFFSET, counts ? cut(info.bytes()) : SystemInfo.MSGTQL);
        into.set(JAVA_SHORT, INFO_MSGSEG_OFFSET, (short) SystemInfo.MSGSEG);
    }

    private static int cut(long value) {
        return (int) Math.min(value, Integer.MAX_VALUE);
    }
}
