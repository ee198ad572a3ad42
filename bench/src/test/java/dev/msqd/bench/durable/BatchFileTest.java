package dev.msqd.bench.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BatchFileTest {
    private static final int WHOLE = 3;
    private static final byte OLD = 0x5a;

    @TempDir
    private Path directory;
    private Path path;

    @BeforeEach
    void choosePath() {
        path = directory.resolve("log");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4096})
    void messagesAreReadAsAppended(int alignment) throws IOException {
        List<ByteBuffer> all = messages(0, 40_000);
        try (BatchFile log = BatchFile.create(path, alignment)) {
            for (int from = 0; from < all.size(); from += 400) {
                log.append(all.subList(from, from + 400));
            }
        }
        assertEquals(all, BatchFile.read(path, alignment));
        assertTrue(Files.size(path) > BatchFile.STEP_LENGTH, "more than one step is needed");
        assertEquals(0, Files.size(path) % BatchFile.STEP_LENGTH);
    }

    @Test
    void whateverIsLeftOfTheLastBatchEndsTheFile() throws IOException {
        int begin;
        byte[] whole;
        try (BatchFile log = BatchFile.create(path, Long.BYTES)) {
            for (int batch = 0; batch < WHOLE; batch++) {
                log.append(messages(batch, batch + 1));
            }
            begin = end(Files.readAllBytes(path));
            log.append(messages(WHOLE, WHOLE + 2));
            whole = Files.readAllBytes(path);
        }
        int end = end(whole);
        for (int cut = begin + 1; cut < end; cut++) {
            byte[] zeros = whole.clone();
            Arrays.fill(zeros, cut, end, (byte) 0);
            assertEnds(zeros, "zeros from " + cut);
            byte[] old = whole.clone();
            Arrays.fill(old, cut, end + 1, OLD);
            assertEnds(old, "old bytes from " + cut);
            byte[] late = whole.clone();
            Arrays.fill(late, begin, cut, (byte) 0);
            assertEnds(late, "zeros to " + cut);
            assertEnds(Arrays.copyOf(whole, cut), "cut off at " + cut);
        }
    }

    @Test
    void aBatchOfAnotherPlaceIsNoneOfTheFile() throws IOException {
        byte[] whole;
        int begin;
        try (BatchFile log = BatchFile.create(path, Long.BYTES)) {
            log.append(messages(0, 1));
            begin = (end(Files.readAllBytes(path)) + Long.BYTES - 1) & -Long.BYTES;
            log.append(messages(1, 2));
            whole = Files.readAllBytes(path);
        }
        System.arraycopy(whole, 0, whole, begin, begin);
        Files.write(path, whole);
        assertEquals(messages(0, 1), BatchFile.read(path, Long.BYTES));
    }

    @Test
    void sharedSyncsKeepEveryMessageOnce() throws Exception {
        int senders = 8;
        int each = 100;
        try (BatchFile log = BatchFile.create(path, Long.BYTES)) {
            GroupCommit commit = new GroupCommit(log);
            List<Thread> threads = IntStream.range(0, senders).mapToObj(sender -> Thread.ofPlatform().start(() -> {
                for (ByteBuffer message : messages(sender * each, (sender + 1) * each)) {
                    try {
                        commit.append(message);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            })).toList();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        List<ByteBuffer> read = BatchFile.read(path, Long.BYTES);
        assertEquals(senders * each, read.size());
        Set<ByteBuffer> different = new HashSet<>(read);
        assertEquals(new HashSet<>(messages(0, senders * each)), different);
    }

    /** That the whole batches before it, and nothing else, are read. */
    private void assertEnds(byte[] left, String how) throws IOException {
        Files.write(path, left);
        assertEquals(messages(0, WHOLE), BatchFile.read(path, Long.BYTES), how);
    }

    /** Each ends with a byte that is not 0, so that zeros in its place are a loss. */
    private static List<ByteBuffer> messages(int from, int to) {
        return IntStream.range(from, to)
            .mapToObj(
                number -> ByteBuffer.allocate(DurableLogs.MESSAGE_LENGTH).putInt(number | 0x8080_8080).putInt(~number)
                    .put(new byte[DurableLogs.MESSAGE_LENGTH - 2 * Integer.BYTES - 1]).put((byte) 1).flip())
            .toList();
    }

    private static int end(byte[] bytes) {
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }
}
