package dev.msqd.client.control;

/**
 * What IPC_INFO and MSG_INFO tell (R70, R71).
 *
 * @param limits       the limits as they are now
 * @param highestIndex highest table index in use, 0 if none (R70)
 * @param queues       queues there are
 * @param messages     messages on all of them
 * @param bytes        bytes of these messages
 */
public record SystemInfo(Limits limits, int highestIndex, long queues, long messages, long bytes) {
    /** IPC_INFO's msgpool: a constant of Linux (R71), as the four that follow. */
    public static final int MSGPOOL = 512_000;
    /** IPC_INFO's msgmap. */
    public static final int MSGMAP = 16_384;
    /** IPC_INFO's msgssz. */
    public static final int MSGSSZ = 16;
    /** IPC_INFO's msgtql: what Linux reports without enforcing it; {@link Limits#msgtql()} is what msqd enforces. */
    public static final int MSGTQL = 16_384;
    /** IPC_INFO's msgseg. */
    public static final int MSGSEG = 65_535;
}
