package dev.msqd.client.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketTest {
    private final Packet packet = new Packet();

    @Test
    void returnsWhatWasPut() {
        packet.request(ControlDescriptor.GET, 42);
        packet.putInt(8, -3);
        packet.putLong(16, Long.MIN_VALUE); // what is skipped reads as zero
        int end = packet.putText(24, "größe");
        packet.putLimits(end, new Limits(1, 2, 3, 4));

        assertEquals(ControlDescriptor.GET, packet.getInt(ControlDescriptor.REQUEST_TYPE_OFFSET));
        assertEquals(42, packet.getInt(ControlDescriptor.REQUEST_CORRELATION_OFFSET));
        assertEquals(-3, packet.getInt(8));
        assertEquals(0, packet.getInt(12));
        assertEquals(Long.MIN_VALUE, packet.getLong(16));
        assertEquals("größe", packet.getText(24));
        assertEquals(24 + 4 + 7, end);
        assertEquals(end, packet.endOfText(24));
        assertEquals(new Limits(1, 2, 3, 4), packet.getLimits(end));
        assertEquals(end + 32, packet.length());
    }

    /** A reused packet shows nothing of the one before. */
    @Test
    void zeroesWhatIsSkipped() {
        packet.request(1, 1);
        packet.putLong(8, -1);
        packet.request(1, 2);
        packet.putInt(16, 1);
        assertEquals(0, packet.getLong(8));
    }

    @Test
    void isLittleEndian() {
        packet.request(0x04030201, 0);
        assertEquals(1, packet.buffer().getByte(0));
        assertEquals(4, packet.buffer().getByte(3));
    }

    @Test
    void cutsALongTextBetweenCharacters() {
        String text = "x" + "ä".repeat(ControlDescriptor.MAX_TEXT_LENGTH);
        packet.request(1, 1);
        packet.putText(8, text);
        String kept = packet.getText(8);
        assertTrue(text.startsWith(kept));
        assertEquals(ControlDescriptor.MAX_TEXT_LENGTH - 1, kept.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Whatever another process sends: EINVAL, never a look beyond the packet. */
    @Test
    void refusesToReadBeyondTheEnd() {
        packet.request(1, 1);
        assertEinval(() -> packet.getInt(5));
        assertEinval(() -> packet.getInt(8));
        assertEinval(() -> packet.getInt(-1));
        assertEinval(() -> packet.getLong(1));
        for (int length : new int[] {-1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            packet.request(1, 1);
            packet.putInt(8, length);
            assertEinval(() -> packet.getText(8));
            assertEinval(() -> packet.endOfText(8));
        }
    }

    @Test
    void carriesAQueuesState() {
        MsqidDs ds = new MsqidDs(32_769, -2, "orders", 1, 2, 3, 4, 0640, 5L << 40, 6, Long.MAX_VALUE, 7, 8, 9, 10, 11,
            Durability.SYNC, new Retention(3600, 10L << 30), "/dev/shm/x is cut short");
        packet.reply(1, 0);
        int length = MsqidDsCodec.encode(ds, packet, 16);
        assertEquals(ds, MsqidDsCodec.decode(packet, 16));
        assertEquals(length, MsqidDsCodec.length(packet, 16));
        assertEquals(1, ds.index());
    }

    @Test
    void refusesDurabilityAndRetentionThatThereIsNot() {
        packet.request(1, 1);
        for (int code : new int[] {-1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            packet.putInt(8, code);
            assertEinval(() -> packet.getDurability(8));
        }
        assertEinval(() -> packet.getDurability(9));
        packet.putRetention(16, new Retention(Long.MAX_VALUE, 0));
        assertEquals(new Retention(Long.MAX_VALUE, 0), packet.getRetention(16));
        assertEinval(() -> packet.getRetention(17));
        packet.putLong(16, -1);
        assertEinval(() -> packet.getRetention(16));
        packet.putLong(16, 0);
        packet.putLong(24, Long.MIN_VALUE);
        assertEinval(() -> packet.getRetention(16));
    }

    @Test
    void keepsAQueuesStateWithinItsBound() {
        String longest = "ä".repeat(ControlDescriptor.MAX_TEXT_LENGTH);
        MsqidDs ds = new MsqidDs(0, 0, longest, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            Durability.PROCESS, Retention.NONE, longest);
        packet.reply(1, 0);
        assertTrue(MsqidDsCodec.encode(ds, packet, 8) <= ControlDescriptor.DS_MAX_LENGTH);
    }

    /** Random bytes decode to something or give EINVAL. */
    @Test
    void survivesGarbage() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = new byte[200];
        for (int i = 0; i < 10_000; i++) {
            random.nextBytes(bytes);
            packet.buffer().putBytes(0, bytes);
            packet.length(random.nextInt(bytes.length + 1));
            try {
                MsqidDsCodec.decode(packet, 0);
            } catch (ErrnoException e) {
                assertEquals(Errno.EINVAL, e.errno(), "seed " + seed);
            }
        }
    }

    private static void assertEinval(org.junit.jupiter.api.function.Executable read) {
        assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, read).errno());
    }
}
