package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import java.util.Arrays;

/** A program's variables, with the ids that one of the systems gave. */
final class Variables {
    /** At an index, and with a sequence number, that are reached last of all (R12, R13). */
    private static final int UNKNOWN = Integer.MAX_VALUE;
    private static final int NEGATIVE = -1;
    private static final int MORE = 3 << MsqidDs.INDEX_BITS;

    private final int firstKey;
    private final int[] present = new int[Program.VARIABLES];
    private final int[] former = new int[Program.VARIABLES];

    /** @param firstKey the key before those of the program */
    Variables(int firstKey) {
        this.firstKey = firstKey;
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

    /** What the program calls a key: from 1, or IPC_PRIVATE. */
    int key(int ofProgram) {
        return ofProgram == SysV.IPC_PRIVATE ? ofProgram : firstKey + ofProgram;
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
