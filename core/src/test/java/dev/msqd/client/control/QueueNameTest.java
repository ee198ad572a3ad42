package dev.msqd.client.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"orders", "1a", "ä ö", "a.b-c", "x0x", "..", "日本"})
    void acceptsNames(String name) {
        assertEquals("", QueueName.objection(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "123", "0x1f", "0Xyz", "-q", "a/b", "a\nb", "a\u0000", "\u007f", "\ud800"})
    void refusesWhatIsNoName(String name) {
        assertFalse(QueueName.objection(name).isEmpty());
    }

    @Test
    void countsBytesOfUtf8() {
        assertTrue(QueueName.objection("ä".repeat(127) + "x").isEmpty());
        assertEquals("a queue's name has at most 255 bytes, this one 256", QueueName.objection("ä".repeat(128)));
    }
}
