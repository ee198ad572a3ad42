package dev.msqd.daemon.stress;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A message of a storm: its id, then a pattern that follows from it, of a length that follows from it. */
final class StormMessage {
    static final int MAX_LENGTH = 20_000;

    private static final int MAX_VARIED_LENGTH = 8 + 600;
    private static final int MAX_HOT_LENGTH = 8 + 90;
    /** One in so many hot messages is as long as can be. */
    private static final int LONG_ONE = 1 << 13;

    private StormMessage() {}

    static int length(long id, Manner manner) {
        int mixed = (int) (mix(id) >>> 40);
        if (!manner.isHot()) {
            return 8 + mixed % (MAX_VARIED_LENGTH - 8);
        }
        return mixed % LONG_ONE == 0 ? MAX_LENGTH : 8 + mixed % (MAX_HOT_LENGTH - 8);
    }

    /** mtype 1 to 4. */
    static long mtype(long id) {
        return 1 + (mix(id) & 3);
    }

    static void write(long id, MutableDirectBuffer buffer, int offset, int length) {
        buffer.putLong(offset, id);
        for (int index = 8; index < length; index++) {
            buffer.putByte(offset + index, (byte) (id * 31 + index));
        }
    }

    static boolean isIntact(long id, Manner manner, long mtype, DirectBuffer buffer, int offset, int length) {
        if (length != length(id, manner) || mtype != mtype(id)) {
            return false;
        }
        for (int index = 8; index < length; index++) {
            if (buffer.getByte(offset + index) != (byte) (id * 31 + index)) {
                return false;
            }
        }
        return true;
    }

    private static long mix(long id) {
        long mixed = id * 0x9E37_79B9_7F4A_7C15L;
        return mixed ^ mixed >>> 29;
    }
}
