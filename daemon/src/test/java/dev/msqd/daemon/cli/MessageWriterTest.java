package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MessageWriterTest {
    private final Sink sink = new Sink();

    @Test
    void writesALineInOnePieceAndAtOnce() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.LINE, false);
        write(writer, 1, "one");
        write(writer, 1, "");
        assertEquals("one\n\n", sink.text());
        assertEquals(2, sink.writes);
        assertEquals(0, writer.pending());
    }

    @Test
    void gathersWhenBuffered() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.LINE, true);
        write(writer, 1, "one");
        write(writer, 1, "two");
        assertEquals("", sink.text());
        assertEquals(2, writer.pending());
        writer.flush();
        assertEquals("one\ntwo\n", sink.text());
        assertEquals(1, sink.writes);
        assertEquals(0, writer.pending());
    }

    @Test
    void aMessageLongerThanTheBlockComesThrough() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.LINE, true);
        write(writer, 1, "first");
        String big = "x".repeat(1_000_000);
        write(writer, 1, big);
        writer.flush();
        assertEquals("first\n" + big + "\n", sink.text());
    }

    @Test
    void prefixesTheSizeBigEndian() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.SIZE_PREFIXED, false);
        write(writer, 1, "a\nb");
        assertArrayEquals(new byte[] {0, 0, 0, 3, 'a', '\n', 'b'}, sink.bytes.toByteArray());
    }

    @Test
    void tellsTextOrBase64AsJson() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.JSON, false);
        write(writer, Long.MAX_VALUE, "a\"\u00fc\n\u0001");
        writer.write(2, new UnsafeBuffer(new byte[] {(byte) 0xff, 0}), 0, 2);
        assertEquals("""
            {"type":9223372036854775807,"length":6,"text":"a\\"\u00fc\\n\\u0001"}
            {"type":2,"length":2,"base64":"/wA="}
            """, sink.text());
    }

    @Test
    void aFailedWriteIsNotTriedAgain() throws IOException {
        MessageWriter writer = new MessageWriter(sink, MessageWriter.Format.LINE, false);
        sink.broken = true;
        assertThrows(IOException.class, () -> write(writer, 1, "lost"));
        sink.broken = false;
        write(writer, 1, "next");
        assertEquals("next\n", sink.text());
    }

    private static void write(MessageWriter writer, long mtype, String text) throws IOException {
        UnsafeBuffer message = new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
        writer.write(mtype, message, 0, message.capacity());
    }

    private static final class Sink implements WritableByteChannel {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int writes;
        private boolean broken;

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (broken) {
                throw new IOException("Broken pipe");
            }
            writes++;
            int length = source.remaining();
            while (source.hasRemaining()) {
                bytes.write(source.get());
            }
            return length;
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
