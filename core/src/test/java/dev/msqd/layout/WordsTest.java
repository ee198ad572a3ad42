package dev.msqd.layout;

import static dev.msqd.layout.SlotDescriptor.arming;
import static dev.msqd.layout.SlotDescriptor.asleep;
import static dev.msqd.layout.SlotDescriptor.handed;
import static dev.msqd.layout.SlotDescriptor.handedAddress;
import static dev.msqd.layout.SlotDescriptor.isArming;
import static dev.msqd.layout.SlotDescriptor.isHanded;
import static dev.msqd.layout.SlotDescriptor.isWaiting;
import static dev.msqd.layout.SlotDescriptor.waiting;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The packed words of slots, segment table, links and the state page, at their edges. */
class WordsTest {
    @ParameterizedTest
    @CsvSource({"1, 0", "1, 65535", "281474976710655, 0", "281474976710655, 65535"})
    void aLinkTellsNumberAndPlace(long number, int place) {
        long link = SegmentLink.link(number, place);

        assertEquals(number, SegmentLink.number(link));
        assertEquals(place, SegmentLink.place(link));
        assertNotEquals(SegmentLink.NONE, link);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 0x0FFF_FFFF, (1L << 48) - 1, (1L << 61) - 1})
    void aTableWordTellsStateAndNumber(long detail) {
        for (int state = SegmentTableDescriptor.HOLE; state <= SegmentTableDescriptor.PART; state++) {
            long word = SegmentTableDescriptor.word(state, detail);

            assertEquals(state, SegmentTableDescriptor.state(word));
            assertEquals(detail, SegmentTableDescriptor.detail(word));
        }
    }

    /** A file's hole reads as zeros, and zeros must mean that nothing is there. */
    @Test
    void zeroIsAHoleNoSegmentAndNobodyWaiting() {
        assertEquals(SegmentTableDescriptor.HOLE, SegmentTableDescriptor.state(0));
        assertEquals(0, SegmentLink.NONE);
        assertEquals(0, SlotDescriptor.IDLE);
        assertFalse(StateDescriptor.isMagic(0));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 1L << 31, (1L << 60) - 1})
    void aTicketIsWaitedWithAndNothingElse(long ticket) {
        assertTrue(isWaiting(waiting(ticket)));
        assertFalse(isHanded(waiting(ticket)));
        assertFalse(isArming(waiting(ticket)));
        assertTrue(isArming(arming(ticket)));
        assertFalse(isWaiting(arming(ticket)));
        assertFalse(isHanded(arming(ticket)));
        assertEquals(waiting(ticket), asleep(arming(ticket)));
        // R48: first to sleep first, so words must be in the order of tickets
        assertTrue(waiting(ticket) > waiting(ticket - 1));
    }

    /** Addresses go up to 65,536 places of 512 MiB. */
    @ParameterizedTest
    @ValueSource(longs = {0, 8, (1L << 45) - 8})
    void anAddressIsHandedAndNothingElse(long address) {
        assertTrue(isHanded(handed(address)));
        assertFalse(isWaiting(handed(address)));
        assertFalse(isArming(handed(address)));
        assertEquals(address, handedAddress(handed(address)));
    }

    @ParameterizedTest
    @ValueSource(longs = {SlotDescriptor.IDLE, SlotDescriptor.TOO_BIG, SlotDescriptor.NUDGED})
    void theOtherWaiterWordsAreNeither(long word) {
        assertFalse(isArming(word));
        assertFalse(isWaiting(word));
        assertFalse(isHanded(word));
    }

    @Test
    void pinsOfASlotDoNotOverlapItsAccounts() {
        assertEquals(SlotDescriptor.PINS_OFFSET, SlotDescriptor.pinOffset(SlotDescriptor.APPENDING_PIN));
        assertEquals(SlotDescriptor.PINS_OFFSET + 4, SlotDescriptor.pinOffset(SlotDescriptor.RECEIVING_PIN));
        assertEquals(SlotDescriptor.PINS_OFFSET + 8, SlotDescriptor.pinOffset(SlotDescriptor.CANDIDATE_PIN));
        assertTrue(SlotDescriptor.pinOffset(SlotDescriptor.PIN_COUNT) <= SlotDescriptor.COUNTING_OFFSET);
    }

    @Test
    void partsOfTheFileFollowEachOther() {
        assertEquals(StateDescriptor.WANTED_OFFSET, StateDescriptor.slotOffset(StateDescriptor.MAX_SLOTS));
        assertTrue(StateDescriptor.WANTED_OFFSET + StateDescriptor.MAX_SLOTS <= StateDescriptor.SEGMENT_TABLE_OFFSET);
        assertEquals(StateDescriptor.NEAR_STATE_LENGTH, StateDescriptor.entryOffset(StateDescriptor.NEAR_ENTRIES));
        assertTrue(StateDescriptor.entryOffset(SegmentLink.MAX_PLACES) <= StateDescriptor.PLACES_OFFSET);
        // the two words of armed bits and what follows each
        int armedLength = StateDescriptor.MAX_SLOTS / 8;
        assertTrue(StateDescriptor.RECEIVERS_ARMED_OFFSET + armedLength <= StateDescriptor.SENDERS_ARMED_OFFSET);
        assertTrue(StateDescriptor.SENDERS_ARMED_OFFSET + armedLength <= StateDescriptor.PAGE_LENGTH);
    }

    /** R33, R58: seconds of the real-time clock until far beyond 2038; process ids up to the kernel's greatest. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "2147483648, 4194303", "4398046511103, 4194303"})
    void aLastWordTellsTimeAndProcess(long seconds, int pid) {
        long word = StateDescriptor.lastWord(seconds, pid);

        assertEquals(seconds, StateDescriptor.lastSeconds(word));
        assertEquals(pid, StateDescriptor.lastPid(word));
    }

    @Test
    void magicAndVersionAreTellable() {
        assertTrue(StateDescriptor.isMagic(StateDescriptor.READY));
        assertEquals(7, StateDescriptor.version(StateDescriptor.READY));
        assertTrue(StateDescriptor.isMagic(StateDescriptor.READY + 1));
        assertEquals(8, StateDescriptor.version(StateDescriptor.READY + 1));
        assertFalse(StateDescriptor.isMagic(StateDescriptor.READY ^ (1L << 32)));
        assertFalse(StateDescriptor.isMagic(-1));
    }
}
