package dev.msqd.daemon.journal;

/**
 * Where an entry lies, in a word: so that later files have higher ones.
 *
 * <pre>
 *  +-------------------------------+-------------------------------+
 *  |  File number (31 bits)        |  Offset / 8, unsigned         |
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
final class Places {
    private Places() {}

    static long place(int file, long offset) {
        return (long) file << 32 | offset >>> 3;
    }

    static int file(long place) {
        return (int) (place >>> 32);
    }

    static long offset(long place) {
        return (place & 0xFFFF_FFFFL) << 3;
    }
}
