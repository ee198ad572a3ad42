package dev.msqd.daemon.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened when a program ran. */
final class Run {
    private final Program program;
    private final Cast cast;
    private final List<Happening> happenings = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private String difference = "";

    /** What somebody's call came to by a step. */
    private record Happening(Step step, int actor, Step.Call call, String what) {}

    Run(Program program, Cast cast) {
        this.program = program;
        this.cast = cast;
    }

    /** @param step as it was made; what comes next happens by it */
    void add(Step step) {
        steps.add(step);
    }

    void happened(int actor, Step.Call call, String what) {
        happenings.add(new Happening(steps.getLast(), actor, call, what));
    }

    /** Kept if it is the first. */
    void differs(String what) {
        if (difference.isEmpty()) {
            difference = what;
        }
    }

    boolean hasDifference() {
        return !difference.isEmpty();
    }

    String difference() {
        return difference;
    }

    Program program() {
        return program;
    }

    /** Steps that were made. */
    int length() {
        return steps.size();
    }

    /** The program as it was made, what each step did, and the difference at the end. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int actor = 0; actor < program.actors().size(); actor++) {
            text.append(String.format(Locale.ROOT, "      A%d is %s%n", actor,
                cast.identity(program.actors().get(actor))));
        }
        int next = 0;
        for (int number = 0; number < steps.size(); number++) {
            Step step = steps.get(number);
            text.append(String.format(Locale.ROOT, "%4d  %s", number + 1, step));
            while (next < happenings.size() && happenings.get(next).step == step) {
                Happening happening = happenings.get(next++);
                text.append(
                    happening.call == step ? "  →  " : String.format("%n        A%d wakes  →  ", happening.actor))
                    .append(happening.what);
            }
            text.append(System.lineSeparator());
        }
        return text.append("  !!  ").append(difference).toString();
    }
}
