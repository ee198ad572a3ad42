package dev.msqd.daemon.cli;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * The demo's sending process. Each message carries its number and the time at which it was due, so that a sender held
 * up makes the messages behind it late instead of making them disappear from the statistics.
 */
@Command(name = "demo-sender", hidden = true, description = "The sending process of msqd demo.")
final class DemoSender implements Callable<Integer> {
    /**
     * A demo message: the rest of it is zeros.
     * <pre>
     *   0                8                16
     *  +----------------+----------------+----
     *  | number, from 0 | due, ns        | ...
     *  +----------------+----------------+----
     * </pre>
     */
    static final int NUMBER_OFFSET = 0;
    static final int DUE_NS_OFFSET = NUMBER_OFFSET + Long.BYTES;
    static final int MIN_LENGTH = DUE_NS_OFFSET + Long.BYTES;

    private static final double NS_PER_S = 1e9;
    /** Sleeping is only this exact; the rest of a pause is spun. */
    private static final long SPIN_NS = 100_000;
    private static final long LOOK_NS = 1_000_000;

    @ParentCommand
    private Main main;

    @Mixin
    private DemoOptions options;

    @Option(names = "--rate", required = true)
    private long rate;

    @Option(names = "--size", required = true)
    private int size;

    @Override
    public Integer call() {
        DemoPage shared = options.begin();
        try (Msqd msqd = main.connect(); MessageQueue messages = msqd.open(msqd.get(options.queue(), 0))) {
            UnsafeBuffer message = new UnsafeBuffer(new byte[size]);
            shared.set(DemoPage.SENDER_READY_OFFSET, 1);
            while (shared.get(DemoPage.START_OFFSET) == 0) {
                LockSupport.parkNanos(LOOK_NS);
            }
            long startNs = System.nanoTime();
            for (long number = 0; shared.get(DemoPage.STOP_OFFSET) == 0; number++) {
                message.putLong(NUMBER_OFFSET, number);
                message.putLong(DUE_NS_OFFSET, awaitTurn(startNs, number));
                messages.send(1, message, 0, size);
                shared.set(DemoPage.SENT_OFFSET, number + 1);
            }
        }
        return ExitStatus.OK;
    }

    /** When the message is due; returns then, or later if we are behind. */
    private long awaitTurn(long startNs, long number) {
        if (rate == 0) {
            return System.nanoTime();
        }
        long dueNs = startNs + (long) (number * (NS_PER_S / rate));
        for (long leftNs; (leftNs = dueNs - System.nanoTime()) > 0;) {
            if (leftNs > SPIN_NS) {
                LockSupport.parkNanos(leftNs - SPIN_NS);
            } else {
                Thread.onSpinWait();
            }
        }
        return dueNs;
    }
}
