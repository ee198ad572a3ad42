package dev.msqd.layout;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;
import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * A slot: what one endpoint, used by one thread at a time, shows to the others of a queue. Lines come in pairs, because
 * processors fetch them so.
 *
 * <pre>
 *  +---------------------------------------------------------------+ owner's, taken by CAS 0 -> client id
 *  |  Owner: client id; 0 free                                     |
 *  +---------------------------------------------------------------+
 *  |  Generation: goes up each time the slot is taken              |
 *  +---------------------------------------------------------------+
 *  |  Pins: places (+ 1; 0 none) that must not be used again:      |
 *  |  appending, receiving, candidate, following   (4 x int)       |
 *  +---------------------------------------------------------------+
 *  |  Counting: 1 while a message may be counted that is not       |
 *  |  claimed yet, or consumed already (see SystemDescriptor)      |
 *  +---------------------------------------------------------------+ +64: what the owner is about to do
 *  |  Intent: the record that the only sender claims (below)       |
 *  +---------------------------------------------------------------+
 *  |  New: what Total will be once Pending is consumed             |
 *  +---------------------------------------------------------------+
 *  |  Pending: address (+ 1; 0 none) of the record being consumed  |
 *  +---------------------------------------------------------------+ +128: polled by senders that wait for room
 *  |  Total: quantity received, ever, by all owners of the slot    |
 *  +---------------------------------------------------------------+ +192: the waiter, owner's while IDLE
 *  |  Waiter word (below); its low half is the futex               |
 *  +---------------------------------------------------------------+
 *  |  msgtyp that is waited for; or the bytes a sender needs       |
 *  +---------------------------------------------------------------+
 *  |  Selector mode                |  Room: longest that is taken  |
 *  +-------------------------------+-------------------------------+
 *  |  Since: when the call began that is asleep, nanoseconds of    |
 *  |  the monotonic clock                                          |
 *  +-------------------------------+-------------------------------+
 *  |  Asleep for (below); 0: awake |  Process that it calls for, if |
 *  |                               |  not its own; 0: its own      |
 *  +-------------------------------+-------------------------------+
 *
 *  Intent: 0, or a record in the segment of the appending pin. It stays when the record is there; it is cleared before the pin
 *  names another segment
 *   63                   34 33         23 22                   0
 *  +-----------------------+-------------+---------------------+
 *  |  Length of the record |  low bits of|  Offset in units of |
 *  |                       |  the number |  RecordDescriptor.  |
 *  |                       |  of the     |  ALIGNMENT          |
 *  |                       |  segment    |                     |
 *  +-----------------------+-------------+---------------------+
 *
 *  Waiter word: 0                IDLE
 *               ticket  &lt;&lt; 3 | 5  ARMING: looking once more before it sleeps; may be nudged, not handed to
 *               ticket  &lt;&lt; 3 | 1  WAITING, in the order of tickets
 *               address &lt;&lt; 0 | 2  HANDED the record at that address (a multiple of 8)
 *               3                TOO_BIG: a message came that is longer than the room (R51)
 *               4                NUDGED: look again
 *               address &lt;&lt; 0 | 6  ACCEPTED: what was handed is in the owner's hand
 *
 *  IDLE ──▶ ARMING ──▶ WAITING ──▶ HANDED, TOO_BIG, NUDGED ──▶ IDLE
 *                                  HANDED ──▶ ACCEPTED ──▶ IDLE when it is received
 *             └──────▶ NUDGED
 * </pre>
 *
 * Since, Asleep for and Process are there to be told: nobody is woken, or chosen, by them.
 *
 * A receiver that is still looking must not be handed a message: it may be about to find an earlier one.
 *
 * <p>Peers move the word only by CAS from the very WAITING word they read before the selector: tickets are never reused, so a
 * waiter that left and came back is not mistaken.
 */
public final class SlotDescriptor {
    public static final int OWNER_OFFSET = 0;
    public static final int GENERATION_OFFSET = OWNER_OFFSET + SIZE_OF_LONG;
    public static final int PINS_OFFSET = GENERATION_OFFSET + SIZE_OF_LONG;

    public static final int COUNTING_OFFSET = PINS_OFFSET + 4 * SIZE_OF_INT;

    public static final int INTENT_OFFSET = CACHE_LINE_LENGTH;
    public static final int NEW_OFFSET = INTENT_OFFSET + SIZE_OF_LONG;
    public static final int PENDING_OFFSET = NEW_OFFSET + SIZE_OF_LONG;

    public static final int TOTAL_OFFSET = 2 * CACHE_LINE_LENGTH;

    public static final int WAITER_WORD_OFFSET = TOTAL_OFFSET + CACHE_LINE_LENGTH;
    public static final int WAITER_MSGTYP_OFFSET = WAITER_WORD_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_MODE_OFFSET = WAITER_MSGTYP_OFFSET + SIZE_OF_LONG;
    public static final int WAITER_ROOM_OFFSET = WAITER_MODE_OFFSET + SIZE_OF_INT;

