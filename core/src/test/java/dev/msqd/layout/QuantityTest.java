package dev.msqd.layout;

import static dev.msqd.layout.Quantity.fits;
import static dev.msqd.layout.Quantity.ofMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    private static final long BYTE = 1L << 30;

    @Test
    void bytesAndMessagesComeApartAgain() {
        assertEquals(0, Quantity.bytes(ofMessage(0)));
        assertEquals(1, Quantity.messages(ofMessage(0)));
        assertEquals(Integer.MAX_VALUE, Quantity.bytes(ofMessage(Integer.MAX_VALUE)));
        assertEquals(1, Quantity.messages(ofMessage(Integer.MAX_VALUE)));

        long most = quantity(Quantity.MAX_BYTES - 1, Quantity.MAX_MESSAGES - 1);
        assertEquals(-1, most);
        assertEquals(Quantity.MAX_BYTES - 1, Quantity.bytes(most));
        assertEquals(Quantity.MAX_MESSAGES - 1, Quantity.messages(most));
    }

    /** R21: with qbytes 10, ten empty messages fit. */
    @Test
    void messagesCountAgainstBytesToo() {
        assertTrue(fits(quantity(0, 9), 0, 10));
        assertFalse(fits(quantity(0, 10), 0, 10));
        assertTrue(fits(quantity(5, 1), 5, 10));
        assertFalse(fits(quantity(5, 1), 6, 10));
        assertFalse(fits(quantity(1, 10), 1, 10));
    }

    /** R22, R23: more than qbytes never fits, and with qbytes 0 not even an empty message does. */
    @Test
    void theLimitIsTheLimitOfTheEmptyQueueToo() {
        assertTrue(fits(0, 8192, 8192));
        assertFalse(fits(0, 8193, 8192));
        assertFalse(fits(0, 0, 0));
        assertTrue(fits(0, 0, 1));
    }

    /** R67: qbytes may be below what is queued already. */
    @Test
    void nothingFitsAboveALoweredLimit() {
        assertFalse(fits(quantity(100, 1), 0, 99));
        assertFalse(fits(quantity(0, 100), 0, 99));
    }

    /** R21, for limits that no queue can reach in either count: what is live must stay tellable. */
    @ParameterizedTest
    @ValueSource(longs = {Quantity.MAX_BYTES - 1, Quantity.MAX_BYTES, Long.MAX_VALUE})
    void neverMoreThanAWordCanTell(long qbytes) {
        assertTrue(fits(quantity(Quantity.MAX_BYTES - 2, 1), 1, qbytes));
        assertFalse(fits(quantity(Quantity.MAX_BYTES - 1, 1), 1, qbytes));
        assertTrue(fits(quantity(0, Quantity.MAX_MESSAGES - 2), 0, qbytes));
        assertFalse(fits(quantity(0, Quantity.MAX_MESSAGES - 1), 0, qbytes));
    }

    /** Invariant 5: the difference is exact wherever the totals stand, on both sides of each wrap. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, BYTE - 1, -BYTE, -BYTE - 1, 0x0123_4567_89AB_CDEFL})
    void theDifferenceOfTwoTotalsIsExact(long start) {
        Random random = new Random(start);
        long sent = start;
        long received = start;
        long bytes = 0;
        long messages = 0;
        int[] lengths = new int[1000];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = random.nextInt(4) == 0 ? 0 : random.nextInt(1 << 20);
            sent += ofMessage(lengths[i]);
            bytes += lengths[i];
            messages++;
            assertEquals(bytes, Quantity.bytes(sent - received));
            assertEquals(messages, Quantity.messages(sent - received));
            // R21
            assertTrue(fits(sent - received, 7, Math.max(bytes + 7, messages + 1)));
            assertFalse(fits(sent - received, 7, bytes + 6));
        }
        for (int length : lengths) {
            received += ofMessage(length);
            bytes -= length;
            messages--;
            assertEquals(bytes, Quantity.bytes(sent - received));
            assertEquals(messages, Quantity.messages(sent - received));
        }
    }

    private static long quantity(long bytes, long messages) {
        return bytes * BYTE + messages;
    }
}
