package dev.msqd.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to send a message and to receive it, selected by type, past 1,000 to 1,000,000 messages of another type: the
 * distribution of the time for both together. A call of the clock is part of each figure (about 25 ns).
 *
 * <p>The walk over the backlog that msqd's receiver makes once, before it keeps an index, is in the warm-up; so is whatever the kernel
 * has to make warm.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Threads(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(2)
public class SelectionBenchmark {
    @Benchmark
    public void msqd(Backlog.OfMsqd backlog) {
        backlog.send(Backlog.WANTED);
        backlog.receive();
    }

    @Benchmark
    public void kernel(Backlog.OfKernel backlog) {
        backlog.send(Backlog.WANTED);
        backlog.receive();
    }
}
