package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageReaderTest {
    private static final int MAX_LENGTH = 100;

    @Test
    void cutsLinesAndKeepsEmptyOnes() throws IOException {
        assertEquals(List.of("one", "", "two", "", ""), lines("one\n\ntwo\n\n\n"));
    }

    @Test
    void lastLineMayLackItsNewline() throws IOException {
        assertEquals(List.of("one", "two"), lines("one\ntwo"));
        assertEquals(List.of(), lines(""));
    }

    @Test
    void passesEveryByteButTheNewline() throws IOException {
        StringBuilder text = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            text.append(c == '\n' ? "" : c);
        }
        String line = text.substring(0, MAX_LENGTH);
        String rest = text.substring(MAX_LENGTH, 2 * MAX_LENGTH);
        assertEquals(List.of(line, rest), lines(line + "\n" + rest + "\n"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void findsTheSameLinesHoweverTheyArrive(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            expected.add("x".repeat(random.nextInt(MAX_LENGTH + 1)));
        }
        byte[] bytes = (String.join("\n", expected) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(expected, read(MessageReader.lines(inPieces(bytes, random), MAX_LENGTH)));
    }

    @Test
    void aLineAtTheLimitPassesAndOneMoreIsRefused() throws IOException {
        assertEquals(List.of("x".repeat(MAX_LENGTH)), lines("x".repeat(MAX_LENGTH) + "\n"));
        assertEquals(List.of("x".repeat(MAX_LENGTH)), lines("x".repeat(MAX_LENGTH)));
        assertEquals("line 2 is 101 bytes long, over the limit of 100 (msgmax)",
            refusal(() -> lines("fine\n" + "x".repeat(MAX_LENGTH + 1) + "\n")));
    }

    @Test
    void measuresALineLongerThanTheBlock() {
        assertEquals("line 1 is 1000000 bytes long, over the limit of 100 (msgmax)",
            refusal(() -> lines("x".repeat(1_000_000) + "\nnext\n")));
        assertEquals("line 1 is 1000000 bytes long, over the limit of 100 (msgmax)",
            refusal(() -> lines("x".repeat(1_000_000))));
    }

    @Test
    void readsMessagesBehindTheirLengths() throws IOException {
        assertEquals(List.of("a\nb", "", "c"), prefixed("\0\0\0\3a\nb\0\0\0\0\0\0\0\1c"));
        assertEquals(List.of(), prefixed(""));
    }

    @Test
    void refusesAMessageThatIsCutOffOrTooLong() {
        assertEquals("message 2 is cut off: 6 of 9 bytes with its length",
            refusal(() -> prefixed("\0\0\0\1a\0\0\0\5ab")));
        assertEquals("message 1 is cut off: 3 of 4 bytes with its length", refusal(() -> prefixed("\0\0\0")));
        assertEquals("message 1 is 101 bytes long, over the limit of 100 (msgmax)",
            refusal(() -> prefixed("\0\0\0\145")));
        assertEquals("message 1 is 4294967295 bytes long, over the limit of 100 (msgmax)",
            refusal(() -> prefixed("\u00ff\u00ff\u00ff\u00ff")));
    }

    private static String refusal(org.junit.jupiter.api.function.Executable reading) {
        return assertThrows(MessageReader.MessageFormatException.class, reading).getMessage();
    }

    private static List<String> lines(String text) throws IOException {
        return read(MessageReader.lines(channel(text), MAX_LENGTH));
    }

    private static List<String> prefixed(String text) throws IOException {
        return read(MessageReader.sizePrefixed(channel(text), MAX_LENGTH));
    }

    private static List<String> read(MessageReader reader) throws IOException {
        List<String> messages = new ArrayList<>();
        while (reader.next()) {
            byte[] message = new byte[reader.length()];
            reader.buffer().getBytes(reader.offset(), message);
            messages.add(new String(message, StandardCharsets.ISO_8859_1));
        }
        return messages;
    }

    private static ReadableByteChannel channel(String text) {
        return Channels.newChannel(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** A stream that gives as little as it likes at each read. */
    private static ReadableByteChannel inPieces(byte[] bytes, Random random) {
        return Channels.newChannel(new InputStream() {
            private int position;

            @Override
            public int read() {
                throw new AssertionError("not used");
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                if (position == bytes.length) {
                    return -1;
                }
                int piece = Math.min(Math.min(length, bytes.length - position), 1 + random.nextInt(3_000));
                System.arraycopy(bytes, position, target, offset, piece);
                position += piece;
                return piece;
            }
        });
    }
}
