package dev.msqd.layout;

/**
 * Who is the only one that sends to a queue, or the only one that receives from it: that one needs no locked operations for it.
 *
 * <pre>
 *   31 30 29 28 27                                                 0
 *  +-----+-----+----------------------------------------------------+
 *  |  0  |State|  Tag of the owner                                  |    0: nobody; all use locked operations
 *  +-----+-----+----------------------------------------------------+
 *
 *  nobody ──▶ ACQUIRING ──▶ OWNED ──▶ REVOKING ──membarrier──▶ REVOKED ──▶ nobody
 *                 └───────────┴──────────┴────────────────────────┴────────▶ nobody, by the owner when it leaves, by repair when it died
 *
 *  ACQUIRING  the owner is looking whether it is alone
 *  OWNED      the owner shows what it is about to do in its slot, then looks here, then does it by plain stores
 *  REVOKING   the owner may not have seen that it is no longer alone
 *  REVOKED    it has, or what it is doing shows in its slot
 * </pre>
 *
 * Every move is a compare-and-set.
 */
public final class BiasWord {
    public static final int NOBODY = 0;

    public static final int OWNED = 0;
    public static final int ACQUIRING = 1;
    public static final int REVOKING = 2;
    public static final int REVOKED = 3;

    private static final int STATE_SHIFT = 28;
    private static final int TAG_MASK = (1 << STATE_SHIFT) - 1;

    private BiasWord() {}

    /** @param tag not 0 */
    public static int word(int state, int tag) {
        return (state << STATE_SHIFT) | tag;
    }

    public static int state(int word) {
        return word >>> STATE_SHIFT;
    }

    public static int tag(int word) {
        return word & TAG_MASK;
    }
}
