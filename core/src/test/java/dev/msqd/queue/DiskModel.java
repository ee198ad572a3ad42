package dev.msqd.queue;

import dev.msqd.log.Tailer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.DirectBuffer;

/** A log on disk as it should be: what a replay would find, and which files count messages. */
final class DiskModel implements Tailer.Sink {
    private final TreeMap<Long, Message> live = new TreeMap<>();
    private final List<Runnable> added = new ArrayList<>();
    /** What is written but not committed may be replayed, and does not count. */
    private final List<Runnable> counting = new ArrayList<>();
    private final Map<Integer, Integer> counts = new HashMap<>();
    private int file = 1;
    private int sends;

    /** mtype and first eight bytes: the tests' own number. */
    record Message(long mtype, long number, int length) {}

    @Override
    public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
        Message message = new Message(mtype, source.getLong(offset), length);
        int inFile = file;
        added.add(() -> {
            sends++;
            live.put(position, message);
        });
        counting.add(() -> counts.merge(inFile, 1, Integer::sum));
        return file;
    }

    @Override
    public void consumed(long first, long last) {
        added.add(() -> live.subMap(first, true, last, true).clear());
    }

    @Override
    public void released(int fromFile, int payloadLength) {
        counts.merge(fromFile, -1, Integer::sum);
    }

    /** What was added is on disk. */
    synchronized void commit() {
        counting.forEach(Runnable::run);
        write();
    }

    /** What was added is lost. */
    synchronized void drop() {
        added.clear();
        write();
    }

    /** What was added is lost, but for a part that was written already. */
    synchronized void dropFrom(int index) {
        added.subList(Math.min(index, added.size()), added.size()).clear();
        write();
    }

    private void write() {
        added.forEach(Runnable::run);
        added.clear();
        counting.clear();
    }

    void nextFile() {
        file++;
    }

    int file() {
        return file;
    }

    /** All is written anew. */
    synchronized void clear() {
        live.clear();
        counts.clear();
        nextFile();
    }

    /** What was added is on disk, in place of everything before: a checkpoint. */
    synchronized void replace() {
        live.clear();
        commit();
    }

    /** Messages that count in any file. */
    int counted() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many messages came into it, the same ones again included. */
    int sends() {
        return sends;
    }

    int countedIn(int number) {
        return counts.getOrDefault(number, 0);
    }

    /** In the order of the queue. */
    synchronized List<Message> live() {
        return List.copyOf(live.values());
    }
}
