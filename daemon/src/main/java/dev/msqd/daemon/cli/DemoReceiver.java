package dev.msqd.daemon.cli;

import dev.msqd.client.MessageHandler;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.util.BitSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.agrona.DirectBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * The demo's receiving process: ticks off every message by its number. It ends when it has as many as were sent, or
 * when none has come for a while after the last was sent.
 */
@Command(name = "demo-receiver", hidden = true, description = "The receiving process of msqd demo.")
final class DemoReceiver implements Callable<Integer> {
    private static final long LOOK_MS = 100;
    private static final int PATIENCE_LOOKS = 30;
    private static final int HISTOGRAM_DIGITS = 3;

    @ParentCommand
    private Main main;

    @Mixin
    private DemoOptions options;

    @Option(names = "--warm-up", required = true)
    private long warmUpMessages;

    private final Histogram latencyNs = new Histogram(HISTOGRAM_DIGITS);
    private final Histogram awayLatencyNs = new Histogram(HISTOGRAM_DIGITS);
    private final BitSet seen = new BitSet();
    private DemoPage shared;
    private long highest = -1;
    private long received;
    private long repeated;
    private long outOfOrder;

    @Override
    public Integer call() {
        shared = options.begin();
        try (Msqd msqd = main.connect(); MessageQueue messages = msqd.open(msqd.get(options.queue(), 0))) {
            MessageHandler handler = this::onMessage;
            shared.set(DemoPage.RECEIVER_READY_OFFSET, 1);
            for (int idleLooks = 0; idleLooks < PATIENCE_LOOKS && !complete();) {
                if (messages.receive(Selector.any(), handler, LOOK_MS, TimeUnit.MILLISECONDS)) {
                    idleLooks = 0;
                } else if (shared.get(DemoPage.SENT_IN_ALL_OFFSET) != 0) {
                    idleLooks++;
                }
            }
        }
        tell(DemoPage.LATENCY_OFFSET, latencyNs);
        tell(DemoPage.AWAY_LATENCY_OFFSET, awayLatencyNs);
        return ExitStatus.OK;
    }

    private boolean complete() {
        return received + 1 == shared.get(DemoPage.SENT_IN_ALL_OFFSET);
    }

    private void onMessage(long mtype, DirectBuffer buffer, int offset, int length) {
        long nowNs = System.nanoTime();
        int number = Math.toIntExact(buffer.getLong(offset + DemoSender.NUMBER_OFFSET));
        if (seen.get(number)) {
            shared.set(DemoPage.REPEATED_OFFSET, ++repeated);
            return;
        }
        seen.set(number);
        if (number < highest) {
            shared.set(DemoPage.OUT_OF_ORDER_OFFSET, ++outOfOrder);
        }
        highest = Math.max(highest, number);
        if (number >= warmUpMessages) {
            Histogram histogram = shared.get(DemoPage.AWAY_OFFSET) == 0 ? latencyNs : awayLatencyNs;
            histogram.recordValue(Math.max(0, nowNs - buffer.getLong(offset + DemoSender.DUE_NS_OFFSET)));
        }
        shared.set(DemoPage.RECEIVED_OFFSET, ++received);
    }

    private void tell(int offset, Histogram histogram) {
        for (int i = 0; i < DemoPage.PERCENTILES.length; i++) {
            shared.set(offset + i * Long.BYTES, histogram.getValueAtPercentile(DemoPage.PERCENTILES[i]));
        }
    }
}
