package dev.msqd.daemon.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/** Files put together batch by batch, for what {@link QueueLog} would not write. */
final class HandmadeLog {
    static final UUID QUEUE = new UUID(1, 2);
    static final int PAGE = LogFileDescriptor.PAGE_LENGTH;

    private final PowerCutStorage storage = new PowerCutStorage(new Random(1));
    private LogFileHeader header;
    private byte[] content;
    private int length;
    private long sequence;
    private long synced;
    private int replayFrom;
    private long state;

    PowerCutStorage storage() {
        return storage;
    }

    Replay replay() {
        return Replay.of(storage, QUEUE);
    }

    /** A file that follows the one before, which is synced. */
    HandmadeLog file(int number, long incarnation) {
        return file(number, header == null ? 0 : header.number(), incarnation, sequence);
    }

    HandmadeLog file(int number, int previous, long incarnation, long synced) {
        return file(
            new LogFileHeader(QUEUE, number, previous, replayFrom, sequence + 1, synced, incarnation, 1000L * number,
                0x5A17_0000L + number));
    }

    HandmadeLog file(LogFileHeader header) {
        this.header = header;
        synced = header.synced();
        sequence = header.firstSequence() - 1;
        content = new byte[PAGE];
        header.encode().get(0, content);
        length = PAGE;
        return put();
    }

    /** What batches from now on say. */
    HandmadeLog replayFrom(int file) {
        replayFrom = file;
        return this;
    }

    /** What batches from now on say. */
    HandmadeLog state(long state) {
        this.state = state;
        return this;
    }

    /** All batches so far are on disk. */
    HandmadeLog synced() {
        synced = sequence;
        return this;
    }

    HandmadeLog batch(Consumer<BatchBuilder> entries) {
        BatchBuilder batch = new BatchBuilder();
        entries.accept(batch);
        sequence++;
        ByteBuffer sealed =
            batch.seal(new BatchChecksum(header.salt()), sequence, synced, replayFrom, state, -state, 77);
        content = Arrays.copyOf(content, length + sealed.remaining() + 2 * PAGE);
        int count = sealed.remaining();
        sealed.get(content, length, count);
        length += count;
        return put();
    }

    HandmadeLog begin(long incarnation) {
        return batch(batch -> batch.checkpointBegin(incarnation));
    }

    /** Ends the checkpoint that began in this file. */
    HandmadeLog end() {
        return replayFrom(header.number()).batch(BatchBuilder::checkpointEnd);
    }

    HandmadeLog sends(long... positions) {
        return batch(batch -> {
            for (long position : positions) {
                send(batch, position, text(position));
            }
        });
    }

    HandmadeLog consumed(long first, long last) {
        return batch(batch -> batch.consumed(first, last));
    }

    static void send(BatchBuilder batch, long position, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        batch.send(position, mtype(position), new UnsafeBuffer(bytes), 0, bytes.length);
    }

    static String text(long position) {
        return "message " + position;
    }

    static long mtype(long position) {
        return 1_000_000_007L * position;
    }

    /** Where the next batch will begin. */
    int length() {
        return length;
    }

    /** Changes a byte of the file at hand. */
    HandmadeLog flip(int offset) {
        content[offset] ^= 1;
        return put();
    }

    /** As if a page had never been written. */
    HandmadeLog zero(int offset) {
        Arrays.fill(content, offset, offset + PAGE, (byte) 0);
        return put();
    }

    HandmadeLog truncate(int length) {
        storage.put(header.number(), Arrays.copyOf(content, length));
        return this;
    }

    private HandmadeLog put() {
        storage.put(header.number(), content);
        return this;
    }
}
