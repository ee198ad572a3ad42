package dev.msqd.bench.worker;

import dev.msqd.bench.machine.Jvm;
import dev.msqd.bench.machine.Pinning;
import dev.msqd.bench.peer.End;
import dev.msqd.bench.peer.Idle;
import dev.msqd.bench.peer.Line;
import dev.msqd.bench.peer.Link;
import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** Starts the processes of a measurement, each a new JVM on a processor of its own, and tells what they found. One thread. */
public final class Crew {
    private static final long TIMEOUT_MINUTES = 5;

    private final Site site;
    private final Pinning pinning;

    public Crew(Site site, Pinning pinning) {
        this.site = site;
        this.pinning = pinning;
    }

    public Site site() {
        return site;
    }

    public Pinning pinning() {
        return pinning;
    }

    /**
     * What an exchange gave.
     *
     * @param perSecond    messages one way
     * @param roundTripsNs each of them
     */
    public record Exchanged(double perSecond, Histogram roundTripsNs) {}

    /** Two processes, new lines. See {@link Exchange}. */
    public Exchanged exchange(Peers peer, Orders orders) throws IOException, InterruptedException {
        try (Links links = new Links(peer, orders, 2); Processes processes = new Processes(peer, orders, Idle.NONE)) {
            WorkerProcess far = processes.start(Task.ANSWER, links.all, 1);
            WorkerProcess near = processes.start(Task.ASK, links.all, 0);
            processes.begin();
            Histogram roundTripsNs = near.outcome().histogram(Exchange.ROUND_TRIPS);
            return new Exchanged(orders.messages() == 0 ? 0 : far.outcome().number(Exchange.RATE), roundTripsNs);
        }
    }

    /** Two processes, one line, messages at a rate: nanoseconds from when each was meant to be sent. See {@link Paced}. */
    public Histogram paced(Peers peer, Orders orders) throws IOException, InterruptedException {
        try (Links links = new Links(peer, orders, 1); Processes processes = new Processes(peer, orders, Idle.NONE)) {
            WorkerProcess receiver = processes.start(Task.RECEIVE_PACED, links.all, 1);
            WorkerProcess sender = processes.start(Task.SEND_PACED, links.all, 0);
            processes.begin();
            sender.outcome();
            Outcome received = receiver.outcome();
            checkCount(orders.messages(), received.number(Paced.RECEIVED));
            return received.histogram(Paced.LATENCIES);
        }
    }

    /**
     * Some processes send to others: messages a second, of all together.
     *
     * @param orders  messages of each sender
     * @param queues  that all use by turns; more than one only for one receiver
     */
    public double stream(Peers peer, Orders orders, int senders, int receivers, int queues)
        throws IOException, InterruptedException {
        return stream(peer, orders, senders, receivers, queues, Onlooker.NONE);
    }

    /** Somebody who looks at the first receiver. */
    public interface Onlooker {
        /** Nobody. */
        Onlooker NONE = new Onlooker() {
            @Override
            public void begin(int thread) {
                // nothing to see
            }

            @Override
            public void end() {
                // nothing to see
            }
        };

        /** The warm-up was sent, and nothing else yet. */
        void begin(int thread) throws IOException, InterruptedException;

        /** The last message was sent. */
        void end() throws IOException, InterruptedException;
    }

