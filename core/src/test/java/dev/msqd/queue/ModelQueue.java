package dev.msqd.queue;

import java.util.ArrayList;
import java.util.List;

/** A System V message queue, as simple as can be: what the real one is compared with. */
final class ModelQueue {
    private final List<Message> messages = new ArrayList<>();
    long qbytes;
    int lspid;
    int lrpid;

    ModelQueue(long qbytes) {
        this.qbytes = qbytes;
    }

    /** R21: null if it does not fit. It takes its place and its room now, and is a message when it is committed. */
    Message claim(long mtype, byte[] payload) {
        if (bytes() + payload.length > qbytes || messages.size() + 1 > qbytes) {
            return null;
        }
        Message message = new Message(mtype, payload);
        messages.add(message);
        return message;
    }

    /** R33. */
    void commit(Message message, int pid) {
        message.committed = true;
        lspid = pid;
    }

    void abort(Message message) {
        messages.remove(message);
    }

    /** R38-R40: the message that msgrcv would take, or null. */
    Message first(long msgtyp, boolean except) {
        long highest = msgtyp == Long.MIN_VALUE ? Long.MAX_VALUE : -msgtyp;
        Message lowest = null;
        for (Message message : messages) {
            if (!message.isAvailable()) {
                continue;
            }
            if (msgtyp == 0 || (msgtyp > 0 && (message.mtype == msgtyp) != except)) {
                return message;
            }
            if (msgtyp < 0 && message.mtype <= highest && (lowest == null || message.mtype < lowest.mtype)) {
                lowest = message;
            }
        }
        return lowest;
    }

    /** R44: null past the end. */
    Message at(long index) {
        return messages.stream().filter(Message::isAvailable).skip(index).findFirst().orElse(null);
    }

    /** R58. */
    void consume(Message message, int pid) {
        messages.remove(message);
        lrpid = pid;
    }

    long bytes() {
        return messages.stream().mapToLong(message -> message.payload.length).sum();
    }

    long count() {
        return messages.size();
    }

    long available() {
        return messages.stream().filter(Message::isAvailable).count();
    }

    static final class Message {
        final long mtype;
        final byte[] payload;
        boolean committed;
        /** Somebody has it in hand: it counts, but nobody else can have it. */
        boolean held;

        Message(long mtype, byte[] payload) {
            this.mtype = mtype;
            this.payload = payload;
        }

        boolean isAvailable() {
            return committed && !held;
        }

        @Override
        public String toString() {
            return "type " + mtype + ", " + payload.length + " bytes";
        }
    }
}
