package dev.msqd.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordDescriptorTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "32, 1", "-32, 1", "2147483647, 2147483647", "-2147483648, -1", "16, -1", "40, -2",
        "-1, 268435455", "-1, -2147483648"})
    void aHeaderTellsLengthAndType(int length, int type) {
        long header = RecordDescriptor.header(length, type);

        assertEquals(length, RecordDescriptor.length(header));
        assertEquals(type, RecordDescriptor.type(header));
    }

    /** What makes a committed record one of an Agrona ring buffer: length first, type second. */
    @Test
    void aHeaderWordIsTwoIntsInMemory() {
        ByteBuffer memory = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        memory.putLong(0, RecordDescriptor.header(-40, 7));

        assertEquals(-40, memory.getInt(RecordDescriptor.LENGTH_OFFSET));
        assertEquals(7, memory.getInt(RecordDescriptor.TYPE_OFFSET));
    }

    /** R18: mtypes have 64 bits; those that don't fit below the type that says so are told by it. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2147483646, 2147483646", "2147483647, 2147483647", "2147483648, 2147483647",
        "4294967297, 2147483647", "9223372036854775807, 2147483647"})
    void aTypeThatDoesNotFitIsWide(long mtype, int type) {
        assertEquals(type, RecordDescriptor.shortType(mtype));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 64", "32, 64", "63, 64", "64, 64", "65, 128", "536870849, 536870912",
        "536870912, 536870912"})
    void recordsBeginAtMultiplesOfALine(int length, int distance) {
        assertEquals(distance, RecordDescriptor.aligned(length));
    }
}
