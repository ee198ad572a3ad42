package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/** One system with its players, the variables of the program under way, and the ids in them. One driver thread. */
final class Side implements AutoCloseable {
    /** About what a call takes that does not sleep. */
    private static final long FIRST_LOOK_NS = 60_000;
    private static final int QUIET_LOOKS = 3;
    private static final long PAUSE_NS = 20_000;
    private static final long PATIENCE_NS = 10_000_000_000L;

    private final Subject subject;
    private final boolean exactIds;
    private final List<Player> cast = new ArrayList<>();
    private final List<Player> acting = new ArrayList<>();
    private final Variables variables;
    private final Set<Integer> known = new TreeSet<>();
    private final Map<Integer, Integer> shownIds = new HashMap<>();

    /** @param exactIds are both systems to give the same ids? */
    Side(Subject subject, Cast identities, boolean becomeThem, boolean exactIds, int firstKey) {
        this.variables = new Variables(firstKey);
        this.subject = subject;
        this.exactIds = exactIds;
        for (int place = 0; place < identities.size(); place++) {
            cast.add(new Player(subject.name() + "-" + place, becomeThem ? identities.identity(place) : null));
        }
    }

    String name() {
        return subject.name();
    }

    Variables variables() {
        return variables;
    }

    Set<Integer> threads() {
        Set<Integer> threads = new HashSet<>();
        cast.forEach(player -> threads.add(player.tid()));
        return threads;
    }

    void begin(Program program) {
        variables.clear();
        known.clear();
        shownIds.clear();
        acting.clear();
        program.actors().forEach(place -> acting.add(cast.get(place)));
        acting.forEach(player -> player.connect(subject::connect));
    }

    void begin(Step.Call call) {
        acting.get(call.actor()).begin(call, variables);
    }

    void interrupt(int actor) {
        subject.interrupt(acting.get(actor));
    }

    Outcome limit(SystemLimit limit, long value) {
        return Outcome.of(() -> {
            subject.limit(limit, value);
            return null;
        });
    }

    /** Is this actor in no call? */
    boolean isIdle(int actor) {
        return acting.get(actor).isIdle();
    }

    /**
     * Waits until every actor is idle or asleep in its call, and nothing is under way that would wake one. Who wakes others does so
     * before his own call ends, and who is woken does not look asleep from that moment on. So if in one look at all nobody is
     * seen awake, and nobody's call ends during the look, it stays so.
     *
     * @param actor who was told something just now
     * @return empty, or who does not come to rest
     */
    String settle(int actor) {
        acting.get(actor).awaitIdle(FIRST_LOOK_NS);
        long begin = System.nanoTime();
        int quietLooks = 0;
        while (true) {
            int busy = busy();
            Player awake = awake();
            boolean quiet = awake == null && (!subject.servesFromElsewhere() || subject.isQuiet() && awake() == null)
                && busy == busy();
            quietLooks = quiet ? quietLooks + 1 : 0;
            // A supervisor's threads are looked at one after the other: what moves from one to the next may be seen nowhere.
            if (quietLooks == (subject.servesFromElsewhere() ? QUIET_LOOKS : 1)) {
                return "";
            }
            if (System.nanoTime() - begin > PATIENCE_NS && awake != null) {
                return awake.thread().getName() + " neither sleeps nor comes to an end: "
                    + List.of(awake.thread().getStackTrace());
            }
            LockSupport.parkNanos(this, PAUSE_NS);
        }
    }

    /** What became of the call of an idle actor; its id, if it has one, goes into the variable. */
    Outcome outcome(int actor, Step.Call call) {
        Outcome outcome = acting.get(actor).outcome();
        if (call instanceof Step.Get get && outcome.result() instanceof Step.Id id) {
            variables.store(get.variable(), id.msqid());
            known.add(id.msqid());
            return outcome.with(new Step.Id(shown(id.msqid())));
        }
        return outcome.result() instanceof MsqidDs ds ? outcome.with(shown(ds)) : outcome;
    }

    /** The queues as they are. */
    List<MsqidDs> queues() {
        return subject.queues(known);
    }

    /** The same with ids that both systems share. */
    MsqidDs shown(MsqidDs ds) {
        return exactIds ? ds : new MsqidDs(shown(ds.msqid()), ds.key(), ds.name(), ds.uid(), ds.gid(), ds.cuid(),
            ds.cgid(), ds.mode(), ds.cbytes(), ds.qnum(), ds.qbytes(), ds.lspid(), ds.lrpid(), ds.stimeSeconds(),
            ds.rtimeSeconds(), ds.ctimeSeconds(), ds.durability(), ds.retention(), ds.fault());
    }

    int skipId() {
        return subject.skipId();
    }

    /**
     * Removes all queues, which ends every call, and disconnects.
     *
     * @return empty, or whose call went on all the same
     */
    String end() {
        StringBuilder complaint = new StringBuilder();
        queues().forEach(queue -> subject.remove(queue.msqid()));
        for (Player player : acting) {
            if (!player.awaitIdle(PATIENCE_NS)) {
                complaint.append(player.thread().getName()).append(" sleeps on though its queue was removed; ");
                subject.interrupt(player);
                if (!player.awaitIdle(PATIENCE_NS)) {
                    throw new IllegalStateException(player.thread().getName() + " does not come to an end: "
                        + List.of(player.thread().getStackTrace()));
                }
            }
            player.disconnect();
        }
        return complaint.toString();
    }

    @Override
    public void close() {
        cast.forEach(Player::close);
        subject.close();
    }

    private int shown(int msqid) {
        return exactIds ? msqid : shownIds.computeIfAbsent(msqid, any -> shownIds.size());
    }

    /** Who is in a call, a bit each. */
    private int busy() {
        int busy = 0;
        for (int actor = 0; actor < acting.size(); actor++) {
            if (!isIdle(actor)) {
                busy |= 1 << actor;
            }
        }
        return busy;
    }

    /** Somebody in a call who does not sleep, or null. */
    private Player awake() {
        for (Player player : acting) {
            if (!player.isIdle() && !player.sleeps()) {
                return player;
            }
        }
        return null;
    }
}
