package dev.msqd.daemon;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** What happens to stored bytes without anybody meaning it; and {@link #forge}, where somebody does. */
public enum ByteDamage {
    FLIPPED_BITS {
        @Override
        public byte[] apply(byte[] content, int pageLength, Random dice) {
            for (int count = dice.nextInt(4); count >= 0; count--) {
                content[dice.nextInt(content.length)] ^= (byte) (1 << dice.nextInt(8));
            }
            return content;
        }
    },
    CUT_OFF {
        @Override
        public byte[] apply(byte[] content, int pageLength, Random dice) {
            return Arrays.copyOf(content, dice.nextInt(content.length + 1));
        }
    },
    ZERO_PAGES {
        @Override
        public byte[] apply(byte[] content, int pageLength, Random dice) {
            int page = dice.nextInt(content.length / pageLength);
            Arrays.fill(content, page * pageLength, (page + 1) * pageLength, (byte) 0);
            return content;
        }
    },
    SWAPPED_PAGES {
        @Override
        public byte[] apply(byte[] content, int pageLength, Random dice) {
            int one = pageLength * dice.nextInt(content.length / pageLength);
            int other = pageLength * dice.nextInt(content.length / pageLength);
            byte[] page = Arrays.copyOfRange(content, one, one + pageLength);
            System.arraycopy(content, other, content, one, pageLength);
            System.arraycopy(page, 0, content, other, pageLength);
            return content;
        }
    },
    GARBAGE {
        @Override
        public byte[] apply(byte[] content, int pageLength, Random dice) {
            byte[] garbage = new byte[1 + dice.nextInt(content.length)];
            dice.nextBytes(garbage);
            System.arraycopy(garbage, 0, content, dice.nextInt(content.length - garbage.length + 1), garbage.length);
            return content;
        }
    };

    /**
     * Returns the damaged content, which may be the array that was given, changed.
     *
     * @param pageLength at most the content's length
     */
    public abstract byte[] apply(byte[] content, int pageLength, Random dice);

    /** Puts a number that makes no sense, or a little less sense, where there are eight bytes left. */
    public static void forge(ByteBuffer bytes, int offset, Random dice) {
        switch (dice.nextInt(5)) {
            case 0 -> bytes.putInt(offset, dice.nextInt());
            case 1 -> bytes.putInt(offset, dice.nextInt(100_000));
            case 2 -> bytes.putInt(offset, bytes.getInt(offset) + dice.nextInt(3) - 1);
            case 3 -> bytes.putLong(offset, dice.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE);
            default -> bytes.putLong(offset, -1L >>> dice.nextInt(64));
        }
    }
}
