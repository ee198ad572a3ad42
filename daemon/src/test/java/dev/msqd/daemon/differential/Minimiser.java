package dev.msqd.daemon.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Delta debugging: takes steps away as long as a difference is still found. Any difference will do, for the shortest program that
 * shows one is the best to read.
 */
final class Minimiser {
    private static final int MAX_RUNS = 2_000;

    private final Function<Program, Run> runner;
    private Run best;
    private int runs;

    private Minimiser(Function<Program, Run> runner, Run found) {
        this.runner = runner;
        this.best = found;
    }

    /** The shortest run with a difference that was found; the given one, if it never differs again. */
    static Run minimise(Run found, Function<Program, Run> runner) {
        Minimiser minimiser = new Minimiser(runner, found);
        minimiser.shorten();
        return minimiser.best;
    }

    private void shorten() {
        // What comes after the difference was never made.
        int chunk = Math.max(best.program().steps().size() / 2, 1);
        while (runs < MAX_RUNS) {
            boolean shorter = takeAway(chunk);
            if (chunk > 1) {
                chunk /= 2;
            } else if (!shorter) {
                return;
            }
        }
    }

    /** Tries without each piece of the length, from the end; true if one could go. */
    private boolean takeAway(int chunk) {
        boolean shorter = false;
        int end = best.program().steps().size();
        while (end > 0 && runs < MAX_RUNS) {
            int begin = Math.max(end - chunk, 0);
            List<Step> rest = new ArrayList<>(best.program().steps());
            rest.subList(begin, end).clear();
            runs++;
            Run run = runner.apply(best.program().with(rest));
            if (run.hasDifference()) {
                best = run;
                shorter = true;
            }
            end = begin;
        }
        return shorter;
    }
}
