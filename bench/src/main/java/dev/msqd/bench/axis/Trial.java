package dev.msqd.bench.axis;

import dev.msqd.bench.worker.Crew;
import java.io.IOException;
import java.util.List;

/**
 * One peer in one setting, to be measured once in each round.
 *
 * @param setting     such as the length of messages
 * @param peer        label; for a trial of several, one word for all
 * @param measurement how
 */
public record Trial(String setting, String peer, Measurement measurement) {
    /** May be taken any number of times; each begins with something new and empty. */
    @FunctionalInterface
    public interface Measurement {
        /** @throws Unavailable if this machine lacks something */
        List<Reading> take(Crew crew) throws IOException, InterruptedException, Unavailable;
    }

    /** It can't be had on this machine: why, in words for the report. No failure. */
    public static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        public Unavailable(String why) {
            super(why);
        }

        /** Throws it if there is a hindrance; null is none. */
        static void check(String hindrance) throws Unavailable {
            if (hindrance != null) {
                throw new Unavailable(hindrance);
            }
        }
    }
}
