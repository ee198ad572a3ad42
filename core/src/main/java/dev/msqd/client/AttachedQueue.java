package dev.msqd.client;

import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;

/** A queue's memory in this process, shared by all its endpoints, until the last one leaves. */
final class AttachedQueue {
    private final QueueMemory memory;
    private final SegmentChain chain;
    private int users;

    AttachedQueue(QueueMemory memory) {
        this.memory = memory;
        this.chain = new SegmentChain(memory);
    }

    SegmentChain chain() {
        return chain;
    }

    QueueMemory memory() {
        return memory;
    }

    void addUser() {
        users++;
    }

    /** True when it was the last one: the memory is to be closed. */
    boolean removeUser() {
        return --users == 0;
    }
}
