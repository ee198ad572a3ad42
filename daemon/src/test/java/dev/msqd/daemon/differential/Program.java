package dev.msqd.daemon.differential;

import java.util.List;

/**
 * What actors do, in order.
 *
 * @param seed   what it was made of
 * @param actors who they are: places in {@link Cast}
 * @param steps  of actor 0 .. actors - 1
 */
record Program(long seed, List<Integer> actors, List<Step> steps) {
    /** Variables for queues that have keys. */
    static final int KEYED = 3;
    /** All variables; the last is for a queue without a key. */
    static final int VARIABLES = KEYED + 1;

    Program with(List<Step> others) {
        return new Program(seed, actors, others);
    }
}