    public static final int SINCE_OFFSET = WAITER_ROOM_OFFSET + SIZE_OF_INT;
    public static final int ASLEEP_FOR_OFFSET = SINCE_OFFSET + SIZE_OF_LONG;
    public static final int PROCESS_OFFSET = ASLEEP_FOR_OFFSET + SIZE_OF_INT;

    public static final int SLOT_LENGTH = 4 * CACHE_LINE_LENGTH;

    /** Pin of the segment that the endpoint appends to. */
    public static final int APPENDING_PIN = 0;
    /** Pin of the segment that the endpoint's cursor is in. */
    public static final int RECEIVING_PIN = 1;
    /** Pin of a segment that is looked into for a moment: a skipped message's, the log's end. */
    public static final int CANDIDATE_PIN = 2;
    /** Pin of the segment that the log on disk has come to. */
    public static final int FOLLOWING_PIN = 3;
    public static final int PIN_COUNT = 4;

    public static final long NO_INTENT = 0;
    private static final int INTENT_NUMBER_SHIFT = 23;
    private static final int INTENT_LENGTH_SHIFT = 34;

    /** Asleep for: a message that the selector matches. */
    public static final int FOR_MESSAGE = 1;
    /** Asleep for: room in the queue's limit (msg_qbytes). */
    public static final int FOR_ROOM = 2;
    /** Asleep for: a message less on all queues together (msgtql). */
    public static final int FOR_MSGTQL = 3;
    /** Asleep for: a log that is written again. */
    public static final int FOR_LOG = 4;
    /** Asleep for: its message, which is sent, to be on disk. */
    public static final int FOR_SEND_ON_DISK = 5;
    /** Asleep for: leave to consume the message it took; its end has to be on disk. */
    public static final int FOR_END_ON_DISK = 6;

    public static final long IDLE = 0;
    public static final long TOO_BIG = 3;
    public static final long NUDGED = 4;

    private static final int WAITING_STATE = 1;
    private static final int HANDED_STATE = 2;
    private static final int ARMING_STATE = 5;
    private static final int ACCEPTED_STATE = 6;
    private static final int STATE_MASK = 7;
    private static final int TICKET_SHIFT = 3;

    private SlotDescriptor() {}

    public static int pinOffset(int pin) {
        return PINS_OFFSET + pin * SIZE_OF_INT;
    }

    /** @param length of the record, header included; at most 2^30 */
    public static long intent(long segmentNumber, int recordOffset, int length) {
        return ((long) length << INTENT_LENGTH_SHIFT) | intentKey(segmentNumber, recordOffset);
    }

    /** Is it about the record at that offset of a segment? */
    public static boolean isIntentFor(long intent, long segmentNumber, int recordOffset) {
        return intent != NO_INTENT
            && (intent & (1L << INTENT_LENGTH_SHIFT) - 1) == intentKey(segmentNumber, recordOffset);
    }

    public static int intentLength(long intent) {
        return (int) (intent >>> INTENT_LENGTH_SHIFT);
    }

    public static int intentOffset(long intent) {
        return (int) (intent & (1L << INTENT_NUMBER_SHIFT) - 1) * RecordDescriptor.ALIGNMENT;
    }

    private static long intentKey(long segmentNumber, int recordOffset) {
        return (segmentNumber << INTENT_NUMBER_SHIFT & (1L << INTENT_LENGTH_SHIFT) - 1)
            | recordOffset / RecordDescriptor.ALIGNMENT;
    }

    public static long waiting(long ticket) {
        return (ticket << TICKET_SHIFT) | WAITING_STATE;
    }

    public static long arming(long ticket) {
        return (ticket << TICKET_SHIFT) | ARMING_STATE;
    }

    public static boolean isArming(long word) {
        return (word & STATE_MASK) == ARMING_STATE;
    }

    /** What an ARMING word becomes when its owner found nothing: the same ticket, asleep. */
    public static long asleep(long arming) {
        return (arming & ~STATE_MASK) | WAITING_STATE;
    }

    public static boolean isWaiting(long word) {
        return (word & STATE_MASK) == WAITING_STATE;
    }

    /** Of a WAITING word. */
    public static long ticket(long waiting) {
        return waiting >>> TICKET_SHIFT;
    }

    public static long handed(long address) {
        return address | HANDED_STATE;
    }

    public static boolean isHanded(long word) {
        return (word & STATE_MASK) == HANDED_STATE;
    }

    /** What a HANDED word becomes when its owner has the record. */
    public static long accepted(long handed) {
        return (handed & ~STATE_MASK) | ACCEPTED_STATE;
    }

    /** Does the word name a record that was handed over and may not be received yet? */
    public static boolean namesRecord(long word) {
        return isHanded(word) || (word & STATE_MASK) == ACCEPTED_STATE;
    }

    public static long handedAddress(long word) {
        return word & ~STATE_MASK;
    }
}
