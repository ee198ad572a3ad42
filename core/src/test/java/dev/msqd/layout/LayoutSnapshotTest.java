package dev.msqd.layout;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The format as it is on disk, in literal numbers. Who changes it on purpose raises the version in
 * {@link StateDescriptor} and writes the new numbers here; everybody else has made a mistake.
 */
class LayoutSnapshotTest {
    @Test
    void recordsStayWhereTheyAre() {
        assertEquals("""
            ALIGNMENT = 64
            CLAIM_OFFSET = 8
            DEAD_TYPE = -2
            HEADER_LENGTH = 32
            LENGTH_OFFSET = 0
            LOG_FILE_OFFSET = 12
            MTYPE_OFFSET = 24
            PADDING_TYPE = -1
            PAYLOAD_OFFSET = 32
            TOTAL_OFFSET = 16
            TYPE_OFFSET = 4
            WIDE_TYPE = 2147483647
            """, constants(RecordDescriptor.class));
    }

    @Test
    void claimWordsStayAsTheyAre() {
        assertEquals("AVAILABLE = 1\n", constants(ClaimWord.class));
        assertEquals(0x0000_091A, ClaimWord.taken(ClaimWord.AVAILABLE, 0x123));
        assertEquals(0x0000_091B, ClaimWord.consumed(ClaimWord.AVAILABLE, 0x123));
        assertEquals(0x0000_091E, ClaimWord.taken(ClaimWord.AVAILABLE | 4, 0x123));
        assertEquals(5, ClaimWord.returned(0x0000_091E));
    }

    @Test
    void quantitiesStayAsTheyAre() {
        assertEquals("""
            MAX_BYTES = 17179869184
            MAX_MESSAGES = 1073741824
            """, constants(Quantity.class));
        assertEquals(0x0000_0001_4000_0001L, Quantity.ofMessage(5));
    }

    @Test
    void slotsStayWhereTheyAre() {
        assertEquals("""
            APPENDING_PIN = 0
            ASLEEP_FOR_OFFSET = 224
            CANDIDATE_PIN = 2
            COUNTING_OFFSET = 32
            FOLLOWING_PIN = 3
            FOR_END_ON_DISK = 6
            FOR_LOG = 4
            FOR_MESSAGE = 1
            FOR_MSGTQL = 3
            FOR_ROOM = 2
            FOR_SEND_ON_DISK = 5
            GENERATION_OFFSET = 8
            IDLE = 0
            INTENT_OFFSET = 64
            NEW_OFFSET = 72
            NO_INTENT = 0
            NUDGED = 4
            OWNER_OFFSET = 0
            PENDING_OFFSET = 80
            PINS_OFFSET = 16
            PIN_COUNT = 4
            PROCESS_OFFSET = 228
            RECEIVING_PIN = 1
            SINCE_OFFSET = 216
            SLOT_LENGTH = 256
            TOO_BIG = 3
            TOTAL_OFFSET = 128
            WAITER_MODE_OFFSET = 208
            WAITER_MSGTYP_OFFSET = 200
            WAITER_ROOM_OFFSET = 212
            WAITER_WORD_OFFSET = 192
            """, constants(SlotDescriptor.class));
        assertEquals(24, SlotDescriptor.pinOffset(2));
        assertEquals((72L << 34) | (7L << 23) | 3, SlotDescriptor.intent(7, 192, 72));
        assertEquals(0x3D, SlotDescriptor.arming(7));
        assertEquals(0x39, SlotDescriptor.waiting(7));
        assertEquals(0x1002, SlotDescriptor.handed(0x1000));
    }

    @Test
    void biasWordsStayAsTheyAre() {
        assertEquals("""
            ACQUIRING = 1
            NOBODY = 0
            OWNED = 0
            REVOKED = 3
            REVOKING = 2
            """, constants(BiasWord.class));
        assertEquals(0x3000_7002, BiasWord.word(BiasWord.REVOKED, 0x7002));
    }

    @Test
    void segmentTableStaysWhereItIs() {
        assertEquals("""
            APPEND_HINT_OFFSET = 24
            CLAIMED = 2
            CONSUMED_OFFSET = 56
            ENTRY_LENGTH = 64
            HOLE = 0
            LENGTH_OFFSET = 48
            LINKED = 4
            NEXT_OFFSET = 8
            PART = 6
            PREPARED = 3
            PREPARER_OFFSET = 40
            READY = 1
            RECLAIM_PROGRESS_OFFSET = 32
            RETIRED = 5
            TOTAL_OFFSET = 16
            WORD_OFFSET = 0
            """, constants(SegmentTableDescriptor.class));
        assertEquals(0x3C, SegmentTableDescriptor.word(SegmentTableDescriptor.LINKED, 7));
    }

