package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import java.util.Arrays;

/** A program's variables, with the ids that one of the systems gave. */
final class Variables {
    /** At an index, and with a sequence number, that are reached last of all (R12, R13). */
    private static final int UNKNOWN = Integer.MAX_VALUE;
    private static final int NEGATIVE = -1;
    private static final int MORE = 3 << MsqidDs.INDEX_BITS;

    private final int[] present = new int[Program.VARIABLES];
    private final int[] former = new int[Program.VARIABLES];

    Variables() {
        clear();
    }

    void clear() {
        Arrays.fill(present, UNKNOWN);
        Arrays.fill(former, UNKNOWN);
    }

    void store(int variable, int msqid) {
        if (present[variable] != msqid) {
            former[variable] = present[variable];
            present[variable] = msqid;
        }
    }

    int present(int variable) {
        return present[variable];
    }

    int resolve(QueueRef ref) {
        int index = present[ref.variable()] & MsqidDs.INDEX_MASK;
        return switch (ref.kind()) {
            case PRESENT -> present[ref.variable()];
            case FORMER -> former[ref.variable()];
            case NEGATIVE -> NEGATIVE;
            case UNKNOWN -> UNKNOWN;
            case INDEX -> index;
            case INDEX_AND_MORE -> index | MORE;
        };
    }
}
