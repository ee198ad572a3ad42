package dev.msqd.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void everyConstantHasItsNameAndAText() throws IllegalAccessException {
        int constants = 0;
        for (Field field : Errno.class.getFields()) {
            if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
                int errno = field.getInt(null);
                assertEquals(field.getName(), Errno.name(errno));
                assertFalse(Errno.text(errno).startsWith("error without"), field.getName());
                constants++;
            }
        }
        assertTrue(constants > 0);
    }

    @Test
    void unknownNumbersAreShownAsNumbers() {
        assertEquals("errno 999", Errno.name(999));
        assertEquals("errno -1", Errno.name(-1));
        assertEquals("errno 125125", Errno.name(125125));
        assertEquals("error without a known text", Errno.text(10));
    }

    @Test
    void messageStartsWithTheName() {
        Throwable cause = new IllegalStateException("why");
        ErrnoException e = new ErrnoException(Errno.EACCES, "msgget key 0x2a: no read permission", cause);
        assertEquals("EACCES: msgget key 0x2a: no read permission", e.getMessage());
        assertEquals(13, e.errno());
        assertEquals("EACCES", e.errnoName());
        assertSame(cause, e.getCause());
    }
}
