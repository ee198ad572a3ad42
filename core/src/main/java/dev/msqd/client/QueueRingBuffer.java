package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * A queue that looks like a ring buffer of Agrona's. What differs: nothing ever needs unblocking, liveness is the daemon's
 * concern, a message whose mtype has more than 31 bits shows {@link Integer#MAX_VALUE} as its type id, and one whose handler
 * throws is back in its place instead of being gone.
 */
final class QueueRingBuffer implements RingBuffer {
    private final Msqd msqd;
    private final MessageQueue queue;
    private final QueueMemory memory;
    private final Thread firstThread = Thread.currentThread();
    private final ThreadLocal<MessageQueue> others;

    QueueRingBuffer(Msqd msqd, MessageQueue queue) {
        this.msqd = msqd;
        this.queue = queue;
        this.memory = queue.endpoint().memory();
        this.others = ThreadLocal.withInitial(() -> msqd.open(queue.msqid()));
    }

    private MessageQueue mine() {
        return Thread.currentThread() == firstThread ? queue : others.get();
    }

    @Override
    public int capacity() {
        return (int) Math.min(queue.qbytes(), Integer.MAX_VALUE);
    }

    @Override
    public boolean write(int msgTypeId, DirectBuffer srcBuffer, int srcIndex, int length) {
        check(msgTypeId, length);
        return mine().trySend(msgTypeId, srcBuffer, srcIndex, length);
    }

    @Override
    public int tryClaim(int msgTypeId, int length) {
        check(msgTypeId, length);
        MessageQueue mine = mine();
        long where = mine.tryClaim(msgTypeId, length);
        if (where < 0) {
            return INSUFFICIENT_CAPACITY;
        }
        if (!memory.isInFirstWindow(MessageQueue.place(where))) {
            mine.abort((int) where);
            return INSUFFICIENT_CAPACITY;
        }
        return memory.windowOffset(MessageQueue.place(where)) + (int) where;
    }

    @Override
    public void commit(int index) {
        mine().commit(payloadOffset(index));
    }

    @Override
    public void abort(int index) {
        mine().abort(payloadOffset(index));
    }

    @Override
    public int read(MessageHandler handler) {
        return read(handler, Integer.MAX_VALUE);
    }

    @Override
    public int read(MessageHandler handler, int messageCountLimit) {
        MessageQueue mine = mine();
        Receiver receiver = mine.endpoint().receiver();
        int count = 0;
        while (count < messageCountLimit && take(mine, receiver)) {
            try {
                handler.onMessage(typeId(receiver.mtype()), receiver.buffer(), receiver.offset(), receiver.length());
            } catch (Throwable e) {
                receiver.giveBack();
                throw e;
            }
            if (receiver.consume()) {
                mine.tellReceived(receiver.length());
                count++;
            }
        }
        return count;
    }

    private static boolean take(MessageQueue mine, Receiver receiver) {
        mine.beginReceive();
        boolean taken = receiver.take(Selector.any(), Integer.MAX_VALUE, 0) == Receiver.TAKEN;
        if (!taken) {
            mine.tellReceived(-Errno.ENOMSG);
        }
        return taken;
    }

    @Override
    public int controlledRead(ControlledMessageHandler handler) {
        return controlledRead(handler, Integer.MAX_VALUE);
    }

    @Override
    public int controlledRead(ControlledMessageHandler handler, int messageCountLimit) {
        MessageQueue mine = mine();
        Receiver receiver = mine.endpoint().receiver();
        int count = 0;
        while (count < messageCountLimit && take(mine, receiver)) {
            ControlledMessageHandler.Action action;
            try {
                action = handler.onMessage(typeId(receiver.mtype()), receiver.buffer(), receiver.offset(),
                    receiver.length());
            } catch (Throwable e) {
                receiver.giveBack();
                throw e;
            }
            if (action == ControlledMessageHandler.Action.ABORT) {
                receiver.giveBack();
                return count;
            }
            if (receiver.consume()) {
                mine.tellReceived(receiver.length());
                count++;
            }
            if (action == ControlledMessageHandler.Action.BREAK) {
                return count;
            }
        }
        return count;
    }

    @Override
    public int maxMsgLength() {
        return queue.maxMessageLength();
    }

    @Override
    public long nextCorrelationId() {
        return memory.state().nextTicket();
    }

    @Override
    public AtomicBuffer buffer() {
        return memory.firstWindow();
    }

    /** A consumer's life is proved by its process, not by its heartbeat. */
    @Override
    public void consumerHeartbeatTime(long time) {
        // nothing to note
    }

    /** When a message was last received, in ms since the epoch; 0 if none was. */
    @Override
    public long consumerHeartbeatTime() {
        return TimeUnit.SECONDS.toMillis(memory.state().rtimeSeconds());
    }

    /** Bytes of the log up to its end, headers included. */
    @Override
    public long producerPosition() {
        return mine().endpoint().sender().endPosition();
    }

    /** {@link #producerPosition} less {@link #size}: what is queued may lie scattered. */
    @Override
    public long consumerPosition() {
        return producerPosition() - size();
    }

    /** Payload bytes queued. */
    @Override
    public int size() {
        return (int) Math.min(mine().endpoint().sender().queuedBytes(), Integer.MAX_VALUE);
    }

    /** False: a record of a dead sender stops nobody, and the daemon settles it. */
    @Override
    public boolean unblock() {
        return false;
    }

    private int payloadOffset(int index) {
        int recordOffset = (index - RecordDescriptor.HEADER_LENGTH) & (memory.segmentLength() - 1);
        return recordOffset + RecordDescriptor.HEADER_LENGTH;
    }

    private void check(int msgTypeId, int length) {
        if (msgTypeId < 1) {
            throw new IllegalArgumentException("message type id " + msgTypeId + " is not at least 1");
        }
        if (length < 0 || length > maxMsgLength()) {
            throw new IllegalArgumentException(
                "message of " + length + " bytes: the longest of this queue has " + maxMsgLength());
        }
    }

    private static int typeId(long mtype) {
        return (int) Math.min(mtype, Integer.MAX_VALUE);
    }
}
