package dev.msqd.log;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongArrayList;

/** A list of records of the hot log: position, address, number of the file on disk, and payload length of each. One owner thread. */
final class Records {
    private final LongArrayList positions = new LongArrayList();
    private final LongArrayList addresses = new LongArrayList();
    private final IntArrayList files = new IntArrayList();
    private final IntArrayList lengths = new IntArrayList();

    void add(long position, long address, int file, int length) {
        positions.addLong(position);
        addresses.addLong(address);
        files.addInt(file);
        lengths.addInt(length);
    }

    void addAll(Records others) {
        for (int i = 0; i < others.size(); i++) {
            add(others.position(i), others.address(i), others.file(i), others.length(i));
        }
    }

    int size() {
        return positions.size();
    }

    boolean isEmpty() {
        return positions.isEmpty();
    }

    long position(int index) {
        return positions.getLong(index);
    }

    long address(int index) {
        return addresses.getLong(index);
    }

    int file(int index) {
        return files.getInt(index);
    }

    int length(int index) {
        return lengths.getInt(index);
    }

    /** The last one takes its row. */
    void remove(int index) {
        positions.fastUnorderedRemove(index);
        addresses.fastUnorderedRemove(index);
        files.fastUnorderedRemove(index);
        lengths.fastUnorderedRemove(index);
    }

    /** Those that came after them stay in their order. */
    void removeFirst(int count) {
        int left = size() - count;
        Records rest = new Records();
        for (int i = count; i < count + left; i++) {
            rest.add(position(i), address(i), file(i), length(i));
        }
        clear();
        addAll(rest);
    }

    void clear() {
        positions.clear();
        addresses.clear();
        files.clear();
        lengths.clear();
    }
}
