package dev.msqd.layout;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * A record of the hot log: one message, or the padding that seals a segment. It begins with the 8-byte header of an Agrona
 * ring buffer's record, so a committed record reads like one.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |  Length, header included; negative while being written        |
 *  +---------------------------------------------------------------+
 *  |  Type: while being written the owner's tag, then the mtype,   |
 *  |  Integer.MAX_VALUE (see mtype below), PADDING or DEAD         |
 *  +---------------------------------------------------------------+
 *  |  Claim word (see ClaimWord)                                   |
 *  +---------------------------------------------------------------+
 *  |  Log file: number of the file on disk that holds the message; |
 *  |  0: none does, or its end is there, too. The daemon's         |
 *  +---------------------------------------------------------------+
 *  |  Total: quantity sent before this record (see Quantity)       |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |  mtype, all 64 bits                                           |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |  Payload                                                     ...
 * ...                       padded to a multiple of 64 bytes       |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * The mtype stands in every record, not only where the 32-bit type can't hold it: a record that is still being written has
 * no room for a flag, and its payload length must be known to those who walk past it.
 *
 * <p>A padding record may be as short as its first 8 bytes; nothing of it but the header word is ever read.
 */
public final class RecordDescriptor {
    public static final int LENGTH_OFFSET = 0;
    public static final int TYPE_OFFSET = LENGTH_OFFSET + SIZE_OF_INT;
    public static final int CLAIM_OFFSET = TYPE_OFFSET + SIZE_OF_INT;
    public static final int LOG_FILE_OFFSET = CLAIM_OFFSET + SIZE_OF_INT;
    public static final int TOTAL_OFFSET = LOG_FILE_OFFSET + SIZE_OF_INT;
    public static final int MTYPE_OFFSET = TOTAL_OFFSET + SIZE_OF_LONG;
    public static final int PAYLOAD_OFFSET = MTYPE_OFFSET + SIZE_OF_LONG;
    public static final int HEADER_LENGTH = PAYLOAD_OFFSET;

    /** A cache line: who writes a record and who reads the one before it never have the same line. */
    public static final int ALIGNMENT = 64;

    /** Type of the record that fills a sealed segment to its end. */
    public static final int PADDING_TYPE = -1;

    /** Type of a record whose sender aborted it or died before its commit. */
    public static final int DEAD_TYPE = -2;

    /** Type of a record whose mtype does not fit below it: the mtype field tells. */
    public static final int WIDE_TYPE = Integer.MAX_VALUE;

    private RecordDescriptor() {}

    /** The header word, as one little-endian long: length low, type high. */
    public static long header(int length, int type) {
        return ((long) type << 32) | (length & 0xFFFF_FFFFL);
    }

    /** Length from a header word: negative while being written, 0 where nothing is. */
    public static int length(long header) {
        return (int) header;
    }

    public static int type(long header) {
        return (int) (header >>> 32);
    }

    /** The 32-bit type that stands for a 64-bit mtype. */
    public static int shortType(long mtype) {
        return mtype < WIDE_TYPE ? (int) mtype : WIDE_TYPE;
    }

    /** How far the next record is from one of this length. */
    public static int aligned(int length) {
        return (length + (ALIGNMENT - 1)) & -ALIGNMENT;
    }
}
