package dev.msqd.bench.durable;

/**
 * A batch in a {@link BatchFile}, little-endian. Where a batch would begin and there are zeros, the file ends.
 *
 * <pre>
 *   0          4          8                     16         20
 *  +----------+----------+---------------------+----------+------------------------------------+---------+
 *  | CRC32C   | length   | number of the batch | messages | {int length, bytes} of each        | zeros   |
 *  +----------+----------+---------------------+----------+------------------------------------+---------+
 *             |&lt;----------------- length bytes, all under the checksum -----------------&gt;|  to the alignment
 * </pre>
 *
 * The length counts itself. The number is that of the batch before it and one: bytes of another file or place don't fit.
 */
final class BatchDescriptor {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final int NUMBER_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    static final int COUNT_OFFSET = NUMBER_OFFSET + Long.BYTES;
    static final int MESSAGES_OFFSET = COUNT_OFFSET + Integer.BYTES;

    private BatchDescriptor() {}
}
