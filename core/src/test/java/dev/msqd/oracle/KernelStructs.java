package dev.msqd.oracle;

/** The structures of msgop(2) and msgctl(2) for 64-bit little-endian Linux, as the kernel reads and writes them. */
final class KernelStructs {

    // struct msgbuf
    //
    //   0                               8
    //  +-------------------------------+-------------------------------
    //  | mtype                         | mtext ...
    //  +-------------------------------+-------------------------------

    static final int MSGBUF_MTYPE_OFFSET = 0;
    static final int MSGBUF_MTEXT_OFFSET = MSGBUF_MTYPE_OFFSET + Long.BYTES;

    // struct msqid_ds
    //
    //   0               4               8              12              16
    //  +---------------+---------------+---------------+---------------+
    //  | key           | uid           | gid           | cuid          |
    //  +---------------+---------------+---------------+---------------+ 32
    //  | cgid          | mode          | seq           | (padding)     |
    //  +---------------+---------------+---------------+---------------+ 48
    //  | (unused)                      | (unused)                      |
    //  +-------------------------------+-------------------------------+ 64
    //  | stime                         | rtime                         |
    //  +-------------------------------+-------------------------------+ 80
    //  | ctime                         | cbytes                        |
    //  +-------------------------------+-------------------------------+ 96
    //  | qnum                          | qbytes                        |
    //  +---------------+---------------+-------------------------------+ 112
    //  | lspid         | lrpid         | (unused)                      |
    //  +---------------+---------------+-------------------------------+
    //  | (unused)                      |
    //  +-------------------------------+ 120

    static final int MSQID_DS_KEY_OFFSET = 0;
    static final int MSQID_DS_UID_OFFSET = MSQID_DS_KEY_OFFSET + Integer.BYTES;
    static final int MSQID_DS_GID_OFFSET = MSQID_DS_UID_OFFSET + Integer.BYTES;
    static final int MSQID_DS_CUID_OFFSET = MSQID_DS_GID_OFFSET + Integer.BYTES;
    static final int MSQID_DS_CGID_OFFSET = MSQID_DS_CUID_OFFSET + Integer.BYTES;
    static final int MSQID_DS_MODE_OFFSET = MSQID_DS_CGID_OFFSET + Integer.BYTES;
    static final int MSQID_DS_SEQ_OFFSET = MSQID_DS_MODE_OFFSET + Integer.BYTES;
    static final int MSQID_DS_STIME_OFFSET = MSQID_DS_SEQ_OFFSET + 3 * Long.BYTES;
    static final int MSQID_DS_RTIME_OFFSET = MSQID_DS_STIME_OFFSET + Long.BYTES;
    static final int MSQID_DS_CTIME_OFFSET = MSQID_DS_RTIME_OFFSET + Long.BYTES;
    static final int MSQID_DS_CBYTES_OFFSET = MSQID_DS_CTIME_OFFSET + Long.BYTES;
    static final int MSQID_DS_QNUM_OFFSET = MSQID_DS_CBYTES_OFFSET + Long.BYTES;
    static final int MSQID_DS_QBYTES_OFFSET = MSQID_DS_QNUM_OFFSET + Long.BYTES;
    static final int MSQID_DS_LSPID_OFFSET = MSQID_DS_QBYTES_OFFSET + Long.BYTES;
    static final int MSQID_DS_LRPID_OFFSET = MSQID_DS_LSPID_OFFSET + Integer.BYTES;
    static final int MSQID_DS_LENGTH = MSQID_DS_LRPID_OFFSET + Integer.BYTES + 2 * Long.BYTES;

    // struct msginfo
    //
    //   0               4               8              12              16
    //  +---------------+---------------+---------------+---------------+
    //  | msgpool       | msgmap        | msgmax        | msgmnb        |
    //  +---------------+---------------+---------------+-------+-------+ 32
    //  | msgmni        | msgssz        | msgtql        | msgseg| (pad) |
    //  +---------------+---------------+---------------+-------+-------+

    static final int MSGINFO_MSGPOOL_OFFSET = 0;
    static final int MSGINFO_MSGMAP_OFFSET = MSGINFO_MSGPOOL_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGMAX_OFFSET = MSGINFO_MSGMAP_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGMNB_OFFSET = MSGINFO_MSGMAX_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGMNI_OFFSET = MSGINFO_MSGMNB_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGSSZ_OFFSET = MSGINFO_MSGMNI_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGTQL_OFFSET = MSGINFO_MSGSSZ_OFFSET + Integer.BYTES;
    static final int MSGINFO_MSGSEG_OFFSET = MSGINFO_MSGTQL_OFFSET + Integer.BYTES;
    static final int MSGINFO_LENGTH = MSGINFO_MSGSEG_OFFSET + Integer.BYTES;

    private KernelStructs() {}
}
