package dev.msqd.log;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.SegmentTableDescriptor;
import java.nio.file.Path;

/**
 * A process that may not make files longer than its limit: what it meets is what a full hot directory gives. It sends
 * until there is no room, and goes on when there is room again. Prints what went wrong, or nothing.
 */
final class FullHotDirectory {
    private FullHotDirectory() {}

    /** @param arguments folder; how many segments fit into it. */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        int segments = Integer.parseInt(arguments[1]);
        try (QueueMemory memory = QueueMemory.create(folder, HotQueue.parameters(HotQueue.SEGMENT_LENGTH));
            Party sender = new Party(folder, 1);
            Party receiver = new Party(folder, 2)) {
            check(memory.segmentLength() == HotQueue.SEGMENT_LENGTH, "segment length");
            for (int round = 0; round < 3; round++) {
                fillAndEmpty(sender, receiver, segments, round * 1000);
            }
            sendLong(sender, receiver, segments);
        }
    }

    private static void fillAndEmpty(Party sender, Party receiver, int segments, int first) {
        int sent = 0;
        ErrnoException failure = null;
        while (failure == null) {
            try {
                sender.send(first + sent, HotQueue.LONGEST);
                sent++;
            } catch (ErrnoException e) {
                failure = e;
            }
        }
        check(failure.errno() == Errno.ENOMEM, failure.getMessage());
        check(failure.getMessage().contains("hot directory"), failure.getMessage());
        check(failure.getMessage().contains(receiver.memory.what()), failure.getMessage());
        // the segment that is received last in each round stays the tail, and is full
        check(sent == (first == 0 ? segments : segments - 1), sent + " messages in " + segments + " segments");

        // once more, and nothing has changed: no place is lost, nothing that was sent
        try {
            sender.send(first + sent, 1);
            check(false, "a message found room");
        } catch (ErrnoException e) {
            check(e.errno() == Errno.ENOMEM, e.getMessage());
        }
        // a message of several places finds none either
        try {
            sender.send(first + sent, 2 * HotQueue.LONGEST);
            check(false, "a long message found room");
        } catch (ErrnoException e) {
            check(e.errno() == Errno.ENOMEM, e.getMessage());
            check(e.getMessage().contains("hot directory"), e.getMessage());
        }
        SegmentTable table = sender.chain.table();
        for (int place = 0; place < table.placeLimit(); place++) {
            int state = SegmentTableDescriptor.state(table.entryWord(place));
            check(state == SegmentTableDescriptor.LINKED || state == SegmentTableDescriptor.HOLE,
                "place " + place + " is in state " + state);
        }
        for (int number = first; number < first + sent; number++) {
            receiver.assertReceives(number, HotQueue.LONGEST);
        }
        receiver.assertReceivesNothing();
        receiver.cursor.release();
        sender.appender.release();
        receiver.chain.reclaim(receiver.slot, receiver.clientId);
    }

    /** One that needs all places but one, or more, does not fit beside the segment at the end; a shorter one does. */
    private static void sendLong(Party sender, Party receiver, int segments) {
        sender.chain.trim(sender.slot, 0);
        int longest = (segments - 1) * HotQueue.SEGMENT_LENGTH - 32;
        for (int number = 0; number < 3; number++) {
            try {
                sender.send(number, longest + 1);
                check(false, "a long message found room");
            } catch (ErrnoException e) {
                check(e.errno() == Errno.ENOMEM, e.getMessage());
            }
            SegmentTable table = sender.chain.table();
            for (int place = 0; place < table.placeLimit(); place++) {
                int state = SegmentTableDescriptor.state(table.entryWord(place));
                check(state != SegmentTableDescriptor.CLAIMED && state != SegmentTableDescriptor.PART,
                    "place " + place + " is in state " + state);
            }
        }
        sender.send(3, longest - HotQueue.SEGMENT_LENGTH);
        receiver.assertReceives(3, longest - HotQueue.SEGMENT_LENGTH);
        receiver.assertReceivesNothing();
    }

    private static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
