package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.artemis.core.io.SequentialFileFactory;
import org.apache.activemq.artemis.core.io.mapped.MappedSequentialFileFactory;
import org.apache.activemq.artemis.core.io.nio.NIOSequentialFileFactory;
import org.apache.activemq.artemis.core.journal.impl.JournalImpl;

/** The journal of Artemis, a message broker: its own buffer lets senders share syncs. */
final class ArtemisJournal implements Durable {
    private static final int FILE_LENGTH = 10 << 20;
    private static final int FILES = 2;
    private static final int BUFFER_LENGTH = 490 << 10;
    /** About as long as a sync takes, which is what its installer measures and sets: its default is 3.3 ms. */
    private static final int BUFFER_TIMEOUT_NS = (int) TimeUnit.MICROSECONDS.toNanos(100);
    private static final byte RECORD_TYPE = 1;

    private final JournalImpl journal;
    private final AtomicLong ids = new AtomicLong();

    private ArtemisJournal(SequentialFileFactory files) throws IOException {
        journal = new JournalImpl(FILE_LENGTH, FILES, FILES, 0, 0, files, "bench", "journal", 1);
        try {
            journal.start();
            journal.load(new ArrayList<>(), new ArrayList<>(), null, false);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    static ArtemisJournal nio(Path folder) throws IOException {
        Files.createDirectory(folder);
        return new ArtemisJournal(
            new NIOSequentialFileFactory(folder.toFile(), true, BUFFER_LENGTH, BUFFER_TIMEOUT_NS, 1, false));
    }

    static ArtemisJournal mapped(Path folder) throws IOException {
        Files.createDirectory(folder);
        return new ArtemisJournal(new MappedSequentialFileFactory(
            folder.toFile(), FILE_LENGTH, true, BUFFER_LENGTH, BUFFER_TIMEOUT_NS, null));
    }

    @Override
    public void append(ByteBuffer message) throws IOException {
        byte[] bytes = new byte[message.remaining()];
        message.get(message.position(), bytes);
        try {
            journal.appendAddRecord(ids.incrementAndGet(), RECORD_TYPE, bytes, true);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            journal.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
