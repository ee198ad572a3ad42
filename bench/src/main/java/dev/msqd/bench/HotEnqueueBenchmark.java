package dev.msqd.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs a sender to put a message of 64 bytes into a queue, in nanoseconds, at a steady state.
 *
 * <p><b>What is measured.</b> An invocation sends {@value #BATCH} messages with the peer's ordinary call that does not
 * wait, and the time divided by {@value #BATCH} is the score. After each invocation the same thread receives and checks
 * all of them, which is not measured. So every invocation begins with an empty queue whose memory this core used a
 * moment ago, nothing but Chronicle Queue's file grows, and whatever a sender has to do now and then is in the score at
 * its true frequency: msqd moving to another segment, the ring turning round, the kernel allocating each message,
 * Chronicle Queue mapping the next piece of its file.
 *
 * <p><b>Why it is fair.</b> All peers are driven by the same loop, copy the same 64 bytes out of the caller's buffer,
 * number the messages, and are emptied in the same way. The kernel's queue holds two batches by default (msgmnb is 16
 * KiB), and msqd's queue has the same limit. Whatever a peer puts off until the message is received does not show here,
 * such as the ring's and msqd's zeroing of used memory: that is what {@link SendReceivePairBenchmark} is for.
 *
 * <p><b>What emptying in between costs the score.</b> JMH reads the clock twice an invocation then, about 50 ns, which
 * is less than half a nanosecond a message. The processor meets each batch with its branch predictors trained for
 * receiving; that is the same for all.
 *
 * <p>Chronicle Queue is here for scale, not as a rival: it writes a file on disk, though without waiting for the disk,
 * and keeps what was read.
 */
@OperationsPerInvocation(HotEnqueueBenchmark.BATCH)
public class HotEnqueueBenchmark extends PeerBenchmark {
    static final int BATCH = 128;

    /** {@code Sender.send} without waiting: what {@code MessageQueue.trySend} calls after checking its arguments. */
    @Benchmark
    public void msqd(Msqd peer) {
        for (int i = 0; i < BATCH; i++) {
            peer.sendNext();
        }
    }

    /** Claim, write in place, commit. */
    @Benchmark
    public void msqdClaim(Msqd peer) {
        for (int i = 0; i < BATCH; i++) {
            peer.accepted(peer.sendClaimed(peer.next()));
        }
    }

    /** {@code ManyToOneRingBuffer.write}. */
    @Benchmark
    public void agronaManyToOne(Agrona peer) {
        for (int i = 0; i < BATCH; i++) {
            peer.sendNext();
        }
    }

    /** {@code ExcerptAppender.writeBytes}. */
    @Benchmark
    public void chronicleAppend(Chronicle peer) {
        for (int i = 0; i < BATCH; i++) {
            peer.sendNext();
        }
    }

    /** {@code msgsnd} with IPC_NOWAIT through java.lang.foreign, errno captured. */
    @Benchmark
    public void kernelMsgsnd(Kernel peer) {
        for (int i = 0; i < BATCH; i++) {
            peer.sendNext();
        }
    }

    public static class Msqd extends MsqdPeer {
        @TearDown(Level.Invocation)
        public void empty() {
            receiveAll();
        }
    }

    public static class Agrona extends AgronaPeer {
        @TearDown(Level.Invocation)
        public void empty() {
            receiveAll();
        }
    }

    public static class Chronicle extends ChroniclePeer {
        @TearDown(Level.Invocation)
        public void empty() {
            receiveAll();
        }
    }

    public static class Kernel extends KernelPeer {
        @TearDown(Level.Invocation)
        public void empty() {
            receiveAll();
        }
    }
}
