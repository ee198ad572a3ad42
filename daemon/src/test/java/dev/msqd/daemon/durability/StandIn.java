package dev.msqd.daemon.durability;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The least that keeps queues on a disk: a folder a queue, in it files of batches with a checksum, a batch a commit. A new file begins
 * with all there is. What can be left out on purpose must be found by a trial that is worth its name.
 */
final class StandIn implements Subject {
    /** What may be left out. */
    enum Omission {
        NOTHING, SYNC_OF_BATCH, SYNC_OF_DIRECTORY, CHECKSUM
    }

    private static final long INTERVAL_MS = 50;
    private static final int FILE_LENGTH = 128 * 1024;
    private static final int PAGE_LENGTH = 4096;
    private static final int HEADER_LENGTH = 3 * Integer.BYTES;
    private static final int ENTRY_LENGTH = 2 * Integer.BYTES + Long.BYTES;
    private static final int SENT = 1;
    private static final int RECEIVED = 2;
    /** The file holds everything from here on. */
    private static final int WHOLE = 3;

    private final Omission omission;

    StandIn(Omission omission) {
        this.omission = omission;
    }

    @Override
    public Service start(Path directory) throws IOException {
        return new Directory(directory);
    }

    @Override
    public Map<String, long[]> recover(Path directory) throws IOException {
        Map<String, long[]> found = new TreeMap<>();
        for (Path folder : list(directory)) {
            if (Files.isDirectory(folder) && !folder.endsWith("lost+found")) {
                Map<Long, byte[]> live = new LinkedHashMap<>();
                if (read(folder, live) > 0) {
                    found.put(folder.getFileName().toString(), live.entrySet().stream()
                        .mapToLong(entry -> Payload.identify(Payload.mtype(entry.getKey()), entry.getValue(),
                            entry.getValue().length))
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
                long id = file.getLong(entry + 2 * Integer.BYTES);
                entry += ENTRY_LENGTH;
                if (kind == SENT) {
                    byte[] bytes = new byte[payload];
                    file.get(entry, bytes);
                    live.put(id, bytes);
                    entry += payload;
                } else if (kind == RECEIVED) {
                    live.remove(id);
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

        private Directory(Path directory) throws IOException {
            this.directory = directory;
            Thread.ofPlatform().daemon().name("interval").start(this::syncAtIntervals);
        }

        private void syncAtIntervals() {
            while (!stopped) {
                try {
                    TimeUnit.MILLISECONDS.sleep(INTERVAL_MS / 2);
                    for (Log log : logs.values()) {
                        log.commit();
                    }
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public Queue open(String name, Level level) {
            Function<String, Log> make = key -> {
                try {
                    return new Log(directory.resolve(name));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            };
            return new Handle(logs.computeIfAbsent(name, make), level);
        }

        @Override
        public void remove(String name) throws IOException {
            logs.remove(name).delete();
            syncDirectory(directory);
        }

        @Override
        public void restart(End end) throws IOException {
            for (Log log : logs.values()) {
                log.close();
            }
            logs.clear();
        }

        @Override
        public void close() throws IOException {
            stopped = true;
            restart(End.STOPPED);
        }
    }

    private record Handle(Log log, Level level) implements Queue {
        @Override
        public void send(long mtype, byte[] bytes) throws IOException {
            log.send(bytes, level);
        }

        @Override
        public long receive(long mtype) throws IOException {
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

    /** The files of one queue. */
    private final class Log {
        private final Path folder;
        private final Map<Long, byte[]> live = new LinkedHashMap<>();
        private final ByteBuffer batch = ByteBuffer.allocate(64 << 20);
        private FileChannel channel;
        private int number;
        private int sequence;
        private long position;
        private boolean closed;

        private Log(Path folder) throws IOException {
            this.folder = folder;
            if (Files.notExists(folder)) {
                Files.createDirectory(folder);
                syncDirectory(folder.getParent());
            }
            number = read(folder, live);
            batch.position(HEADER_LENGTH);
            roll();
        }

        private synchronized void send(byte[] bytes, Level level) throws IOException {
            long id = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            live.put(id, bytes);
            add(SENT, id, bytes);
            if (level == Level.SYNC) {
                commit();
            }
        }

        private synchronized long receive(long mtype, Level level) throws IOException {
            for (Long id : live.keySet()) {
                if (mtype == 0 || Payload.mtype(id) == mtype) {
                    live.remove(id);
                    add(RECEIVED, id, new byte[0]);
                    if (level == Level.SYNC) {
                        commit();
                    }
                    return id;
                }
            }
            return 0;
        }

        private void add(int kind, long id, byte[] bytes) {
            batch.putInt(kind).putInt(bytes.length).putLong(id).put(bytes);
        }

        private synchronized void commit() throws IOException {
            if (closed || batch.position() == HEADER_LENGTH) {
                return;
            }
            if (position + batch.position() > channel.size()) {
                batch.clear().position(HEADER_LENGTH);
                roll();
            } else {
                write();
            }
        }

        private void write() throws IOException {
            int length = batch.position() - HEADER_LENGTH;
            batch.putInt(Integer.BYTES, length).putInt(2 * Integer.BYTES, ++sequence);
            batch.putInt(0, checksum(batch, 0, length));
            batch.position(0).limit(Math.ceilDiv(HEADER_LENGTH + length, PAGE_LENGTH) * PAGE_LENGTH);
            position += channel.write(batch, position);
            if (omission != Omission.SYNC_OF_BATCH) {
                channel.force(false);
            }
            batch.limit(batch.position());
            batch.rewind();
            batch.put(new byte[batch.limit()]).clear().position(HEADER_LENGTH);
        }

        /** Begins a new file with all there is. */
        private void roll() throws IOException {
            if (channel != null) {
                channel.close();
            }
            live.forEach((id, bytes) -> add(SENT, id, bytes));
            add(WHOLE, 0, new byte[0]);
            channel = FileChannel.open(folder.resolve(String.valueOf(++number)), StandardOpenOption.WRITE,
                StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            int length = batch.position() + FILE_LENGTH;
            channel.write(ByteBuffer.allocate(length), 0);
            channel.force(true);
            sequence = 0;
            position = 0;
            write();
            syncDirectory(folder);
            for (Path file : list(folder)) {
                if (number(file) != number) {
                    Files.delete(file);
                }
            }
        }

        private synchronized void close() throws IOException {
            commit();
            closed = true;
            channel.close();
        }

        private synchronized void delete() throws IOException {
            close();
            for (Path file : list(folder)) {
                Files.delete(file);
            }
            Files.delete(folder);
        }
    }
}
