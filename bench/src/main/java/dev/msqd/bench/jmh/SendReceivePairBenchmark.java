package dev.msqd.bench.jmh;

import org.openjdk.jmh.annotations.Benchmark;

/**
 * What a message costs from end to end when nobody else is there: one thread sends it and receives it, in
 * nanoseconds for both together.
 *
 * <p>Nothing is left out: what a sender leaves for the receiver to do, or the receiver for the next sender, is done
 * within the same loop. It is the floor under any use of the queue, not a throughput: between two processes the memory
 * also travels from core to core.
 */
public class SendReceivePairBenchmark extends PeerBenchmark {
    @Benchmark
    public void pair(OneThread queue) {
        queue.sendNext();
        queue.receiveNext();
    }
}
