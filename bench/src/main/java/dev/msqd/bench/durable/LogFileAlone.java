package dev.msqd.bench.durable;

import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.daemon.journal.QueueLog;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;

/** msqd's log without a queue, a daemon or another process. */
final class LogFileAlone implements DurableLog {
    private static final int FILE_LENGTH = 16 << 20;

    private final QueueLog log;
    private final UnsafeBuffer wrapped = new UnsafeBuffer();
    private long position;

    private LogFileAlone(QueueLog log) {
        this.log = log;
    }

    static LogFileAlone create(Path path) {
        QueueLog log =
            QueueLog.open(DiskStorage.at(path), UUID.randomUUID(), FILE_LENGTH, SystemEpochClock.INSTANCE);
        log.beginCheckpoint(1);
        log.endCheckpoint();
        log.commit(true);
        return new LogFileAlone(log);
    }

    @Override
    public void append(List<ByteBuffer> messages) {
        for (ByteBuffer message : messages) {
            wrapped.wrap(message, message.position(), message.remaining());
            log.send(position++, 1, wrapped, 0, message.remaining());
        }
        log.commit(true);
    }

    @Override
    public void close() {
        log.close();
    }
}
