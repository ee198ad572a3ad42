package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What there is between two steps, by the kernel's account, which is then also msqd's. */
final class Scene {
    /** What msgmax is raised to at most, in bytes: more than a page, and two still fit the shortest segments. */
    static final int LONGEST_MESSAGE = 8_128;
    /** Room for every text, in bytes, also where the machine's own msgmax holds. */
    static final int TEXT_ROOM = 65_536;

    private final Variables variables;
    private final Map<SystemLimit, Long> limits = new EnumMap<>(SystemLimit.class);
    private final Map<Integer, MsqidDs> queues = new HashMap<>();
    /** The calls that are asleep, with the id that each was given, by actor. */
    private final Map<Integer, Sleeping> asleep = new HashMap<>();
    private final int actors;

    /** A call that is asleep. */
    record Sleeping(Step.SleepyCall call, int msqid) {}

    /** @param variables the kernel's */
    Scene(Variables variables, int actors) {
        this.variables = variables;
        this.actors = actors;
    }

    void limit(SystemLimit limit, long value) {
        limits.put(limit, value);
    }

    long limit(SystemLimit limit) {
        return limits.get(limit);
    }

    void queues(Iterable<MsqidDs> present) {
        queues.clear();
        present.forEach(queue -> queues.put(queue.msqid(), queue));
    }

    /** The queue behind a reference, or null. */
    MsqidDs queue(QueueRef ref) {
        return queues.get(msqid(ref));
    }

    int msqid(QueueRef ref) {
        return variables.resolve(ref);
    }

    void fallAsleep(Step.SleepyCall call) {
        asleep.put(call.actor(), new Sleeping(call, msqid(call.queue())));
    }

    void wake(int actor) {
        asleep.remove(actor);
    }

    boolean isAsleep(int actor) {
        return asleep.containsKey(actor);
    }

    int awake() {
        return actors - asleep.size();
    }

    List<Sleeping> asleep() {
        return List.copyOf(asleep.values());
    }
}
