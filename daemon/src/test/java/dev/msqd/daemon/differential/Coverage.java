package dev.msqd.daemon.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was made to happen: how often each call came to each end, at once and after a sleep. */
final class Coverage {
    private static final String DONE = "ok";

    private final Map<String, Map<String, Long>> ends = new TreeMap<>();
    private long programs;
    private long operations;
    private long slept;
    /** Steps that ended so many calls of others. */
    private final Map<Integer, Long> woken = new TreeMap<>();

    void addProgram() {
        programs++;
    }

    void addStep() {
        operations++;
    }

    void addSleep() {
        slept++;
    }

    void addWoken(int others) {
        woken.merge(others, 1L, Long::sum);
    }

    void addEnd(String call, boolean afterSleep, Outcome outcome) {
        ends.computeIfAbsent(afterSleep ? asleep(call) : call, any -> new TreeMap<>())
            .merge(outcome.failed() ? outcome.failure() : DONE, 1L, Long::sum);
    }

    long operations() {
        return operations;
    }

    /** Which of these ends of a call never came. */
    List<String> missing(String call, String... wanted) {
        List<String> missing = new ArrayList<>();
        for (String end : wanted) {
            if (!ends.getOrDefault(call, Map.of()).containsKey(end)) {
                missing.add(call + " " + end);
            }
        }
        return missing;
    }

    static String asleep(String call) {
        return call + " asleep";
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
            "%,d operations in %,d programs, %,d calls slept", operations, programs, slept));
        woken.forEach((others, steps) -> text.append(String.format(Locale.ROOT, ", %,d steps woke %d", steps, others)));
        ends.forEach((call, counts) -> {
            text.append(String.format(Locale.ROOT, "%n  %-18s", call));
            counts.forEach((end, count) -> text.append(String.format(Locale.ROOT, " %s %,d ", end, count)));
        });
        return text.toString();
    }
}
