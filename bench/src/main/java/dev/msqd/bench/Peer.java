package dev.msqd.bench;

import java.io.IOException;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A queue with both of its ends in one thread.
 *
 * <p>A message has 64 bytes and begins with its number. Sending copies it out of a buffer of the caller's, receiving
 * copies it into one, for every peer, because that is what msgsnd and msgrcv do. Each message received is checked to be
 * the next one.
 */
@State(Scope.Thread)
public abstract class Peer {
    static final int MESSAGE_LENGTH = 64;
    static final int NUMBER_OFFSET = 0;

    /** What a queue holds, in bytes of text: Linux's default msgmnb, for all peers that have such a limit. */
    static final int QBYTES = 16 * 1024;
    /** msqd's default segment length; the ring has the same size, so that both walk through equally much memory. */
    static final int SEGMENT_LENGTH = 256 * 1024;

    /** {@link #receive}: no message. */
    static final long NONE = -1;

    private long sent;
    private long received;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        open();
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        close();
    }

    abstract void open() throws IOException;

    abstract void close() throws IOException;

    /** Sends one message, without waiting; false if there is no room. */
    abstract boolean send(long number);

    /** Receives one message, without waiting: its number, or {@link #NONE}. */
    abstract long receive();

    /** Room for a message, in native memory as the kernel wants it. */
    static UnsafeBuffer newBuffer() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(MESSAGE_LENGTH, Long.BYTES));
    }

    final void sendNext() {
        accepted(send(sent));
    }

    final void accepted(boolean accepted) {
        if (!accepted) {
            throw new IllegalStateException("message " + sent + " was refused when " + received + " were received");
        }
        sent++;
    }

    /** Number of the message that is sent next. */
    final long next() {
        return sent;
    }

    final void receiveNext() {
        long number = receive();
        if (number != received) {
            throw new IllegalStateException("received message " + number + " instead of " + received);
        }
        received++;
    }

    final void receiveAll() {
        while (received < sent) {
            receiveNext();
        }
    }
}
