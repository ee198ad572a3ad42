package dev.msqd.layout;

/**
 * Where a segment of the log is: its number in the log and the place in the file that holds it now. Zero is no segment.
 *
 * <pre>
 *   63                                       16 15                0
 *  +-------------------------------------------+-------------------+
 *  |  Number in the log, from 1, never reused  |  Place            |
 *  +-------------------------------------------+-------------------+
 * </pre>
 *
 * Numbers count places: the segment after one that spans n places has the number of that one plus n. So number times length
 * of a place, plus offset, orders all records.
 *
 * <p>A place is used again for a later segment; the number tells whether it still holds the one that was meant.
 */
public final class SegmentLink {
    public static final long NONE = 0;
    public static final long FIRST_NUMBER = 1;

    private static final int PLACE_BITS = 16;

    /** How many places a queue's file has at most. */
    public static final int MAX_PLACES = 1 << PLACE_BITS;

    private SegmentLink() {}

    public static long link(long number, int place) {
        return (number << PLACE_BITS) | place;
    }

    public static long number(long link) {
        return link >>> PLACE_BITS;
    }

    public static int place(long link) {
        return (int) link & (MAX_PLACES - 1);
    }
}
