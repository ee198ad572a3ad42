package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code msqd demo}: shows in some seconds what msqd is for. A daemon, a sender and a receiver run as processes of
 * their own; the daemon is killed in the middle and started again; every message is accounted for.
 */
@Command(name = "demo", sortOptions = false,
    description = {
        "Send and receive for some seconds, kill -9 the daemon meanwhile, start it again, and account for every "
            + "message.",
        "Everything happens in temporary directories. Exit status 0 only if nothing was lost, repeated or out of order."
    })
final class DemoCommand implements Callable<Integer> {
    private static final String QUEUE = "demo";
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final long POLL_MS = 5;
    private static final long START_TIMEOUT_NS = 30_000_000_000L;
    private static final double NS_PER_S = 1e9;
    private static final long TERMINAL_PERIOD_NS = 100_000_000;
    private static final long LOG_PERIOD_NS = 1_000_000_000;
    private static final int MIN_SECONDS = 2;
    private static final int MAX_SIZE = 4096;
    private static final int DEFAULT_SIZE = 64;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--seconds", paramLabel = "S", description = "How long to send, 2 or more (default: 6).")
    private int seconds = 6;

    @Option(names = "--rate", paramLabel = "N",
        description = "Messages a second (default: 100000). 0 is as fast as they go: then latencies are waits in the "
            + "queue.")
    private int rate = 100_000;

    @Option(names = "--size", paramLabel = "BYTES", description = "Length of a message, 16 to 4096 (default: 64).")
    private int size = DEFAULT_SIZE;

    private final Deque<AutoCloseable> cleanUp = new ArrayDeque<>();
    private PrintWriter out;
    private boolean terminal;
    private Path directory;
    private Path hot;
    private DemoPage page;
    private long startNs;
    private long nextLineNs;

    @Override
    public Integer call() throws Exception {
        checkUsage();
        out = spec.commandLine().getOut();
        terminal = Terminal.isTerminal(Terminal.STDOUT);
        startNs = System.nanoTime();
        try {
            return run();
        } catch (InterruptedException e) {
            clearLine();
            throw new Failure(ExitStatus.INTERRUPTED, "", e);
        } finally {
            cleanUp();
        }
    }

    private int run() throws Exception {
        makeDirectories();
        DemoProcess daemon = startDaemon();
        awaitDaemon(daemon);
        event("the daemon (process %d) serves %s", daemon.pid(), directory);
        try (Msqd msqd = Msqd.connect(directory)) {
            msqd.get(QUEUE, Msqd.IPC_CREAT | Msqd.IPC_EXCL | 0600);
        }
        String pagePath = directory.resolve("demo-page").toString();
        page = DemoPage.map(Path.of(pagePath));
        DemoProcess receiver = start("receiver", "demo-receiver", "--dir", directory.toString(), "--queue", QUEUE,
            "--page", pagePath, "--warm-up", Integer.toString(rate));
        DemoProcess sender = start("sender", "demo-sender", "--dir", directory.toString(), "--queue", QUEUE,
            "--page", pagePath, "--rate", Integer.toString(rate), "--size", Integer.toString(size));
        awaitReady(sender, DemoPage.SENDER_READY_OFFSET);
        awaitReady(receiver, DemoPage.RECEIVER_READY_OFFSET);
        event("a sender (process %d) and a receiver (process %d) have attached", sender.pid(), receiver.pid());

        page.set(DemoPage.START_OFFSET, 1);
        long sendingNs = System.nanoTime();
        event("sending %s messages of %d bytes a second", rate == 0 ? "as many as go" : number(rate), size);
        watchUntil(sendingNs + (long) (seconds * NS_PER_S / 2), sender, receiver);

        long receivedBefore = page.get(DemoPage.RECEIVED_OFFSET);
        page.set(DemoPage.AWAY_OFFSET, 1);
        long killedNs = System.nanoTime();
        daemon.kill();
        event("kill -9 %d: the daemon is gone; starting another", daemon.pid());
        DemoProcess next = startDaemon();
        awaitDaemon(next);
        long awayNs = System.nanoTime() - killedNs;
        page.set(DemoPage.AWAY_OFFSET, 0);
        long passed = page.get(DemoPage.RECEIVED_OFFSET) - receivedBefore;
        event("the daemon (process %d) is back after %.3f s; %s messages have passed meanwhile",
            next.pid(), awayNs / NS_PER_S, number(passed));

        watchUntil(sendingNs + (long) (seconds * NS_PER_S), sender, receiver);
        page.set(DemoPage.STOP_OFFSET, 1);
        double sentSeconds = (System.nanoTime() - sendingNs) / NS_PER_S;
        while (!sender.waitFor(POLL_MS)) {
            live();
        }
        long sent = page.get(DemoPage.SENT_OFFSET);
        page.set(DemoPage.SENT_IN_ALL_OFFSET, sent + 1);
        while (!receiver.waitFor(POLL_MS)) {
            live();
        }
        clearLine();
        next.stop();
        return report(sent, sentSeconds, awayNs, passed);
    }

