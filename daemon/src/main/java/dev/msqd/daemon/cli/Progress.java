package dev.msqd.daemon.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One line on a terminal's stderr, rewritten twice a second once a transfer has lasted a second: how many messages so
 * far, how many a second. The transferring thread only stores its count; a thread of our own does the rest.
 */
final class Progress implements AutoCloseable {
    private static final long PERIOD_NS = 500_000_000;
    private static final double NS_PER_S = 1e9;
    private static final String CLEAR_LINE = "\r\033[K";

    private final String verb;
    private final PrintStream err;
    private final long startNs = System.nanoTime();
    private final AtomicLong count = new AtomicLong();
    private final Thread ticker;
    // guarded by this
    private boolean lineShown;
    private boolean closed;

    /**
     * @param verb  what happened to the messages: "sent", "received"
     * @param shown whether there is anybody to show it to
     */
    Progress(String verb, boolean shown) {
        this.verb = verb;
        this.err = System.err;
        this.ticker = shown ? Thread.ofPlatform().daemon().name("progress").start(this::tick) : null;
    }

    /** So many messages until now. */
    void count(long messages) {
        count.setOpaque(messages);
    }

    /** Prints a line of its own. */
    synchronized void say(String line) {
        clear();
        err.println("msqd: " + line);
    }

    /** 1234567 messages in 1.5 s as "1,234,567 sent, 823,044/s". */
    String summary() {
        long messages = count.getOpaque();
        double seconds = (System.nanoTime() - startNs) / NS_PER_S;
        return String.format(Locale.ROOT, "%,d %s, %,.0f/s", messages, verb, messages / seconds);
    }

    /** A number of messages as in a sentence: 1 message, 2 messages. */
    static String messages(long count) {
        return count + (count == 1 ? " message" : " messages");
    }

    @Override
    public synchronized void close() {
        closed = true;
        clear();
        if (ticker != null) {
            LockSupport.unpark(ticker);
        }
    }

    private void tick() {
        LockSupport.parkNanos(PERIOD_NS);
        do {
            LockSupport.parkNanos(PERIOD_NS);
        } while (show());
    }

    private synchronized boolean show() {
        if (!closed) {
            err.print("\r" + summary() + "\033[K");
            err.flush();
            lineShown = true;
        }
        return !closed;
    }

    private void clear() {
        if (lineShown) {
            err.print(CLEAR_LINE);
            err.flush();
            lineShown = false;
        }
    }
}
