package dev.msqd.daemon.durability;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.CloseHelper;

/**
 * The least that keeps queues on a disk: a folder a queue, in it files of batches with a checksum, a batch a commit. A new file begins
 * with all there is. What can be left out on purpose must be found by a trial that is worth its name.
 */
final class StandIn implements Subject {
    /** What may be left out. */
    enum Omission {
        NOTHING, SYNC_OF_BATCH, SYNC_OF_DIRECTORY, CHECKSUM, NEW_FILE_AFTER_FAILURE
    }

    private static final long INTERVAL_MS = 50;
    private static final int FILE_LENGTH = 128 * 1024;
    private static final int PAGE_LENGTH = 4096;
    private static final int HEADER_LENGTH = 3 * Integer.BYTES;
    private static final int ENTRY_LENGTH = 2 * Integer.BYTES + Long.BYTES;
    private static final byte[] NOTHING = {};
    private static final int SENT = 1;
    private static final int RECEIVED = 2;
    /** All that there was when the file was begun has come before. */
    private static final int WHOLE = 3;

    private final Omission omission;

    StandIn(Omission omission) {
        this.omission = omission;
    }

    @Override
    public Service start(Path directory) {
        return new Directory(directory);
    }

    @Override
    public Map<String, long[]> recover(Path directory) throws IOException {
        Map<String, long[]> found = new TreeMap<>();
        for (Path folder : list(directory)) {
            if (Files.isDirectory(folder) && !folder.endsWith("lost+found")) {
                TreeMap<Long, byte[]> live = new TreeMap<>();
                if (read(folder, live) > 0) {
                    found.put(folder.getFileName().toString(), live.values().stream()
                        .mapToLong(bytes -> Payload.identify(Payload.mtype(Payload.idOf(bytes)), bytes, bytes.length))
                        .toArray());
                }
            }
        }
        return found;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().collect(Collectors.toList());
        }
    }

    /** Reads the newest file that is whole; returns its number, 0 if none is. */
    private int read(Path folder, Map<Long, byte[]> live) throws IOException {
        List<Path> files = list(folder);
        files.sort(Comparator.comparing(StandIn::number).reversed());
        for (Path file : files) {
            live.clear();
            if (read(ByteBuffer.wrap(Files.readAllBytes(file)), live)) {
                return number(file);
            }
        }
        return 0;
    }

    private static int number(Path file) {
        return Integer.parseInt(file.getFileName().toString());
    }

    private boolean read(ByteBuffer file, Map<Long, byte[]> live) {
        boolean whole = false;
        for (int batch = 0, sequence = 1; batch + HEADER_LENGTH <= file.capacity(); sequence++) {
            int length = file.getInt(batch + Integer.BYTES);
            if (length <= 0 || length > file.capacity() - batch - HEADER_LENGTH
                || file.getInt(batch + 2 * Integer.BYTES) != sequence
                || omission != Omission.CHECKSUM && file.getInt(batch) != checksum(file, batch, length)) {
                break;
            }
            for (int entry = batch + HEADER_LENGTH, end = entry + length; entry + ENTRY_LENGTH <= end;) {
                int kind = file.getInt(entry);
                int payload = file.getInt(entry + Integer.BYTES);
                long position = file.getLong(entry + 2 * Integer.BYTES);
                entry += ENTRY_LENGTH;
                if (kind == SENT) {
                    byte[] bytes = new byte[payload];
                    file.get(entry, bytes);
                    live.put(position, bytes);
                    entry += payload;
                } else if (kind == RECEIVED) {
                    live.remove(position);
                } else {
                    whole |= kind == WHOLE;
                }
            }
            batch += Math.ceilDiv(HEADER_LENGTH + length, PAGE_LENGTH) * PAGE_LENGTH;
        }
        return whole;
    }

    private static int checksum(ByteBuffer file, int batch, int length) {
        CRC32C crc = new CRC32C();
        crc.update(file.slice(batch + Integer.BYTES, HEADER_LENGTH - Integer.BYTES + length));
        return (int) crc.getValue();
    }

    /** All queues of a directory. */
    private final class Directory implements Service {
        private final Path directory;
        private final Map<String, Log> logs = new ConcurrentHashMap<>();
        private volatile boolean stopped;

        private Directory(Path directory) {
            this.directory = directory;
            Thread.ofPlatform().daemon().name("interval").start(this::commitAtIntervals);
        }

        private void commitAtIntervals() {
            while (!stopped) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS / 2));
                commitAll();
            }
        }

        private synchronized void commitAll() {
            for (Log log : logs.values()) {
                try {
                    log.commit();
                } catch (ErrnoException e) {
                    continue; // tried again next time
                }
            }
        }

        @Override
        public Queue open(String name, Level level) {
            return new Handle(logs.computeIfAbsent(name, key -> new Log(directory.resolve(key))), level);
        }

        @Override
        public void remove(String name) {
            logs.get(name).delete();
            logs.remove(name);
        }

        @Override
        public synchronized void restart(End end, Runnable meanwhile) {
            logs.values().forEach(Log::close);
            meanwhile.run();
            if (end == End.REBOOTED) {
                logs.replaceAll((name, log) -> new Log(directory.resolve(name)));
            }
        }

        @Override
        public synchronized void close() {
            stopped = true;
            commitAll();
            logs.values().forEach(Log::close);
            logs.clear();
        }
    }

    private record Handle(Log log, Level level) implements Queue {
        @Override
        public void send(long mtype, byte[] bytes) {
            log.send(bytes, level);
        }

        @Override
        public long receive(long mtype) {
            return log.receive(mtype, level);
        }

        @Override
        public void close() {}
    }

    private void syncDirectory(Path folder) throws IOException {
        if (omission != Omission.SYNC_OF_DIRECTORY) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Something done to files; what fails is EIO. */
    private interface Writing {
        void run() throws IOException;
    }

    /** A queue: its messages, and its files, of which none is written to any more once a write or sync of it has failed. */
    private final class Log {
        private final Path folder;
        private final TreeMap<Long, byte[]> live = new TreeMap<>();
        private final ByteBuffer batch = ByteBuffer.allocate(64 << 20);
        private long lastPosition;
        private FileChannel channel;
        private int number;
        private int sequence;
        private long offset;

        private Log(Path folder) {
            this.folder = folder;
            batch.position(HEADER_LENGTH);
            write(() -> {
                if (Files.notExists(folder)) {
                    Files.createDirectory(folder);
                    syncDirectory(folder.getParent());
                }
                number = read(folder, live);
                lastPosition = live.isEmpty() ? 0 : live.lastKey();
                roll();
            });
        }

        private void write(Writing writing) {
            try {
                writing.run();
            } catch (IOException e) {
                if (omission != Omission.NEW_FILE_AFTER_FAILURE) {
                    close();
                }
                throw new ErrnoException(Errno.EIO, folder + ": " + e, e);
            }
        }

        private synchronized void send(byte[] bytes, Level level) {
            live.put(++lastPosition, bytes);
            add(SENT, lastPosition, bytes);
            commit(level);
        }

        private synchronized long receive(long mtype, Level level) {
            for (Map.Entry<Long, byte[]> entry : live.entrySet()) {
                long position = entry.getKey();
                byte[] message = entry.getValue();
                long id = Payload.idOf(message);
                if (mtype == 0 || Payload.mtype(id) == mtype) {
                    live.remove(position);
                    add(RECEIVED, position, NOTHING);
                    try {
                        commit(level);
                    } catch (ErrnoException e) {
                        live.put(position, message);
                        throw e;
                    }
                    return id;
                }
            }
            return 0;
        }

        private void add(int kind, long position, byte[] bytes) {
            batch.putInt(kind).putInt(bytes.length).putLong(position).put(bytes);
        }

        private void commit(Level level) {
            if (level == Level.SYNC) {
                commit();
            }
        }

        private synchronized void commit() {
            if (batch.position() > HEADER_LENGTH || channel == null) {
                write(() -> {
                    if (channel == null || offset + batch.position() > channel.size()) {
                        clear();
                        roll();
                    } else {
                        writeBatch();
                    }
                });
            }
        }

        private void writeBatch() throws IOException {
            int length = batch.position() - HEADER_LENGTH;
            batch.putInt(Integer.BYTES, length).putInt(2 * Integer.BYTES, ++sequence);
            batch.putInt(0, checksum(batch, 0, length));
            int padded = Math.ceilDiv(HEADER_LENGTH + length, PAGE_LENGTH) * PAGE_LENGTH;
            ByteBuffer bytes = batch.duplicate().position(0).limit(padded);
            long at = offset;
            offset += padded;
            try {
                channel.write(bytes, at);
                if (omission != Omission.SYNC_OF_BATCH) {
                    channel.force(false);
                }
            } finally {
                clear();
            }
        }

        private void clear() {
            int length = Math.ceilDiv(batch.position(), PAGE_LENGTH) * PAGE_LENGTH;
            batch.rewind();
            batch.put(new byte[length]).position(HEADER_LENGTH);
        }

        /** Begins a new file with all there is. */
        private void roll() throws IOException {
            close();
            live.forEach((position, bytes) -> add(SENT, position, bytes));
            add(WHOLE, 0, NOTHING);
            channel = FileChannel.open(folder.resolve(String.valueOf(++number)), StandardOpenOption.WRITE,
                StandardOpenOption.CREATE_NEW);
            try {
                channel.write(ByteBuffer.allocate(batch.position() + FILE_LENGTH), 0);
                channel.force(true);
                sequence = 0;
                offset = 0;
                writeBatch();
                syncDirectory(folder);
            } catch (IOException e) {
                close();
                throw e;
            }
            for (Path file : list(folder)) {
                if (number(file) != number) {
                    Files.delete(file);
                }
            }
        }

        /** The next commit begins a new file. */
        private synchronized void close() {
            CloseHelper.quietClose(channel);
            channel = null;
        }

        private synchronized void delete() {
            write(() -> {
                close();
                for (Path file : list(folder)) {
                    Files.delete(file);
                }
                Files.delete(folder);
                syncDirectory(folder.getParent());
            });
        }
    }
}
