package dev.msqd.client.control;

/** Three ways to ask for a queue's state. The order is part of the protocol. */
public enum StatKind {
    /** IPC_STAT: by id, needs read permission (R60). */
    STAT,
    /** MSG_STAT: by table index, needs read permission (R72). */
    STAT_INDEX,
    /** MSG_STAT_ANY: by table index, open to everyone (R73). */
    STAT_ANY
}
