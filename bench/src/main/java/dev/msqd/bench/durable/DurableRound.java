package dev.msqd.bench.durable;

import dev.msqd.bench.worker.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;

/**
 * A round of the durable axis, in a process of its own: how long it takes until a message is safe from a power cut; one sender, a
 * sync each, then many senders that share syncs. Every candidate gets a new log; then each in turn sends a few messages, until all
 * have sent all, because what disturbs a disk lasts longer than a few.
 */
public final class DurableRound {
    /** Of each candidate, by its name before the dot: messages a second, and the time of each. */
    public static final String ALONE = ".alone";
    public static final String TOGETHER = ".together";

    /** Messages a second of msqd where one sync is for many of them. */
    public static final String ASYNCHRONOUS = "asynchronous";
    public static final int MESSAGES_PER_SYNC = SyncQueue.MESSAGES_PER_SYNC;

    static final int MESSAGE_LENGTH = 64;
    static final int MAX_SENDERS = 1024;

    private static final int TURN = 50;

    private final List<Candidate> candidates;
    private final Path parent;
    private final Outcome outcome = new Outcome();

    private DurableRound(List<Candidate> candidates, Path parent) {
        this.candidates = candidates;
        this.parent = parent;
    }

    /**
     * @param arguments candidates joined by commas, directory; of one sender messages of warm-up and messages measured; number of the many,
     *                  messages of each of warm-up and measured; messages that are acknowledged together
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Candidate> candidates = Arrays.stream(arguments[0].split(",")).map(Candidate::valueOf).toList();
        DurableRound round = new DurableRound(candidates, Path.of(arguments[1]));
        int senders = Integer.parseInt(arguments[4]);
        try (ExecutorService threads = Executors.newFixedThreadPool(senders)) {
            round.measure(threads, 1, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]), ALONE);
            round.measure(threads, senders, Integer.parseInt(arguments[5]), Integer.parseInt(arguments[6]), TOGETHER);
        }
        round.measureAsynchronous(Integer.parseInt(arguments[7]));
        round.outcome.print(System.out);
        System.out.flush();
        // What a candidate's library left running must not hold us.
        Runtime.getRuntime().halt(0);
    }

    private void measureAsynchronous(int messages) throws IOException {
        Path directory = Files.createTempDirectory(parent, "round-");
        try (SyncQueue queue = SyncQueue.create(directory.resolve(ASYNCHRONOUS))) {
            queue.perSecondUnsynced(messages / 2);
            outcome.put(ASYNCHRONOUS, queue.perSecondUnsynced(messages));
        } finally {
            IoUtil.delete(directory.toFile(), true);
        }
    }

    private void measure(ExecutorService threads, int senders, int warmUp, int messagesOfEach, String name)
        throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(parent, "round-");
        Map<Candidate, Entrant> entrants = new LinkedHashMap<>();
        try {
            for (Candidate candidate : candidates) {
                Entrant entrant = new Entrant(candidate, directory.resolve(candidate.name()), threads);
                entrants.put(candidate, entrant);
                entrant.send(senders, warmUp);
                entrant.begin();
            }
            for (int left = messagesOfEach; left > 0; left -= TURN) {
                for (Entrant entrant : entrants.values()) {
                    entrant.send(senders, Math.min(left, TURN));
                }
            }
            entrants.forEach((candidate, entrant) -> {
                outcome.put(candidate.name() + name, entrant.perSecond());
                outcome.put(candidate.name() + name, entrant.latenciesNs());
            });
        } finally {
            CloseHelper.closeAll(entrants.values());
            IoUtil.delete(directory.toFile(), true);
        }
    }
}
