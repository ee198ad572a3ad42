package dev.msqd.bench.jmh;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs a sender to put a message into a queue, in nanoseconds, at a steady state.
 *
 * <p><b>What is measured.</b> An invocation sends {@value OneThread#BATCH} messages with the peer's ordinary call that does not
 * wait, and the time divided by that is the score. After each invocation the same thread receives and checks
 * all of them, which is not measured. So every invocation begins with an empty queue whose memory this core used a
 * moment ago, nothing but Chronicle Queue's file grows, and whatever a sender has to do now and then is in the score at
 * its true frequency: msqd moving to another segment, the ring turning round, the kernel allocating each message,
 * Chronicle Queue mapping the next piece of its file.
 *
 * <p><b>Why it is fair.</b> All peers are driven by the same loop, copy the same bytes out of the caller's buffer,
 * number the messages, and are emptied in the same way. Whatever a peer puts off until the message is received does not show here,
 * such as the ring's and msqd's zeroing of used memory: that is what {@link SendReceivePairBenchmark} is for.
 *
 * <p><b>What emptying in between costs the score.</b> JMH reads the clock twice an invocation then, about 50 ns, which
 * is less than half a nanosecond a message. The processor meets each batch with its branch predictors trained for
 * receiving; that is the same for all.
 *
 * <p>Chronicle Queue is here for scale, not as a rival: it writes a file on disk, though without waiting for the disk,
 * and keeps what was read.
 */
@OperationsPerInvocation(OneThread.BATCH)
public class HotEnqueueBenchmark extends PeerBenchmark {
    @Benchmark
    public void send(Emptied queue) {
        for (int i = 0; i < OneThread.BATCH; i++) {
            queue.sendNext();
        }
    }

    /** Received from after each invocation. */
    public static class Emptied extends OneThread {
        @TearDown(Level.Invocation)
        public void empty() {
            receiveAll();
        }
    }
}
