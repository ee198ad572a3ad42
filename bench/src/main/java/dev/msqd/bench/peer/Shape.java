package dev.msqd.bench.peer;

import dev.msqd.layout.Durability;

/**
 * What a line carries and how it is used.
 *
 * @param length     of each message, bytes, 8 or more: it begins with its number
 * @param polling    whether both ends use calls that do not wait, in a loop; else calls that wait
 * @param capacity   what the way holds, bytes of messages; for peers with a power of two, the next one above
 * @param durability of msqd's queues
 */
public record Shape(int length, boolean polling, long capacity, Durability durability) {
    /** Half the second-level cache of usual processors: what all peers can keep warm. */
    public static final long CAPACITY = 1 << 20;
    /** For long messages: some of them. */
    private static final int MIN_MESSAGES = 8;

    /** With msqd's default durability, and equal room for all peers. */
    public static Shape of(int length, boolean polling) {
        return new Shape(length, polling, Math.max(CAPACITY, (long) MIN_MESSAGES * length), Durability.INTERVAL);
    }

    public Shape withCapacity(long bytes) {
        return new Shape(length, polling, bytes, durability);
    }

    public Shape withDurability(Durability level) {
        return new Shape(length, polling, capacity, level);
    }

    /** The same on one line, for a process of its own. */
    public String encode() {
        return length + "," + polling + "," + capacity + "," + durability;
    }

    /** Reads what {@link #encode} wrote. */
    public static Shape parse(String text) {
        String[] parts = text.split(",");
        return new Shape(Integer.parseInt(parts[0]), Boolean.parseBoolean(parts[1]), Long.parseLong(parts[2]),
            Durability.valueOf(parts[3]));
    }
}