    @Test
    void linksStayAsTheyAre() {
        assertEquals("""
            FIRST_NUMBER = 1
            MAX_PLACES = 65536
            NONE = 0
            """, constants(SegmentLink.class));
        assertEquals(0x0007_FFFFL, SegmentLink.link(7, 65535));
    }

    @Test
    void stateStaysWhereItIs() {
        assertEquals("""
            CGID_OFFSET = 180
            COMMITTED_OFFSET = 2176
            CONSUMED_OFFSET = 2304
            CTIME_OFFSET = 152
            CUID_OFFSET = 176
            DURABILITY_OFFSET = 184
            FENCE_ARMING = 0
            FENCE_CALLS = 2
            FENCE_CHANGING = 1
            GENERATION_OFFSET = 128
            GID_OFFSET = 172
            HEAD_OFFSET = 256
            INCARNATION_OFFSET = 40
            KEY_OFFSET = 12
            LAST_RECEIVE_OFFSET = 512
            LAST_SEND_OFFSET = 392
            LOG_ASLEEP_OFFSET = 2052
            LOG_FAULT_OFFSET = 188
            MAX_SLOTS = 4096
            MODE_OFFSET = 160
            MSQID_OFFSET = 8
            NEAR_ENTRIES = 64
            NEAR_STATE_LENGTH = 1060864
            PAGE_LENGTH = 4096
            PLACES_OFFSET = 8388608
            PLACE_LIMIT_OFFSET = 272
            QBYTES_OFFSET = 144
            READY = 4922807457870249991
            READY_OFFSET = 0
            RECEIVERS_ARMED_OFFSET = 784
            RECEIVERS_FENCE_OFFSET = 772
            RECEIVER_BIAS_OFFSET = 1412
            RECLAIMER_OFFSET = 264
            REMOVED_OFFSET = 164
            REQUESTED_OFFSET = 2048
            RESCAN_EPOCH_OFFSET = 136
            RETAIN_FROM_OFFSET = 2184
            SEGMENT_LENGTH_OFFSET = 32
            SEGMENT_TABLE_OFFSET = 1056768
            SENDERS_ARMED_OFFSET = 1424
            SENDERS_FENCE_OFFSET = 1408
            SENDER_BIAS_OFFSET = 776
            SHARED_BEFORE_OFFSET = 1416
            SLOTS_OFFSET = 4096
            SLOT_LIMIT_OFFSET = 768
            TAIL_OFFSET = 384
            TICKET_OFFSET = 640
            UID_OFFSET = 168
            UUID_HIGH_OFFSET = 16
            UUID_LOW_OFFSET = 24
            WANTED_OFFSET = 1052672
            """, constants(StateDescriptor.class));
        assertAll(() -> assertEquals(4096 + 256 * 4095, StateDescriptor.slotOffset(4095)),
            () -> assertEquals(1_056_768 + 64 * 65_535, StateDescriptor.entryOffset(65_535)),
            () -> assertEquals((1_700_000_000L << 22) + 4_194_303,
                StateDescriptor.lastWord(1_700_000_000L, 4_194_303)));
    }

    /** Every constant that is not private, by name. */
    @Test
    void traceRingsStayAsTheyAre() {
        assertEquals("""
            CAPACITY = 1048576
            EVENT_LENGTH = 88
            FILE_LENGTH = 1053440
            FLAGS_OFFSET = 44
            FORWARDED_OFFSET = 68
            LOST = -1
            LOST_OFFSET = 8
            MSGCTL = 71
            MSGGET = 68
            MSGRCV = 70
            MSGSND = 69
            MSGTYP_OFFSET = 32
            MSQID_OFFSET = 40
            NAME_LENGTH = 16
            NAME_OFFSET = 72
            PARENT_OFFSET = 60
            POINTER_OFFSET = 16
            PROCESSOR_OFFSET = 48
            PROCESS_OFFSET = 56
            READY = 6076010437453807617
            READY_OFFSET = 0
            RECORD_LENGTH = 96
            RETURN_VALUE_OFFSET = 8
            RING_LENGTH = 1049344
            RING_OFFSET = 4096
            SIZE_OFFSET = 24
            THREAD_OFFSET = 52
            TIMESTAMP_OFFSET = 0
            TOLD_OFFSET = 16
            USER_OFFSET = 64
            """, constants(TraceDescriptor.class));
    }

    private static String constants(Class<?> layout) {
        TreeMap<String, Object> byName = new TreeMap<>();
        for (Field field : layout.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers) && Modifier.isFinal(modifiers) && !Modifier.isPrivate(modifiers)
                && !field.isSynthetic()) {
                byName.put(field.getName(), value(field));
            }
        }
        return byName.entrySet().stream().map(e -> e.getKey() + " = " + e.getValue() + "\n")
            .collect(Collectors.joining());
    }

    private static Object value(Field field) {
        try {
            return field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
