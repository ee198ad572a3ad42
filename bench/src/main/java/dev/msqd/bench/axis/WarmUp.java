package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import java.util.EnumSet;
import java.util.Set;

/**
 * How many messages pass before the first that counts. The compilers of a JVM share its processor with a loop that never leaves it: until
 * everything that a message runs through is compiled for good, some million have passed, however long they are.
 */
final class WarmUp {
    /** Peers without a system call a message, or a file that grows by every one. */
    private static final Set<Peers> IN_MEMORY =
        EnumSet.of(Peers.MSQD, Peers.MSQD_CLAIM, Peers.AGRONA, Peers.AERON, Peers.CACHE_LINE, Peers.BARE_RING);
    /** Of long messages: what takes some seconds to copy, so that the compilers have had as much time. */
    private static final long MOST_BYTES = 12L << 30;
    /** And what a file may grow by. */
    private static final long MOST_BYTES_OF_SLOW = 1L << 30;

    private WarmUp() {}

    static boolean isInMemory(Peers peer) {
        return IN_MEMORY.contains(peer);
    }

    /** A message of those that are not in memory takes so long that the compilers have done after fewer. */
    static long messages(Scale scale, Peers peer, int length) {
        return isInMemory(peer) ? Math.min(scale.choose(2_000L, 8_000_000L, 12_000_000L), MOST_BYTES / length)
            : Math.min(scale.choose(500L, 1_000_000L, 1_500_000L), MOST_BYTES_OF_SLOW / length);
    }

    /** What a method says of it. */
    static String text(Scale scale) {
        return messages(scale, Peers.MSQD, Long.BYTES) + " messages of warm-up (" + (MOST_BYTES >> 30)
            + " GiB at most; of peers with a system call a message, or a file that grows, "
            + messages(scale, Peers.KERNEL, Long.BYTES) + " and " + (MOST_BYTES_OF_SLOW >> 30) + " GiB)";
    }
}
