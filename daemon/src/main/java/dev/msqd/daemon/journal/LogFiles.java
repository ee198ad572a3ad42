package dev.msqd.daemon.journal;

import java.util.ArrayList;
import java.util.List;

/** The files of a log that are on disk, oldest first, with what the writing side knows about each. */
final class LogFiles {
    private static final class Entry {
        private final int number;
        private long length;
        /** Without header and zeros. */
        private long batchBytes;
        private long liveBytes;
        /** Of the live bytes, those that no commit has confirmed. */
        private long uncommittedBytes;
        /** When its last batch was written, on the clock of {@link System#nanoTime}. */
        private long endNs;

        private Entry(int number, long length, long endNs) {
            this.number = number;
            this.length = length;
            this.endNs = endNs;
        }
    }

    /**
     * What a copy takes beside its messages: the batch's header, and a batch that says that the original is unneeded.
     */
    private static final int DENSE_FILE_LENGTH = 2 * LogFileDescriptor.PAGE_LENGTH;

    private final List<Entry> entries = new ArrayList<>();
    private long bytes;

    /** What files below this number hold is not live: a complete checkpoint follows them. */
    private int countedFrom;
    private long liveBytes;
    /** The first file with uncommitted bytes. */
    private int uncommittedFrom = Integer.MAX_VALUE;

    /** No entry before this index holds what is live. Only the newest file gains. */
    private int liveIndex;

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int size() {
        return entries.size();
    }

    /** Adds a file with a higher number than all others. */
    void add(int number, long length, long endNs) {
        entries.add(new Entry(number, length, endNs));
        bytes += length;
    }

    /** The newest file was written to. */
    void grown(long length, long batchBytes, long endNs) {
        Entry newest = entries.getLast();
        bytes += length - newest.length;
        newest.length = length;
        newest.batchBytes = batchBytes;
        newest.endNs = endNs;
    }

    int oldest() {
        return entries.getFirst().number;
    }

    long oldestEndNs() {
        return entries.getFirst().endNs;
    }

    void removeOldest() {
        removed(entries.removeFirst());
        liveIndex = Math.max(0, liveIndex - 1);
    }

    /** Removes all files from this number on. */
    void removeFrom(int number) {
        while (!entries.isEmpty() && entries.getLast().number >= number) {
            removed(entries.removeLast());
        }
        liveIndex = Math.max(0, Math.min(liveIndex, entries.size() - 1));
    }

    void clear() {
        entries.clear();
        bytes = 0;
        liveBytes = 0;
        liveIndex = 0;
    }

    private void removed(Entry entry) {
        bytes -= entry.length;
        liveBytes -= counts(entry) ? entry.liveBytes : 0;
    }

    /** Length of all files. */
    long bytes() {
        return bytes;
    }

    long liveBytes() {
        return liveBytes;
    }

    /** The newest file got a message. */
    void sent(int entryLength) {
        Entry newest = entries.getLast();
        uncommittedFrom = Math.min(uncommittedFrom, newest.number);
        newest.uncommittedBytes += entryLength;
        add(newest, entryLength);
    }

    /** What was sent so far counts for good. */
    void committed() {
        endUncommitted(false);
    }

    /** What was sent since the last commit doesn't count. */
    void dropUncommitted() {
        endUncommitted(true);
    }

    private void endUncommitted(boolean drop) {
        for (int index = entries.size() - 1; index >= 0 && entries.get(index).number >= uncommittedFrom; index--) {
            Entry entry = entries.get(index);
            if (drop) {
                add(entry, -entry.uncommittedBytes);
            }
            entry.uncommittedBytes = 0;
        }
        uncommittedFrom = Integer.MAX_VALUE;
    }

    private void add(Entry entry, long bytes) {
        entry.liveBytes += bytes;
        liveBytes += counts(entry) ? bytes : 0;
    }

    /** @throws IllegalStateException more released than sent: a file that holds live messages would be deleted. */
    void released(int number, int entryLength) {
        Entry entry = find(number);
        if (entry == null || !counts(entry)) {
            return;
        }
        if (entryLength > entry.liveBytes) {
            throw new IllegalStateException("file " + number + ": " + entryLength + " bytes released, live are "
                + entry.liveBytes);
        }
        add(entry, -entryLength);
    }

    /** A checkpoint that began in this file is complete. */
    void countFrom(int number) {
        countedFrom = number;
        liveBytes = 0;
        for (Entry entry : entries) {
            liveBytes += counts(entry) ? entry.liveBytes : 0;
        }
    }

    /** The oldest file that holds what is live, or else the newest. */
    int oldestNeeded() {
        while (liveIndex < entries.size() - 1 && !holdsLive(entries.get(liveIndex))) {
            liveIndex++;
        }
        return entries.get(liveIndex).number;
    }

    /**
     * Whether needed files take much more room than their live messages would if they were copied together: that
     * room, in pages, and not the live bytes, because otherwise there would be no end of copying what is dense
     * already.
     */
    boolean isSparse() {
        oldestNeeded();
        long taken = 0;
        long dense = 0;
        for (int index = liveIndex; index < entries.size() - 1; index++) {
            Entry entry = entries.get(index);
            taken += entry.batchBytes;
            dense += holdsLive(entry) ? DENSE_FILE_LENGTH + LogFileDescriptor.pageAligned(entry.liveBytes) : 0;
        }
        return 4 * taken > 7 * dense; // the rest of twice as much is for headers and zeros
    }

    /**
     * The oldest files that hold what is live are below this number: one, or more if all their live bytes together are not above a limit. The newest
     * is not among them; 0: there is no other.
     */
    int compactBelow(long maxLiveBytes) {
        oldestNeeded();
        if (liveIndex == entries.size() - 1) {
            return 0;
        }
        int index = liveIndex;
        long sum = 0;
        do {
            sum += entries.get(index).liveBytes;
            index++;
        } while (index < entries.size() - 1 && sum + entries.get(index).liveBytes <= maxLiveBytes);
        return entries.get(index).number;
    }

    private boolean holdsLive(Entry entry) {
        return entry.liveBytes > 0 && counts(entry);
    }

    private boolean counts(Entry entry) {
        return entry.number >= countedFrom;
    }

    private Entry find(int number) {
        int low = 0;
        int high = entries.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Entry entry = entries.get(middle);
            if (entry.number == number) {
                return entry;
            }
            if (entry.number < number) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }
}
