package dev.msqd.calls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Random;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies in and out of shared memory: as many bytes as said, from any offset, and none beside them. */
class WordsCopyTest {
    private static final int ROOM = 2048;
    private static final byte UNTOUCHED = 0x55;

    private final Random random = new Random(1);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyLengthAtAnyOffset(boolean heap) {
        try (Arena arena = Arena.ofConfined()) {
            Words words = new Words(arena.allocate(ROOM, Long.BYTES));
            for (int length = 0; length <= 600; length++) {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                int at = 8 + random.nextInt(64);
                int there = random.nextInt(64);
                MutableDirectBuffer source = buffer(heap, there + length);
                source.putBytes(there, bytes);
                fill(words);
                words.putBytes(at, source, there, length);
                UnsafeBuffer target = buffer(heap, there + length + 16);
                target.setMemory(0, target.capacity(), UNTOUCHED);
                words.getBytes(at, target, there, length);
                byte[] copied = new byte[length];
                target.getBytes(there, copied);
                assertArrayEquals(bytes, copied);
                assertUntouched(target, 0, there);
                assertUntouched(target, there + length, target.capacity());
                UnsafeBuffer all = new UnsafeBuffer(new byte[ROOM]);
                words.getBytes(0, all, 0, ROOM);
                assertUntouched(all, 0, at);
                assertUntouched(all, at + length, ROOM);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 64, 300})
    void fromABufferOfAnotherKind(int length) {
        try (Arena arena = Arena.ofConfined()) {
            Words words = new Words(arena.allocate(ROOM, Long.BYTES)).from(64);
            ExpandableArrayBuffer source = new ExpandableArrayBuffer(8);
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            source.putBytes(3, bytes);
            words.putBytes(5, source, 3, length);
            UnsafeBuffer target = new UnsafeBuffer(new byte[length]);
            words.getBytes(5, target, 0, length);
            assertArrayEquals(bytes, target.byteArray());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 64, 4095, 4096, 4097, 8192, 10_000})
    void zeroesSoManyBytesAndNoMore(int length) {
        try (Arena arena = Arena.ofConfined()) {
            int room = length + 96;
            Words words = new Words(arena.allocate(room, Long.BYTES));
            for (int offset = 0; offset < room; offset++) {
                words.putByte(offset, UNTOUCHED);
            }
            words.zero(32, length);
            UnsafeBuffer all = new UnsafeBuffer(new byte[room]);
            words.getBytes(0, all, 0, room);
            assertUntouched(all, 0, 32);
            for (int offset = 32; offset < 32 + length; offset++) {
                assertEquals(0, all.getByte(offset));
            }
            assertUntouched(all, 32 + length, room);
        }
    }

    private static UnsafeBuffer buffer(boolean heap, int capacity) {
        return heap ? new UnsafeBuffer(new byte[capacity + 24], 24, capacity)
            : new UnsafeBuffer(ByteBuffer.allocateDirect(capacity + 24), 24, capacity);
    }

    private static void fill(Words words) {
        for (int offset = 0; offset < ROOM; offset++) {
            words.putByte(offset, UNTOUCHED);
        }
    }

    private static void assertUntouched(UnsafeBuffer buffer, int from, int to) {
        for (int offset = from; offset < to; offset++) {
            assertEquals(UNTOUCHED, buffer.getByte(offset), "byte " + offset);
        }
    }
}
