package dev.msqd.queue;

import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import dev.msqd.log.Slots;
import java.util.ArrayList;
import java.util.List;

/**
 * A thread that is asleep in a call on a queue, as its slot shows it.
 *
 * @param clientId  whose thread it is
 * @param process   for which the client calls if that is not its own, else 0
 * @param asleepFor one of SlotDescriptor.FOR_
 * @param sinceNs   when its call began to wait, on the clock of {@link System#nanoTime}
 * @param msgtyp    what it wants, as msgrcv's argument says it; 0 unless it waits for a message
 * @param except    msgrcv's MSG_EXCEPT
 * @param bytes     of the message that it sends, if it waits for room; the room for one, if it waits for a message
 * @param ticket    its place in the line: those with lower ones come first; 0 if it holds none
 */
public record Sleeper(long clientId, int process, int asleepFor, long sinceNs, long msgtyp, boolean except,
    long bytes, long ticket) {

    /** All that are asleep at the moment, by slot. Reads only, and may run beside anything. */
    public static List<Sleeper> of(QueueMemory memory) {
        return of(new SegmentChain(memory).slots());
    }

    static List<Sleeper> of(Slots slots) {
        List<Sleeper> sleepers = new ArrayList<>();
        for (int index = 0, limit = slots.limit(); index < limit; index++) {
            Slot slot = slots.peer(index);
            int asleepFor = slot.asleepFor();
            long owner = slot.owner();
            if (owner != 0 && asleepFor > 0 && asleepFor <= SlotDescriptor.FOR_END_ON_DISK) {
                sleepers.add(of(slot, owner, asleepFor));
            }
        }
        return sleepers;
    }

    private static Sleeper of(Slot slot, long owner, int asleepFor) {
        long word = slot.waiterWord();
        long ticket = SlotDescriptor.isWaiting(word) ? SlotDescriptor.ticket(word) : 0;
        return switch (asleepFor) {
            case SlotDescriptor.FOR_MESSAGE -> {
                int mode = slot.waiterMode();
                long msgtyp = slot.waiterMsgtyp();
                yield new Sleeper(owner, slot.process(), asleepFor, slot.sinceNs(),
                    mode == Selector.UP_TO ? -msgtyp : msgtyp,
                    mode == Selector.EXCEPT, slot.waiterRoom(), ticket);
            }
            case SlotDescriptor.FOR_ROOM ->
                new Sleeper(owner, slot.process(), asleepFor, slot.sinceNs(), 0, false, slot.waiterMsgtyp(), ticket);
            // R78: who waits longest is not preferred.
            case SlotDescriptor.FOR_MSGTQL, SlotDescriptor.FOR_LOG ->
                new Sleeper(owner, slot.process(), asleepFor, slot.sinceNs(), 0, false, slot.waiterMsgtyp(), 0);
            default -> new Sleeper(owner, slot.process(), asleepFor, slot.sinceNs(), 0, false, 0, 0);
        };
    }
}