    private int report(long sent, double sentSeconds, long awayNs, long passed) {
        long received = page.get(DemoPage.RECEIVED_OFFSET);
        long lost = sent - received;
        long repeated = page.get(DemoPage.REPEATED_OFFSET);
        long outOfOrder = page.get(DemoPage.OUT_OF_ORDER_OFFSET);
        out.println();
        line("sent", number(sent));
        line("received", number(received));
        line("lost", number(lost));
        line("repeated", number(repeated));
        line("out of order", number(outOfOrder));
        line("rate", number(Math.round(sent / sentSeconds)) + "/s");
        line("latency", latencies(DemoPage.LATENCY_OFFSET));
        line("daemon away", String.format(Locale.ROOT, "%.3f s, %s messages received meanwhile",
            awayNs / NS_PER_S, number(passed)));
        line("  latency", latencies(DemoPage.AWAY_LATENCY_OFFSET));
        out.println();
        boolean good = received > 0 && lost == 0 && repeated == 0 && outOfOrder == 0;
        out.println(good ? "Every message came once and in order." : "NOT every message came once and in order.");
        return good ? ExitStatus.OK : ExitStatus.REFUSED;
    }

    private void makeDirectories() throws IOException {
        directory = temporary(Path.of(System.getProperty("java.io.tmpdir")));
        hot = Files.isWritable(SHARED_MEMORY) ? temporary(SHARED_MEMORY) : directory.resolve("hot");
    }

    private Path temporary(Path parent) throws IOException {
        Path folder = Files.createTempDirectory(parent, "msqd-demo-");
        cleanUp.push(() -> delete(folder));
        return folder;
    }

    private DemoProcess startDaemon() throws IOException {
        return start("daemon", "serve", "--dir", directory.toString(), "-Dmsqd.hot.dir=" + hot, "--until-eof");
    }

    private DemoProcess start(String name, String... arguments) throws IOException {
        DemoProcess process = DemoProcess.start(directory, name, List.of(arguments));
        cleanUp.push(process);
        return process;
    }

    private void awaitDaemon(DemoProcess daemon) throws InterruptedException {
        for (long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;;) {
            try {
                Msqd.connect(directory).close();
                return;
            } catch (ErrnoException e) {
                boolean notYet = e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED;
                if (!notYet || System.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
            }
            pause(daemon);
        }
    }

    private void awaitReady(DemoProcess process, int readyOffset) throws InterruptedException {
        while (page.get(readyOffset) == 0) {
            pause(process);
        }
    }

    private void watchUntil(long deadlineNs, DemoProcess... processes) throws InterruptedException {
        while (System.nanoTime() - deadlineNs < 0) {
            pause(processes);
        }
    }

    /** Waits a little; a process that has ended meanwhile should not have. */
    private void pause(DemoProcess... processes) throws InterruptedException {
        Thread.sleep(POLL_MS);
        live();
        for (DemoProcess process : processes) {
            if (process.ended()) {
                throw new Failure(ExitStatus.REFUSED, "a process of the demo ended before its time");
            }
        }
    }

    /** The state of things: in place on a terminal, else a line a second. */
    private void live() {
        long nowNs = System.nanoTime();
        if (page != null && page.get(DemoPage.START_OFFSET) != 0 && nowNs - nextLineNs >= 0) {
            nextLineNs = nowNs + (terminal ? TERMINAL_PERIOD_NS : LOG_PERIOD_NS);
            long received = page.get(DemoPage.RECEIVED_OFFSET);
            // A message may arrive before its sender has counted it.
            long sent = Math.max(received, page.get(DemoPage.SENT_OFFSET));
            String counts = String.format(Locale.ROOT, "%5.1f s  sent %,d  received %,d  repeated %d  out of order %d",
                (nowNs - startNs) / NS_PER_S, sent, received, page.get(DemoPage.REPEATED_OFFSET),
                page.get(DemoPage.OUT_OF_ORDER_OFFSET));
            out.print(terminal ? "\r" + counts + "\033[K" : counts + System.lineSeparator());
            out.flush();
        }
    }

    private void event(String format, Object... values) {
        clearLine();
        out.printf(Locale.ROOT, "%5.1f s  ", (System.nanoTime() - startNs) / NS_PER_S);
        out.println(String.format(Locale.ROOT, format, values));
        out.flush();
    }

    private void clearLine() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }

    private void line(String name, String value) {
        out.println(String.format(Locale.ROOT, "%-14s%s", name, value));
    }

    private String latencies(int offset) {
        StringBuilder text = new StringBuilder();
        String[] names = {"p50", "p99", "p99.9", "max"};
        for (int i = 0; i < names.length; i++) {
            text.append(i == 0 ? "" : "   ").append(names[i]).append(' ')
                .append(duration(page.get(offset + i * Long.BYTES)));
        }
        return text.toString();
    }

    private static String duration(long ns) {
        if (ns < 1_000) {
            return ns + " ns";
        }
        return ns < 1_000_000
            ? String.format(Locale.ROOT, "%.1f µs", ns / 1e3)
            : String.format(Locale.ROOT, "%.1f ms", ns / 1e6);
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private void checkUsage() {
        if (seconds < MIN_SECONDS) {
            throw new ParameterException(spec.commandLine(), "--seconds is 2 or more, not " + seconds);
        }
        if (rate < 0) {
            throw new ParameterException(spec.commandLine(), "--rate is 0 or more, not " + rate);
        }
        if (size < DemoSender.MIN_LENGTH || size > MAX_SIZE) {
            throw new ParameterException(spec.commandLine(), "--size is 16 to 4096, not " + size);
        }
    }

    /** Processes first, then their directories: the reverse of the order in which they were made. */
    private void cleanUp() {
        // A pending interrupt would cut the waits short.
        Thread.interrupted();
        for (AutoCloseable resource : cleanUp) {
            try {
                resource.close();
            } catch (Exception e) {
                Main.complain(e.toString());
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
