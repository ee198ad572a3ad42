package dev.msqd.daemon.journal;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A directory in memory that knows what is on disk and what only in the page cache. {@link #afterCut} is what a power
 * cut would leave: of all that was not synced, sectors new, old, torn or garbage, and directory entries made and
 * deleted or not.
 *
 * <p>It insists on the log's rules 1 and 2 while it is written to.
 */
final class PowerCutStorage implements LogStorage {
    static final int SECTOR_LENGTH = 512;

    enum Operation {
        CREATE, DELETE, WRITE, SYNC, SYNC_DIRECTORY
    }

    /** Called in the midst of each operation: what it does is in the page cache, and nothing of it certain. */
    interface Observer {
        void onOperation(Operation operation);
    }

    /** Says which error an operation meets; 0: none. */
    interface Faults {
        int errno(Operation operation);
    }

    /** Says which syncs do nothing. */
    interface LeftOut {
        boolean leavesOut(Operation operation);
    }

    private record DirectoryChange(boolean create, int number, Inode inode) {}

    /** A file: what is read back, and what of it is on disk. */
    private static final class Inode {
        private byte[] cached = new byte[0];
        private int length;
        private byte[] durable = new byte[0];
        private int durableLength;
        private final BitSet dirtySectors = new BitSet();

        private boolean headerSynced;
        private boolean entrySynced;
        private boolean dead;

        private void reserve(int needed) {
            if (needed > cached.length) {
                int capacity = Math.max(needed, cached.length + cached.length / 2);
                cached = Arrays.copyOf(cached, capacity);
                durable = Arrays.copyOf(durable, capacity);
            }
        }
    }

    private final TreeMap<Integer, Inode> entries = new TreeMap<>();
    private final TreeMap<Integer, Inode> durableEntries = new TreeMap<>();
    private final List<DirectoryChange> changes = new ArrayList<>();
    private final Random random;

    private Observer observer = operation -> {};
    private Faults faults = operation -> 0;
    private LeftOut leftOut = operation -> false;
    private long capacity = Long.MAX_VALUE;
    private int refusals;

    /** @param random decides what a failed operation leaves behind. */
    PowerCutStorage(Random random) {
        this.random = random;
    }

    void observe(Observer observer) {
        this.observer = observer;
    }

    void fail(Faults faults) {
        this.faults = faults;
    }

    void leaveOut(LeftOut leftOut) {
        this.leftOut = leftOut;
    }

    /** Bytes that all files together may have. */
    void capacity(long bytes) {
        capacity = bytes;
    }

    /** How often there was no room. */
    int refusals() {
        return refusals;
    }

    long bytes() {
        return entries.values().stream().mapToLong(inode -> inode.length).sum();
    }

    /** A file's bytes, as they are read back. */
    byte[] content(int number) {
        Inode inode = entries.get(number);
        return Arrays.copyOf(inode.cached, inode.length);
    }

    /** Puts a file there as if it had always been. */
    void put(int number, byte[] content) {
        Inode inode = new Inode();
        inode.cached = content.clone();
        inode.durable = content.clone();
        inode.length = content.length;
        inode.durableLength = content.length;
        inode.headerSynced = true;
        inode.entrySynced = true;
        entries.put(number, inode);
        durableEntries.put(number, inode);
    }

    /** A directory with the same files, all of it on disk. */
    PowerCutStorage copy() {
        PowerCutStorage copy = new PowerCutStorage(random);
        entries.forEach((number, inode) -> copy.put(number, Arrays.copyOf(inode.cached, inode.length)));
        return copy;
    }

    /** What is found after a power cut at this moment, if it goes as these dice say. */
    PowerCutStorage afterCut(Random dice) {
        PowerCutStorage image = new PowerCutStorage(dice);
        TreeMap<Integer, Inode> found = new TreeMap<>(durableEntries);
        int kept = dice.nextInt(5); // of four: none, half, most or all; else each file is different
        for (DirectoryChange change : changes) {
            if (keeps(kept, dice)) {
                if (change.create) {
                    found.put(change.number, change.inode);
                } else {
                    found.remove(change.number, change.inode);
                }
            }
        }
        boolean garbage = dice.nextInt(8) == 0;
        for (Map.Entry<Integer, Inode> entry : found.entrySet()) {
            image.put(entry.getKey(), afterCut(entry.getValue(), kept < 4 ? kept : dice.nextInt(4), garbage, dice));
        }
        return image;
    }

    private static boolean keeps(int kept, Random dice) {
        return switch (kept) {
            case 0 -> false;
            case 1 -> dice.nextBoolean();
            case 2 -> dice.nextInt(16) > 0;
            case 3 -> true;
            default -> dice.nextInt(3) > 0;
        };
    }

    private static byte[] afterCut(Inode inode, int kept, boolean garbage, Random dice) {
        int length = inode.durableLength;
        if (inode.length > length && kept > 0) {
            length = kept == 3 ? inode.length : length + dice.nextInt(inode.length - length + 1);
        }
        byte[] content = Arrays.copyOf(inode.durable, length);
        for (int sector = inode.dirtySectors.nextSetBit(0); sector >= 0;
            sector = inode.dirtySectors.nextSetBit(sector + 1)) {
            int from = sector * SECTOR_LENGTH;
            int to = Math.min(from + SECTOR_LENGTH, length);
            if (from >= to) {
                break;
            }
            if (keeps(kept, dice)) {
                System.arraycopy(inode.cached, from, content, from, to - from);
            } else if (dice.nextInt(16) == 0) {
                System.arraycopy(inode.cached, from, content, from, dice.nextInt(to - from));
            } else if (garbage && from >= inode.durableLength && dice.nextInt(4) == 0) {
                byte[] bytes = new byte[to - from];
                dice.nextBytes(bytes);
                System.arraycopy(bytes, 0, content, from, bytes.length);
            }
        }
        return content;
    }

    @Override
    public int[] list() {
        return entries.keySet().stream().mapToInt(number -> number).toArray();
    }

    @Override
    public LogFile create(int number) {
        if (entries.containsKey(number)) {
            throw failure(Errno.EEXIST, Operation.CREATE, number);
        }
        fail(Operation.CREATE, number);
        Inode inode = new Inode();
        entries.put(number, inode);
        changes.add(new DirectoryChange(true, number, inode));
        observer.onOperation(Operation.CREATE);
        return new MemoryFile(number, inode, true);
    }

    @Override
    public LogFile open(int number) {
        return new MemoryFile(number, find(number), false);
    }

    @Override
    public void delete(int number) {
        Inode inode = find(number);
        fail(Operation.DELETE, number);
        entries.remove(number);
        changes.add(new DirectoryChange(false, number, inode));
        observer.onOperation(Operation.DELETE);
    }

    @Override
    public void syncDirectory() {
        entries.values().forEach(inode -> inode.entrySynced = true);
        observer.onOperation(Operation.SYNC_DIRECTORY);
        int errno = faults.errno(Operation.SYNC_DIRECTORY);
        if (errno != 0) {
            entries.values().forEach(inode -> inode.entrySynced = durableEntries.containsValue(inode));
            throw failure(errno, Operation.SYNC_DIRECTORY, 0);
        }
        if (!leftOut.leavesOut(Operation.SYNC_DIRECTORY)) {
            changes.clear();
            durableEntries.clear();
            durableEntries.putAll(entries);
        }
    }

    @Override
    public String name() {
        return "in memory";
    }

    private Inode find(int number) {
        Inode inode = entries.get(number);
        if (inode == null) {
            throw failure(Errno.ENOENT, Operation.DELETE, number);
        }
        return inode;
    }

    private void fail(Operation operation, int number) {
        int errno = faults.errno(operation);
        if (errno != 0) {
            throw failure(errno, operation, number);
        }
    }

    private ErrnoException failure(int errno, Operation operation, int number) {
        refusals += errno == Errno.ENOSPC || errno == Errno.EDQUOT ? 1 : 0;
        return new ErrnoException(errno, operation + " of file " + number);
    }

    private static void insist(boolean condition, String rule) {
        if (!condition) {
            throw new AssertionError(rule);
        }
    }

    private final class MemoryFile implements LogFile {
        private final int number;
        private final Inode inode;
        private final boolean writable;
        private boolean open = true;

        private MemoryFile(int number, Inode inode, boolean writable) {
            this.number = number;
            this.inode = inode;
            this.writable = writable;
        }

        @Override
        public long length() {
            insist(open, "the file is closed");
            return inode.length;
        }

        @Override
        public void read(ByteBuffer into, long offset) {
            insist(open, "the file is closed");
            int count = (int) Math.max(0, Math.min(into.remaining(), inode.length - offset));
            into.put(inode.cached, (int) offset, count);
        }

        @Override
        public void write(ByteBuffer from, long offset) {
            int begin = (int) offset;
            int end = begin + from.remaining();
            byte[] bytes = new byte[end - begin];
            from.get(bytes);
            insist(open && writable && !inode.dead, "rule 1: a file that failed, or of another process, is written to");
            insist(allZero(inode.cached, begin, Math.min(end, inode.length)), "rule 1: a block is written again");
            insist(begin == 0 || inode.headerSynced && inode.entrySynced, "rule 2: header or entry are not on disk");

            int errno = faults.errno(Operation.WRITE);
            int room = (int) Math.max(0, Math.min(capacity - bytes(), Integer.MAX_VALUE / 2));
            if (errno == 0 && end - inode.length > room) {
                errno = Errno.ENOSPC;
            }
            if (errno != 0) { // of zeros, some are written, which nobody can tell from none
                inode.dead = errno != Errno.ENOSPC && errno != Errno.EDQUOT || !allZero(bytes, 0, bytes.length);
                end = begin + random.nextInt(bytes.length / SECTOR_LENGTH + 1) * SECTOR_LENGTH;
                end = Math.max(begin, Math.min(end, inode.length + room));
            }
            inode.reserve(end);
            System.arraycopy(bytes, 0, inode.cached, begin, end - begin);
            inode.length = Math.max(inode.length, end);
            inode.dirtySectors.set(begin / SECTOR_LENGTH, Math.ceilDiv(end, SECTOR_LENGTH));
            observer.onOperation(Operation.WRITE);
            if (errno != 0) {
                throw failure(errno, Operation.WRITE, number);
            }
        }

        @Override
        public void sync() {
            insist(open && writable && !inode.dead, "rule 1: a file that failed, or of another process, is synced");
            observer.onOperation(Operation.SYNC);
            int errno = faults.errno(Operation.SYNC);
            if (errno != 0) { // what did not get to disk is forgotten: the pages count as clean
                inode.dead = true;
                byte[] content = afterCut(inode, random.nextInt(4), false, random);
                System.arraycopy(content, 0, inode.durable, 0, content.length);
                inode.durableLength = content.length;
                inode.dirtySectors.clear();
                throw failure(errno, Operation.SYNC, number);
            }
            inode.headerSynced = true;
            if (!leftOut.leavesOut(Operation.SYNC)) {
                System.arraycopy(inode.cached, 0, inode.durable, 0, inode.length);
                inode.durableLength = inode.length;
                inode.dirtySectors.clear();
            }
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private static boolean allZero(byte[] bytes, int from, int to) {
        for (int index = from; index < to; index++) {
            if (bytes[index] != 0) {
                return false;
            }
        }
        return true;
    }
}
