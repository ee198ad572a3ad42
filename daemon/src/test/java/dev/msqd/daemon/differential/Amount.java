package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import java.util.Locale;

/** A number of bytes, said in terms of what is known only when the step is reached: so that programs find the edges. */
record Amount(Base base, long offset) {
    /** What the offset is added to. */
    enum Base {
        NOTHING,
        /** The longest message. */
        MSGMAX,
        /** The limit of a new queue. */
        MSGMNB,
        /** The limit of the queue. */
        QBYTES,
        /** What fits the queue as it is, and the longest message at most. */
        SPACE,
        /** What is in the queue. */
        QUEUED
    }

    static Amount of(long bytes) {
        return new Amount(Base.NOTHING, bytes);
    }

    /** The number as it is now; of a queue that is not there, of one that is empty and takes nothing. */
    Amount settled(Scene scene, QueueRef ref) {
        MsqidDs queue = scene.queue(ref);
        long qbytes = queue == null ? 0 : queue.qbytes();
        long queued = queue == null ? 0 : queue.cbytes();
        return switch (base) {
            case NOTHING -> this;
            case MSGMAX -> of(scene.limit(SystemLimit.MSGMAX) + offset);
            case MSGMNB -> of(scene.limit(SystemLimit.MSGMNB) + offset);
            case QBYTES -> of(qbytes + offset);
            case SPACE -> of(Math.clamp(qbytes - queued + offset, 0, scene.limit(SystemLimit.MSGMAX)));
            case QUEUED -> of(Math.max(queued + offset, 0));
        };
    }

    /** Of a settled amount. */
    long bytes() {
        if (base != Base.NOTHING) {
            throw new IllegalStateException(this + " is not settled");
        }
        return offset;
    }

    @Override
    public String toString() {
        return base == Base.NOTHING ? number(offset) : base.name().toLowerCase(Locale.ROOT)
            + (offset == 0 ? "" : offset > 0 ? "+" + offset : offset);
    }

    /** With names for those that nobody reads otherwise. */
    static String number(long value) {
        if (value == Long.MAX_VALUE) {
            return "LONG_MAX";
        }
        if (value == Long.MIN_VALUE) {
            return "LONG_MIN";
        }
        if (value == Integer.MAX_VALUE) {
            return "INT_MAX";
        }
        return value == Integer.MAX_VALUE + 1L ? "INT_MAX+1" : Long.toString(value);
    }
}