    /** The same, with somebody who looks at the first receiver. */
    public double stream(Peers peer, Orders orders, int senders, int receivers, int queues, Onlooker onlooker)
        throws IOException, InterruptedException {
        boolean inTwo = onlooker != Onlooker.NONE;
        // Who shares a processor must let others have it.
        Idle idle = senders + receivers > pinning.processors().size() ? Idle.YIELD : Idle.NONE;
        long all = orders.warmUpMessages() + orders.messages();
        Orders receiving = orders.withMessages(orders.warmUpMessages() * senders / receivers, 0);
        try (Links links = new Links(peer, orders, queues);
            Processes senderProcesses = new Processes(peer, orders, idle);
            Processes receiverProcesses = new Processes(peer, receiving, idle)) {
            List<WorkerProcess> takers = new ArrayList<>();
            for (int receiver = 0; receiver < receivers; receiver++) {
                takers.add(receiverProcesses.start(Task.RECEIVE, links.all, senders + receiver));
            }
            List<WorkerProcess> givers = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                givers.add(senderProcesses.start(inTwo ? Task.SEND_IN_TWO : Task.SEND, links.all, sender));
            }
            int thread = takers.getFirst().ready();
            for (WorkerProcess taker : takers.subList(1, receivers)) {
                taker.ready();
            }
            senderProcesses.awaitReady();
            List<Line> ends = links.open();
            receiverProcesses.go();
            senderProcesses.go();
            if (inTwo) {
                senderProcesses.awaitReady();
                onlooker.begin(thread);
                senderProcesses.go();
            }
            for (WorkerProcess giver : givers) {
                giver.outcome();
            }
            onlooker.end();
            end(ends, receivers);
            return total(takers, all * senders, senders * (all * (all + 1) / 2.0));
        }
    }

    /** One process and one thread: nanoseconds of each send. See {@link SendTimes}. */
    public Histogram sendTimes(Peers peer, Orders orders) throws IOException, InterruptedException {
        try (Links links = new Links(peer, orders, 1); Processes processes = new Processes(peer, orders, Idle.NONE)) {
            WorkerProcess only = processes.start(Task.SEND_TIMED, links.all, 0);
            processes.begin();
            return only.outcome().histogram(SendTimes.TIMES);
        }
    }

    /** One process with two senders: nanoseconds of each burst. See {@link Bursts}. */
    public Histogram bursts(Peers peer, Orders orders) throws IOException, InterruptedException {
        try (Links links = new Links(peer, orders, 1); Processes processes = new Processes(peer, orders, Idle.NONE)) {
            WorkerProcess only = processes.startUnpinned(Task.BURSTS, links.all);
            processes.begin();
            return only.outcome().histogram(Bursts.TIMES);
        }
    }

    /** A server and one process with all clients: answers a second. See {@link Answers}. Only msqd and the kernel's queue. */
    public double answers(Peers peer, Orders orders) throws IOException, InterruptedException {
        try (Links links = new Links(peer, orders, 2); Processes processes = new Processes(peer, orders, Idle.NONE)) {
            WorkerProcess clients = processes.startUnpinned(Task.WAIT_FOR_ANSWERS, links.all);
            WorkerProcess server = processes.startUnpinned(Task.SERVE, links.all);
            processes.begin();
            double perSecond = server.outcome().number(Answers.RATE);
            clients.outcome();
            return perSecond;
        }
    }

    /** Messages of a burst, of both senders. */
    public static int burstMessages() {
        return 2 * Bursts.BURST;
    }

    /**
     * Another program of ours: what it tells.
     *
     * @param pinned to the first processor
     */
    public Outcome run(String name, boolean pinned, Class<?> mainClass, List<String> arguments)
        throws IOException, InterruptedException {
        return run(name,
            Jvm.command(pinned ? pinning.prefix(0) : List.of(), pinning.jvmOptions(), mainClass, arguments));
    }

    /** What any program tells that tells an {@link Outcome}. */
    public Outcome run(String name, List<String> command) throws IOException, InterruptedException {
        try (WorkerProcess process = WorkerProcess.start(name, command)) {
            process.endAfter(TIMEOUT_MINUTES);
            return process.outcome();
        }
    }

    private static void end(List<Line> lines, int receivers) {
        for (Line line : lines) {
            for (int receiver = 0; receiver < receivers; receiver++) {
                line.send(Streaming.END);
            }
        }
    }

    private static double total(List<WorkerProcess> receivers, long messages, double sum)
        throws IOException, InterruptedException {
        double perSecond = 0;
        double received = 0;
        double receivedSum = 0;
        for (WorkerProcess receiver : receivers) {
            Outcome outcome = receiver.outcome();
            received += outcome.number(Streaming.RECEIVED);
            receivedSum += outcome.number(Streaming.SUM);
            perSecond += outcome.number(Streaming.RATE);
        }
        checkCount(messages, received);
        if (receivedSum != sum) {
            throw new IOException("received other messages than were sent");
        }
        return perSecond;
    }

    private static void checkCount(long sent, double received) throws IOException {
        if (received != sent) {
            throw new IOException("received " + (long) received + " messages of " + sent);
        }
    }

    /** Lines that are made for one measurement. */
    private final class Links implements AutoCloseable {
        final List<String> all = new ArrayList<>();
        private final Peers peer;
        private final Orders orders;
        private final List<Link> links = new ArrayList<>();
        private final List<Line> lines = new ArrayList<>();

        Links(Peers peer, Orders orders, int count) throws IOException {
            this.peer = peer;
            this.orders = orders;
            for (int i = 0; i < count; i++) {
                Link link = site.make(peer.peer(), orders.shape());
                links.add(link);
                all.add(link.address());
            }
        }

        /** The harness's own end of each, to send by. */
        List<Line> open() throws IOException {
            for (String address : all) {
                lines.add(peer.peer().open(address, End.SENDS, orders.shape()));
            }
            return lines;
        }

        @Override
        public void close() throws IOException {
            lines.forEach(Line::close);
            for (Link link : links) {
                site.remove(link);
            }
        }
    }

    /** Processes that have the same orders. */
    private final class Processes implements AutoCloseable {
        private final Peers peer;
        private final Orders orders;
        private final Idle idle;
        private final List<WorkerProcess> all = new ArrayList<>();

        Processes(Peers peer, Orders orders, Idle idle) {
            this.peer = peer;
            this.orders = orders;
            this.idle = idle;
        }

        WorkerProcess start(Task task, List<String> addresses, int number) throws IOException {
            return start(task, addresses, pinning.prefix(number));
        }

        WorkerProcess startUnpinned(Task task, List<String> addresses) throws IOException {
            return start(task, addresses, List.of());
        }

        private WorkerProcess start(Task task, List<String> addresses, List<String> prefix) throws IOException {
            List<String> arguments = new ArrayList<>();
            arguments.add(task.name());
            arguments.add(peer.name());
            String program = peer.peer().program(site);
            arguments.add(program == null ? written(addresses) : String.join(",", addresses));
            arguments.addAll(orders.encode());
            List<String> options = new ArrayList<>(pinning.jvmOptions());
            options.add(idle.option());
            WorkerProcess process = WorkerProcess.start(
                peer.label() + ", " + task.name().toLowerCase(Locale.ROOT),
                program == null ? Jvm.command(prefix, options, Worker.class, arguments)
                    : Stream.of(prefix, List.of(program), arguments).flatMap(List::stream).toList());
            all.add(process);
            process.endAfter(TIMEOUT_MINUTES);
            process.takeAlongOnFailure(all);
            return process;
        }

        /** In a file: those of ten thousand queues are longer than an argument may be. */
        private String written(List<String> addresses) throws IOException {
            return Files.write(site.newPathOnDisk("addresses-"), addresses).toString();
        }

        void begin() throws IOException {
            awaitReady();
            go();
        }

        void awaitReady() throws IOException {
            for (WorkerProcess process : all) {
                process.ready();
            }
        }

        void go() throws IOException {
            for (WorkerProcess process : all) {
                process.go();
            }
        }

        @Override
        public void close() {
            all.forEach(WorkerProcess::close);
        }
    }
}
