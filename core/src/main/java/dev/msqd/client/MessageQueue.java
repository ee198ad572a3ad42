package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.queue.Browser;
import dev.msqd.queue.Caller;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.Sender;
import dev.msqd.queue.SystemLimits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * A queue, as one thread at a time uses it. Each thread opens its own ({@link Msqd#open}).
 *
 * <p>Nothing is allocated by a call that neither sleeps on a virtual thread nor fails. All calls throw {@link ErrnoException}:
 * EINVAL once the queue is removed or this object closed, EACCES without the right (R24), EIDRM when the queue is removed while
 * the call sleeps, EINTR when the thread is interrupted asleep (its interrupt flag is cleared), EIO when the log is damaged.
 *
 * <p>{@link #close} may come from another thread: a call that sleeps fails then with EINVAL. It must not come at the very moment
 * at which another thread begins a call.
 */
public final class MessageQueue implements AutoCloseable {
    /** What the calls that return a length return when there is no message. */
    public static final int NONE = -1;

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long UNTRACED = 0;

    private final Msqd msqd;
    private final Endpoint endpoint;
    private final Sender sender;
    private final Receiver receiver;
    private final int msqid;
    private final SystemLimits system;
    private final UnsafeBuffer wrapped = new UnsafeBuffer(0, 0);
    private long receivedType;
    private long readStartNs = UNTRACED;

    MessageQueue(Msqd msqd, Endpoint endpoint) {
        this.msqd = msqd;
        this.endpoint = endpoint;
        this.sender = endpoint.sender();
        this.receiver = endpoint.receiver();
        this.msqid = endpoint.memory().state().msqid();
        this.system = endpoint.system();
    }

    public int msqid() {
        return msqid;
    }

    /** Longest message in bytes: msgmax as it is now, 512 MiB at most. */
    public int maxMessageLength() {
        return sender.maxMessageLength();
    }

    /** Bytes and messages may each reach this (R21). */
    public long qbytes() {
        return endpoint.memory().state().qbytes();
    }

    /** Is the queue gone (IPC_RMID)? */
    public boolean isRemoved() {
        return endpoint.memory().state().removed();
    }

    /** Whether a send found no room last because of the messages on all queues together, not for want of room here (R78). */
    public boolean refusedByMsgtql() {
        return sender.tooManyMessages();
    }

    // ---- send

    /**
     * Sends a message, and waits for room as long as it takes.
     *
     * @param mtype  1 to Long.MAX_VALUE (R18)
     * @param length 0 to {@link #maxMessageLength} bytes (R19, R20)
     * @throws ErrnoException also EINVAL for mtype or length, ENOMEM when the hot directory is full
     */
    public void send(long mtype, DirectBuffer src, int offset, int length) {
        send(mtype, src, offset, length, FOREVER);
    }

    /** The same, waiting for a time at most; false if there was no room in that time. */
    public boolean send(long mtype, DirectBuffer src, int offset, int length, long timeout, TimeUnit unit) {
        return send(mtype, src, offset, length, timeoutNs(timeout, unit));
    }

    /** The same without waiting: false if there is no room now, where C says EAGAIN. */
    public boolean trySend(long mtype, DirectBuffer src, int offset, int length) {
        return send(mtype, src, offset, length, 0);
    }

    public void send(long mtype, byte[] src, int offset, int length) {
        send(mtype, wrap(src, offset, length), 0, length, FOREVER);
    }

    public boolean send(long mtype, byte[] src, int offset, int length, long timeout, TimeUnit unit) {
        return send(mtype, wrap(src, offset, length), 0, length, timeoutNs(timeout, unit));
    }

    public boolean trySend(long mtype, byte[] src, int offset, int length) {
        return send(mtype, wrap(src, offset, length), 0, length, 0);
    }

    /** Sends what remains in the buffer; its position stays. */
    public void send(long mtype, ByteBuffer src) {
        wrapped.wrap(src, src.position(), src.remaining());
        send(mtype, wrapped, 0, src.remaining(), FOREVER);
    }

    public boolean trySend(long mtype, ByteBuffer src) {
        wrapped.wrap(src, src.position(), src.remaining());
        return send(mtype, wrapped, 0, src.remaining(), 0);
    }

    /** Sends the whole segment. */
    public void send(long mtype, MemorySegment src) {
        wrapToSend(src);
        send(mtype, wrapped, 0, wrapped.capacity(), FOREVER);
    }

    public boolean trySend(long mtype, MemorySegment src) {
        wrapToSend(src);
        return send(mtype, wrapped, 0, wrapped.capacity(), 0);
    }

    /**
     * Sends without waiting for the disk: as {@link #send}, but on a queue of level sync the message is on disk, or received, only when
     * {@link #sync} has returned. One sync for many messages costs little more than for one. If this process or the machine dies before, each of them
     * is there once or not at all.
     */
    public void sendUnsynced(long mtype, DirectBuffer src, int offset, int length) {
        sendUnsynced(mtype, src, offset, length, FOREVER);
    }

    /** The same without waiting for room: false if there is none now. */
    public boolean trySendUnsynced(long mtype, DirectBuffer src, int offset, int length) {
        return sendUnsynced(mtype, src, offset, length, 0);
    }

    private boolean sendUnsynced(long mtype, DirectBuffer src, int offset, int length, long timeoutNs) {
        sender.unsynced(true);
        try {
            return send(mtype, src, offset, length, timeoutNs);
        } finally {
            sender.unsynced(false);
        }
    }

    /**
     * Waits until all that this object sent with {@link #sendUnsynced} is on disk, or received. On queues of other levels it does nothing.
     *
     * @throws ErrnoException also EIO, ENOSPC and others where the log on disk can't be written: then what was sent is still queued, and may be
     *                        lost with the machine
     */
    public void sync() {
        sender.sync();
    }

    // ---- send in place

    /**
     * Claims room for a message that is then written in place. It counts against the queue's limit at once and is a message
     * when it is committed. Until then the receivers pass it by.
     *
     * @param claim is wrapped around the room
     * @return false if there is no room now, or the segment is full while another claim is open
     * @throws ErrnoException as {@link #send}
     */
    public boolean tryClaim(long mtype, int length, MessageClaim claim) {
        long where = tryClaim(mtype, length);
        if (where < 0) {
            return false;
        }
        try {
            claim.wrap(this, endpoint.memory().segment(place(where)), (int) where, length);
        } catch (Throwable e) {
            abort((int) where);
            throw e;
        }
        return true;
    }

    /** Place in the high half, payload's offset in that place's segment in the low half; negative if there is no room. */
    long tryClaim(long mtype, int length) {
        return system.isTraced() ? tryClaimTraced(mtype, length) : sender.tryClaim(mtype, length);
    }

    static int place(long where) {
        return (int) (where >>> Integer.SIZE);
    }

    void commit(int payloadOffset) {
        if (system.isTraced()) {
            commitTraced(payloadOffset);
        } else {
            sender.commit(payloadOffset);
        }
    }

    void abort(int payloadOffset) {
        sender.abort(payloadOffset);
    }

    // ---- receive

    /**
     * Receives a message, and waits for one as long as it takes.
     *
     * @param maxLength room in bytes
     * @return length of the message in bytes; its type is {@link #receivedType}
     * @throws ErrnoException also E2BIG when the message that comes first is longer than the room: it keeps its place (R41)
     */
    public int receive(Selector selector, MutableDirectBuffer dst, int offset, int maxLength) {
        return receive(selector, dst, offset, maxLength, FOREVER);
    }

    /** The same, waiting for a time at most; {@link #NONE} if there was no message in that time. */
    public int receive(Selector selector, MutableDirectBuffer dst, int offset, int maxLength, long timeout,
        TimeUnit unit) {
        return receive(selector, dst, offset, maxLength, timeoutNs(timeout, unit));
    }

    /** The same without waiting: {@link #NONE} if there is no message now, where C says ENOMSG. */
    public int tryReceive(Selector selector, MutableDirectBuffer dst, int offset, int maxLength) {
        return receive(selector, dst, offset, maxLength, 0);
    }

    public int receive(Selector selector, byte[] dst, int offset, int maxLength) {
        return receive(selector, wrap(dst, offset, maxLength), 0, maxLength, FOREVER);
    }

    public int receive(Selector selector, byte[] dst, int offset, int maxLength, long timeout, TimeUnit unit) {
        return receive(selector, wrap(dst, offset, maxLength), 0, maxLength, timeoutNs(timeout, unit));
    }

    public int tryReceive(Selector selector, byte[] dst, int offset, int maxLength) {
        return receive(selector, wrap(dst, offset, maxLength), 0, maxLength, 0);
    }

    /** Receives into what remains of the buffer; its position moves past the message. */
    public int receive(Selector selector, ByteBuffer dst) {
        return advance(dst, receive(selector, wrap(dst), 0, dst.remaining(), FOREVER));
    }

    public int tryReceive(Selector selector, ByteBuffer dst) {
        return advance(dst, receive(selector, wrap(dst), 0, dst.remaining(), 0));
    }

    /** Receives into the segment, from its beginning. */
    public int receive(Selector selector, MemorySegment dst) {
        wrapToReceive(dst);
        return receive(selector, wrapped, 0, wrapped.capacity(), FOREVER);
    }

    public int tryReceive(Selector selector, MemorySegment dst) {
        wrapToReceive(dst);
        return receive(selector, wrapped, 0, wrapped.capacity(), 0);
    }

    /** mtype of the message received last. */
    public long receivedType() {
        return receivedType;
    }

    // ---- receive in place

    /**
     * Has a message of a length read where it lies, and waits for one as long as it takes.
     *
     * @throws ErrnoException also E2BIG when the message that comes first is longer: it keeps its place (R41)
     */
    public void receive(Selector selector, int maxLength, MessageHandler handler) {
        receive(selector, maxLength, handler, FOREVER);
    }

    /** The same without waiting; false if there is no message now. */
    public boolean tryReceive(Selector selector, int maxLength, MessageHandler handler) {
        return receive(selector, maxLength, handler, 0);
    }

    /** Has a message read where it lies, and waits for one as long as it takes. */
    public void receive(Selector selector, MessageHandler handler) {
        receive(selector, Integer.MAX_VALUE, handler, FOREVER);
    }

    /** The same, waiting for a time at most; false if there was no message in that time. */
    public boolean receive(Selector selector, MessageHandler handler, long timeout, TimeUnit unit) {
        return receive(selector, Integer.MAX_VALUE, handler, timeoutNs(timeout, unit));
    }

    /** The same without waiting; false if there is no message now. */
    public boolean tryReceive(Selector selector, MessageHandler handler) {
        return receive(selector, Integer.MAX_VALUE, handler, 0);
    }

    /**
     * Has the message read that has {@code index} others before it; it stays (MSG_COPY, R44).
     *
     * @return false if there are not so many
     */
    public boolean browse(long index, MessageHandler handler) {
        return system.isTraced() ? browseTraced(index, handler) : browseUntraced(index, handler);
    }

    boolean browseUntraced(long index, MessageHandler handler) {
        if (receiver.browse(index) == Receiver.NONE) {
            return false;
        }
        handler.onMessage(receiver.mtype(), receiver.buffer(), receiver.offset(), receiver.length());
        return true;
    }

    /**
     * Has the messages read that are queued now, in their order; they stay (MSG_COPY, R44). It is one walk, however many there are.
     *
     * @param wanted of which types; {@link Selector#upTo} means all of these types
     * @param max    how many at most
     * @return how many there were
     * @throws IllegalStateException if the browser uses this object
     */
    public long browse(Selector wanted, long max, Browser browser) {
        return receiver.browse(wanted, max, browser);
    }

    /**
     * The queue as a ring buffer of Agrona's, for code that was written for those. It may be used by many threads: each that
     * comes gets an endpoint of its own, until this queue is closed.
     */
    public RingBuffer asRingBuffer() {
        return new QueueRingBuffer(msqd, this);
    }

    /** For whom the calls are made from now on, if not for this process. Between two calls. */
    public void actFor(Caller caller) {
        endpoint.actFor(caller);
    }

    /** What is open is settled: claims are given up. A second time it does nothing. */
    @Override
    public void close() {
        endpoint.close();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    private boolean send(long mtype, DirectBuffer src, int offset, int length, long timeoutNs) {
        return system.isTraced() ? sendTraced(mtype, src, offset, length, timeoutNs)
            : sender.send(mtype, src, offset, length, timeoutNs);
    }

    /** For {@link SysV}, which tells of the call itself. */
    boolean sendUntraced(long mtype, byte[] src, int length, boolean wait) {
        return sender.send(mtype, wrap(src, 0, length), 0, length, wait ? FOREVER : 0);
    }

    private int receive(Selector selector, MutableDirectBuffer dst, int offset, int maxLength, long timeoutNs) {
        return system.isTraced() ? receiveTraced(selector, dst, offset, maxLength, timeoutNs)
            : receiveUntraced(selector, dst, offset, maxLength, timeoutNs);
    }

    private int receiveUntraced(Selector selector, MutableDirectBuffer dst, int offset, int maxLength,
        long timeoutNs) {
        if (maxLength < 0) {
            throw new ErrnoException(Errno.EINVAL, "room for " + maxLength + " bytes");
        }
        while (true) {
            int taken = receiver.receive(selector, dst, offset, maxLength, timeoutNs);
            if (taken == Receiver.RECEIVED) {
                receivedType = receiver.mtype();
                return receiver.length();
            }
            if (taken == Receiver.NONE) {
                return NONE;
            }
            checkRoom(taken, maxLength);
            int length = receiver.length();
            long mtype = receiver.mtype();
            try {
                dst.putBytes(offset, receiver.buffer(), receiver.offset(), length);
            } catch (Throwable e) {
                // R36: where the kernel destroys a message that can't be copied out, it goes back to its place.
                receiver.giveBack();
                throw e;
            }
            if (receiver.consume()) {
                receivedType = mtype;
                return length;
            }
        }
    }

    private boolean receive(Selector selector, int maxLength, MessageHandler handler, long timeoutNs) {
        return system.isTraced() ? receiveTraced(selector, maxLength, handler, timeoutNs)
            : receiveUntraced(selector, maxLength, handler, timeoutNs);
    }

    private boolean receiveUntraced(Selector selector, int maxLength, MessageHandler handler, long timeoutNs) {
        while (true) {
            int taken = receiver.take(selector, maxLength, timeoutNs);
            if (taken == Receiver.NONE) {
                return false;
            }
            checkRoom(taken, maxLength);
            long mtype = receiver.mtype();
            try {
                handler.onMessage(mtype, receiver.buffer(), receiver.offset(), receiver.length());
            } catch (Throwable e) {
                receiver.giveBack();
                throw e;
            }
            if (receiver.consume()) {
                receivedType = mtype;
                return true;
            }
        }
    }

    private void checkRoom(int taken, int maxLength) {
        if (taken == Receiver.TOO_LONG) {
            throw new ErrnoException(Errno.E2BIG,
                "the next message of queue " + msqid + " is longer than the room of " + maxLength + " bytes");
        }
    }

    // ---- the same while somebody traces

    private boolean sendTraced(long mtype, DirectBuffer src, int offset, int length, long timeoutNs) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        try {
            boolean sent = sender.send(mtype, src, offset, length, timeoutNs);
            returnValue = sent ? 0 : -Errno.EAGAIN;
            return sent;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.sent(startNs, returnValue, msqid, returnValue < 0 ? 0 : sender.sentPosition(length), length,
                flags(timeoutNs));
        }
    }

    /** A claim that fails is a msgsnd that fails; one that succeeds is none before it is committed. */
    private long tryClaimTraced(long mtype, int length) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        try {
            long where = sender.tryClaim(mtype, length);
            returnValue = where < 0 ? -Errno.EAGAIN : 0;
            return where;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            if (returnValue < 0) {
                trace.sent(startNs, returnValue, msqid, 0, length, SysV.IPC_NOWAIT);
            }
        }
    }

    private void commitTraced(int payloadOffset) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long position = sender.claimedPosition(payloadOffset);
        int length = sender.claimedLength(payloadOffset);
        long returnValue = CallTrace.FAILED;
        try {
            sender.commit(payloadOffset);
            returnValue = 0;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.sent(startNs, returnValue, msqid, position, length, SysV.IPC_NOWAIT);
        }
    }

    private int receiveTraced(Selector selector, MutableDirectBuffer dst, int offset, int maxLength, long timeoutNs) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        try {
            int length = receiveUntraced(selector, dst, offset, maxLength, timeoutNs);
            returnValue = length == NONE ? -Errno.ENOMSG : length;
            return length;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.received(startNs, returnValue, msqid, returnValue < 0 ? 0 : receiver.position(), maxLength, selector,
                flags(timeoutNs));
        }
    }

    private boolean receiveTraced(Selector selector, int maxLength, MessageHandler handler, long timeoutNs) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        try {
            boolean received = receiveUntraced(selector, maxLength, handler, timeoutNs);
            returnValue = received ? receiver.length() : -Errno.ENOMSG;
            return received;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.received(startNs, returnValue, msqid, returnValue < 0 ? 0 : receiver.position(), maxLength,
                selector, flags(timeoutNs));
        }
    }

    private boolean browseTraced(long index, MessageHandler handler) {
        CallTrace trace = msqd.trace();
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        try {
            boolean found = browseUntraced(index, handler);
            returnValue = found ? receiver.length() : -Errno.ENOMSG;
            return found;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.received(startNs, returnValue, msqid, returnValue < 0 ? 0 : receiver.position(), Integer.MAX_VALUE,
                index, SysV.MSG_COPY | SysV.IPC_NOWAIT);
        }
    }

    /** A ring buffer's read begins, which is a msgrcv of any type that does not wait. */
    void beginReceive() {
        readStartNs = system.isTraced() ? msqd.trace().now() : UNTRACED;
    }

    /** The read that began last is over, unless its message went back to its place. */
    void tellReceived(long returnValue) {
        if (readStartNs != UNTRACED) {
            msqd.trace().received(readStartNs, returnValue, msqid, returnValue < 0 ? 0 : receiver.position(),
                Integer.MAX_VALUE, Selector.any(), SysV.IPC_NOWAIT);
        }
    }

    private static int flags(long timeoutNs) {
        return timeoutNs == 0 ? SysV.IPC_NOWAIT : 0;
    }

    private UnsafeBuffer wrap(ByteBuffer buffer) {
        if (buffer.isReadOnly()) {
            throw new ErrnoException(Errno.EFAULT, "the buffer to receive into is read-only");
        }
        wrapped.wrap(buffer, buffer.position(), buffer.remaining());
        return wrapped;
    }

    private static int advance(ByteBuffer buffer, int length) {
        if (length != NONE) {
            buffer.position(buffer.position() + length);
        }
        return length;
    }

    private UnsafeBuffer wrap(byte[] array, int offset, int length) {
        if (length < 0) {
            throw new ErrnoException(Errno.EINVAL, "a length of " + length + " bytes");
        }
        wrapped.wrap(array, offset, length);
        return wrapped;
    }

    private void wrapToSend(MemorySegment segment) {
        if (!wrap(segment)) {
            wrapped.wrap(segment.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private void wrapToReceive(MemorySegment segment) {
        if (segment.isReadOnly() || !wrap(segment)) {
            throw new ErrnoException(Errno.EFAULT,
                "the memory segment to receive into is read-only, or on the heap and not"
                    + " of a byte[]");
        }
    }

    /** False for what can only be copied: what is on the heap, but not a writable byte[]. */
    private boolean wrap(MemorySegment segment) {
        if (segment.byteSize() > Integer.MAX_VALUE) {
            throw new ErrnoException(Errno.EINVAL, "memory segment of " + segment.byteSize() + " bytes");
        }
        if (!segment.scope().isAlive()) {
            throw new ErrnoException(Errno.EFAULT, "the memory segment's arena is closed");
        }
        int length = (int) segment.byteSize();
        if (segment.isNative()) {
            wrapped.wrap(segment.address(), length);
            return true;
        }
        if (segment.heapBase().orElse(null) instanceof byte[] bytes) {
            wrapped.wrap(bytes, (int) segment.address(), length);
            return true;
        }
        return false;
    }

    private static long timeoutNs(long timeout, TimeUnit unit) {
        // The longest time is for ever; a little less is as good.
        return Math.clamp(unit.toNanos(timeout), 0, FOREVER - 1);
    }
}
