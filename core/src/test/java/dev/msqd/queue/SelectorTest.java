package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
    @ParameterizedTest
    @CsvSource({
        // R38: 0 is any, above 0 one type
        "0, false, 1, true", "0, false, 9223372036854775807, true",
        "5, false, 5, true", "5, false, 4, false", "5, false, 6, false",
        // R39: MSG_EXCEPT counts for a positive msgtyp only
        "5, true, 5, false", "5, true, 4, true", "5, true, 6, true",
        "0, true, 1, true", "-5, true, 5, true", "-5, true, 6, false",
        // R40: below 0 everything up to the absolute value; LONG_MIN acts as LONG_MAX
        "-5, false, 1, true", "-5, false, 5, true", "-5, false, 6, false",
        "-9223372036854775807, false, 9223372036854775807, true",
        "-9223372036854775808, false, 9223372036854775807, true"})
    void readsMsgtypAndMsgExceptAsMsgrcvDoes(long msgtyp, boolean except, long mtype, boolean matches) {
        assertEquals(matches, Selector.of(msgtyp, except).matches(mtype));
    }

    @Test
    void namedOnesAreThoseOfMsgrcv() {
        assertTrue(Selector.any().matches(1));
        assertTrue(Selector.type(3).matches(3));
        assertFalse(Selector.type(3).matches(4));
        assertTrue(Selector.except(3).matches(4));
        assertFalse(Selector.except(3).matches(3));
        assertTrue(Selector.upTo(3).matches(3));
        assertFalse(Selector.upTo(3).matches(4));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void typesBelowOneAreRefusedByNumber(long mtype) {
        // R18
        assertMentions(mtype, assertThrows(IllegalArgumentException.class, () -> Selector.type(mtype)));
        assertMentions(mtype, assertThrows(IllegalArgumentException.class, () -> Selector.except(mtype)));
        assertMentions(mtype, assertThrows(IllegalArgumentException.class, () -> Selector.upTo(mtype)));
    }

    @Test
    void tellsWhatItSelects() {
        assertEquals("any type", Selector.any().toString());
        assertEquals("type 3", Selector.of(3, false).toString());
        assertEquals("any type but 3", Selector.of(3, true).toString());
        assertEquals("lowest type up to 3", Selector.of(-3, false).toString());
    }

    private static void assertMentions(long number, Exception e) {
        assertTrue(e.getMessage().contains(Long.toString(number)), e.getMessage());
    }
}
