package dev.msqd.daemon.durability;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The messages of a trial: type, length and every byte follow from the number that each begins with. */
final class Payload {
    static final int TYPES = 3;
    static final int LONGEST = 60_000;
    /** What a message is called whose bytes are none that were sent. */
    static final long CORRUPT = -1;

    private static final int SHORT = 64;
    private static final int MIDDLE = 4_000;
    private static final int SENDER_SHIFT = 32;

    private Payload() {}

    /** Numbers of one sender ascend. */
    static long id(int sender, int sequence) {
        return (long) sender << SENDER_SHIFT | sequence;
    }

    static int sender(long id) {
        return (int) (id >>> SENDER_SHIFT);
    }

    static int sequence(long id) {
        return (int) id;
    }

    static long mtype(long id) {
        return 1 + id % TYPES;
    }

    /** Most are short, some long. */
    static byte[] bytes(long id) {
        SplittableRandom random = new SplittableRandom(id);
        int dice = random.nextInt(100);
        int length = dice < 80 ? SHORT : random.nextInt(Long.BYTES, (dice < 98 ? MIDDLE : LONGEST) + 1);
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, id);
        return bytes;
    }

    /** The number that a message says it has. */
    static long idOf(byte[] buffer) {
        return ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }

    /** The number of the message that this is, or {@link #CORRUPT}. */
    static long identify(long mtype, byte[] buffer, int length) {
        if (length < Long.BYTES) {
            return CORRUPT;
        }
        long id = idOf(buffer);
        byte[] sent = bytes(id);
        return mtype == mtype(id) && Arrays.equals(buffer, 0, length, sent, 0, sent.length) ? id : CORRUPT;
    }
}
