package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.CLAIM_OFFSET;
import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.PAYLOAD_OFFSET;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Words;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Lives that end at any step, one after the other in several threads with mappings of their own, while a repairer
 * settles what they leave and the others go on. A life ends as by a kill: between two stores, leaving everything as it
 * is. The repairer is stopped between two slots now and then.
 *
 * <p>Every message whose commit succeeded is received exactly once, none other is, and the totals are exact in the end.
 */
@Timeout(300)
class RepairStormTest {
    private static final int LONGEST = 600;
    private static final long QBYTES = 60_000;
    private static final long KEEPER = Long.MAX_VALUE;
    private static final int MANY_SLOTS = 200;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicLong clientIds = new AtomicLong(1000);
    private final AtomicInteger livesLeft = new AtomicInteger();
    private final AtomicInteger repairs = new AtomicInteger();
    private final Set<Long> deadClients = ConcurrentHashMap.newKeySet();
    private AtomicIntegerArray committed;
    private AtomicIntegerArray received;
    private volatile boolean over;

    @Test
    void livesThatEndAnywhere() throws Exception {
        storm(1, 10_000, 4);
    }

    @Tag("long")
    @Test
    @Timeout(3600)
    void livesThatEndAnywhereForLonger() throws Exception {
        for (int seed = 2; seed < 32; seed++) {
            storm(seed, 30_000, 4 + seed % 4);
        }
    }

    private void storm(long seed, int lives, int threads) throws InterruptedException {
        int maxMessages = lives * 64 + threads;
        committed = new AtomicIntegerArray(maxMessages);
        received = new AtomicIntegerArray(maxMessages);
        numbers.set(0);
        livesLeft.set(lives);
        over = false;
        try (HotQueue queue = new HotQueue()) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Thread> living = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                SplittableRandom own = random.split();
                living.add(start("life-" + i, () -> live(queue, own)));
            }
            SplittableRandom own = random.split();
            Thread repairer = start("repairer", () -> repair(queue, own));
            for (Thread thread : living) {
                thread.join();
            }
            over = true;
            repairer.join();
            if (failure.get() != null) {
                throw new AssertionError("seed " + seed, failure.get());
            }
            check(queue, lives);
        }
    }

    private void check(HotQueue queue, int lives) {
        assertTrue(new Repair(queue.chain()).run(client -> !deadClients.contains(client)).isEmpty());
        Party last = queue.join();
        while (last.takeNext()) {
            int number = (int) last.cursor.buffer().getLong(last.cursor.payloadOffset());
            assertTrue(last.cursor.consume());
            received.incrementAndGet(number);
            last.cursor.step();
        }
        queue.leave(last);
        int sent = 0;
        for (int number = 0; number < numbers.get(); number++) {
            // invariant 3
            assertEquals(committed.get(number), received.get(number), "message " + number);
            sent += committed.get(number);
        }
        assertTrue(sent > lives, () -> "hardly anything was sent");
        // invariant 5
        queue.assertQueued(0, 0);
        // invariant 10: nobody is left who would need a place
        queue.reclaim();
        queue.reclaim();
        assertEquals(1, queue.places(LINKED));
        assertEquals(0, queue.places(CLAIMED) + queue.places(PREPARED) + queue.places(RETIRED));
        queue.assertQueued(0, 0);
    }

    // ---- the repairer, and the keeper of the house

    private void repair(HotQueue queue, SplittableRandom random) {
        try (QueueMemory memory = QueueMemory.open(queue.folder())) {
            SegmentChain chain = new SegmentChain(memory);
            Slot slot = chain.slots().acquire(KEEPER);
            while (!over && failure.get() == null) {
                int stopAfter = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : Integer.MAX_VALUE;
                int[] dead = new int[1];
                try {
                    new Repair(chain).run(client -> {
                        boolean alive = !deadClients.contains(client);
                        if (!alive && dead[0]++ == stopAfter) {
                            throw new Stopped();
                        }
                        return alive;
                    });
                } catch (Stopped e) {
                    continue;
                }
                repairs.incrementAndGet();
                if (random.nextInt(8) == 0) {
                    chain.reclaim(slot, KEEPER);
                    chain.trim(slot, random.nextInt(3));
                }
                Thread.yield();
            }
            new Repair(chain).run(client -> !deadClients.contains(client));
            chain.slots().release(slot, KEEPER);
        }
    }

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    // ---- lives

    private void live(HotQueue queue, SplittableRandom random) {
        try (QueueMemory memory = QueueMemory.open(queue.folder())) {
            while (livesLeft.getAndDecrement() > 0 && failure.get() == null) {
                Life life = new Life(new Party(memory, clientIds.incrementAndGet()), random);
                if (life.slot.index() > MANY_SLOTS) {
                    awaitRepair();
                }
                boolean left = life.live();
                if (!left) {
                    deadClients.add(life.party.clientId);
                }
            }
        }
    }

    /** The lives must not outrun the repairer. */
    private void awaitRepair() {
        int before = repairs.get();
        while (repairs.get() == before && failure.get() == null) {
            Thread.yield();
        }
    }

    private final class Life {
        private final Party party;
        private final Slot slot;
        private final SegmentTable table;
        private final SplittableRandom random;
        private final Words state;
        private long epoch;

        Life(Party party, SplittableRandom random) {
            this.party = party;
            this.slot = party.slot;
            this.table = party.chain.table();
            this.random = random;
            this.state = party.memory.wholeStateWords();
            this.epoch = party.memory.state().rescanEpoch();
        }

        /** True if it ended in peace. */
        boolean live() {
            for (int deeds = random.nextInt(60); deeds > 0; deeds--) {
                if (random.nextBoolean()) {
                    send();
                } else {
                    receive();
                }
            }
            switch (random.nextInt(8)) {
                case 0 -> {
                    party.leave();
                    return true;
                }
                case 1, 2 -> dieSending();
                case 3, 4, 5 -> dieReceiving();
                case 6 -> {
                    if (random.nextBoolean()) {
                        dieExtending();
                    } else {
                        dieAppendingLong();
                    }
                }
                default -> dieReclaiming();
            }
            return false;
        }

        // ---- sending

        private void send() {
            int number = numbers.getAndIncrement();
            int offset = claim(number);
            if (offset != Appender.FULL) {
                commit(offset, number);
            }
        }

        private int claim(int number) {
            int longest = random.nextInt(20) == 0 ? 3 * HotQueue.SEGMENT_LENGTH : LONGEST;
            int length = Long.BYTES + random.nextInt(longest);
            int offset = party.appender.claim(length, QBYTES);
            if (offset != Appender.FULL) {
                party.appender.segment().putLong(offset + PAYLOAD_OFFSET, number);
                party.appender.describe(offset, 1 + number % 7, ClaimWord.AVAILABLE);
            }
            return offset;
        }

        private void commit(int offset, int number) {
            assertTrue(party.appender.commit(offset, 1 + number % 7));
            committed.incrementAndGet(number);
        }

        private void dieSending() {
            int open = random.nextInt(3);
            for (int i = 0; i < open; i++) {
                claim(numbers.getAndIncrement());
            }
            int number = numbers.getAndIncrement();
            int offset = claim(number);
            if (offset == Appender.FULL) {
                return;
            }
            UnsafeBuffer segment = party.appender.segment();
            int length = -RecordDescriptor.length(segment.getLongVolatile(offset));
            switch (random.nextInt(6)) {
                case 0 -> segment.putInt(offset + CLAIM_OFFSET, 0);
                case 1 -> commit(offset, number);
                case 2 -> slot.beginConsuming(party.appender.address(offset),
                    Quantity.ofMessage(length - HEADER_LENGTH));
                case 3 -> {
                    slot.beginConsuming(party.appender.address(offset), Quantity.ofMessage(length - HEADER_LENGTH));
                    segment.putInt(offset + CLAIM_OFFSET, ClaimWord.consumed(0, slot.tag()));
                }
                case 4 -> {
                    slot.beginConsuming(party.appender.address(offset), Quantity.ofMessage(length - HEADER_LENGTH));
                    segment.putInt(offset + CLAIM_OFFSET, ClaimWord.consumed(0, slot.tag()));
                    assertTrue(segment.compareAndSetLong(offset, header(-length, slot.tag()),
                        header(length, DEAD_TYPE)));
                }
                default -> {}
            }
        }

        // ---- receiving

        private boolean take() {
            if (party.memory.state().rescanEpoch() != epoch) {
                epoch = party.memory.state().rescanEpoch();
                party.cursor.rewind();
            }
            return party.takeNext();
        }

        private void receive() {
            if (take()) {
                if (random.nextInt(16) == 0) {
                    party.cursor.giveBack();
                } else {
                    int number = found();
                    assertTrue(party.cursor.consume());
                    received.incrementAndGet(number);
                }
                party.cursor.step();
            }
        }

        private int found() {
            return (int) party.cursor.buffer().getLong(party.cursor.payloadOffset());
        }

        private void dieReceiving() {
            if (random.nextBoolean()) {
                // some more records behind it, looked back at
                party.cursor.look();
            }
            if (!take()) {
                dieWaiting();
                return;
            }
            UnsafeBuffer segment = party.cursor.buffer();
            int claim = party.cursor.payloadOffset() - HEADER_LENGTH + CLAIM_OFFSET;
            int number = found();
            long quantity = Quantity.ofMessage(party.cursor.payloadLength());
            int step = random.nextInt(6);
            if (step == 0) {
                return;
            }
            if (step == 1) {
                // gone back to its place, and nobody was told
                int taken = segment.getIntVolatile(claim);
                assertTrue(segment.compareAndSetInt(claim, taken, ClaimWord.returned(taken)));
                return;
            }
            slot.beginConsuming(party.cursor.address(), quantity);
            if (step >= 3) {
                int taken = segment.getIntVolatile(claim);
                assertTrue(segment.compareAndSetInt(claim, taken, ClaimWord.consumed(taken, slot.tag())));
                received.incrementAndGet(number);
            }
            if (step >= 4) {
                int base = StateDescriptor.slotOffset(slot.index());
                state.putLongRelease(base + SlotDescriptor.TOTAL_OFFSET,
                    state.getLong(base + SlotDescriptor.NEW_OFFSET));
            }
            if (step == 5) {
                slot.endConsuming(true);
            }
        }

        private void dieWaiting() {
            long ticket = party.memory.state().nextTicket();
            slot.describeWaiter(0, 0, Integer.MAX_VALUE);
            slot.armWaiter(random.nextBoolean() ? SlotDescriptor.waiting(ticket) : SlotDescriptor.arming(ticket));
            ArmedSlots.receivers(party.memory).set(slot.index());
        }

        // ---- the chain

        private void dieExtending() {
            long link = party.chain.pinTail(slot, SlotDescriptor.APPENDING_PIN);
            int place = claimPlace();
            if (place < 0 || link == SegmentLink.NONE) {
                return;
            }
            party.memory.allocate(place);
            if (random.nextInt(3) == 0 || table.next(link) != SegmentLink.NONE) {
                // as one that was about to zero it
                party.memory.segment(place).setMemory(0, 1000, (byte) 0x55);
                return;
            }
            if (!HotQueue.isZero(party.memory.segment(place), 0, HotQueue.SEGMENT_LENGTH)) {
                throw new AssertionError("place " + place + " was not zero");
            }
            long total = totalOfFullSegment(link);
            long number = SegmentLink.number(link) + table.span(table.length(SegmentLink.place(link)));
            table.prepare(place, number, slot.tag(), total, HotQueue.SEGMENT_LENGTH);
            if (total >= 0 && table.append(link, SegmentLink.link(number, place)) && random.nextBoolean()) {
                table.isLinked(SegmentLink.link(number, place));
            }
        }

        /** At any step from the first place that is claimed to a record that is committed, and of the ways back. */
        private void dieAppendingLong() {
            long link = party.chain.pinTail(slot, SlotDescriptor.APPENDING_PIN);
            if (link == SegmentLink.NONE) {
                return;
            }
            int payloadLength = HotQueue.LONGEST + 1 + random.nextInt(2 * HotQueue.SEGMENT_LENGTH);
            int length = RecordDescriptor.aligned(HEADER_LENGTH + payloadLength);
            int span = table.span(length);
            int head = party.chain.claimLong(slot, length);
            UnsafeBuffer segment = party.memory.segment(head);
            if (!HotQueue.isZero(segment, 0, span * HotQueue.SEGMENT_LENGTH)) {
                throw new AssertionError("places from " + head + " on were not zero");
            }
            int step = random.nextInt(8);
            int left = 1 + random.nextInt(span);
            if (step == 0) {
                // followers that were not marked yet
                moveParts(head, left, span, word(CLAIMED, slot.tag()));
                return;
            }
            if (step == 1) {
                // as one that was about to zero them
                segment.setMemory(0, left * HotQueue.SEGMENT_LENGTH, (byte) 0x55);
                moveParts(head, left, span, word(READY, 0));
                return;
            }
            long total = totalOfFullSegment(link);
            segment.putLong(RecordDescriptor.TOTAL_OFFSET, total);
            segment.putLong(0, header(-(HEADER_LENGTH + payloadLength), slot.tag()));
            if (step == 2) {
                // on the way back
                if (random.nextBoolean()) {
                    segment.setMemory(0, HEADER_LENGTH, (byte) 0);
                    moveParts(head, left, span, word(READY, 0));
                }
                return;
            }
            if (table.next(link) != SegmentLink.NONE) {
                return;
            }
            long number = SegmentLink.number(link) + table.span(table.length(SegmentLink.place(link)));
            table.prepare(head, number, slot.tag(), total, length);
            if (step == 3 || total < 0 || !table.append(link, SegmentLink.link(number, head)) || step == 4) {
                return;
            }
            table.isLinked(SegmentLink.link(number, head));
            if (step >= 6) {
                slot.pin(SlotDescriptor.APPENDING_PIN, head);
                table.advanceTail(SegmentLink.link(number, head));
            }
            if (step == 7) {
                int message = numbers.getAndIncrement();
                segment.putLong(PAYLOAD_OFFSET, message);
                segment.putInt(CLAIM_OFFSET, ClaimWord.AVAILABLE);
                assertTrue(segment.compareAndSetLong(0, header(-(HEADER_LENGTH + payloadLength), slot.tag()),
                    header(HEADER_LENGTH + payloadLength, 1)));
                committed.incrementAndGet(message);
            }
        }

        private void moveParts(int head, int from, int span, long to) {
            for (int i = span - 1; i >= from; i--) {
                assertTrue(table.moveEntry(head + i, word(PART, head), to));
            }
        }

        private int claimPlace() {
            long claimed = word(CLAIMED, slot.tag());
            for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
                long word = table.entryWord(place);
                if ((state(word) == READY || state(word) == HOLE) && table.moveEntry(place, word, claimed)) {
                    return place;
                }
            }
            return -1;
        }

        /** Total at the end of a pinned segment, or -1 if it has room still. */
        private long totalOfFullSegment(long link) {
            UnsafeBuffer segment = party.memory.segment(SegmentLink.place(link));
            long total = table.totalAtStart(SegmentLink.place(link));
            int offset = 0;
            int end = table.length(SegmentLink.place(link));
            while (offset < end) {
                long header = segment.getLongVolatile(offset);
                int length = Math.abs(RecordDescriptor.length(header));
                if (header == 0) {
                    if (end - offset > LONGEST
                        || !segment.compareAndSetLong(offset, 0,
                            header(end - offset, RecordDescriptor.PADDING_TYPE))) {
                        return -1;
                    }
                    return total;
                }
                if (RecordDescriptor.type(header) == RecordDescriptor.PADDING_TYPE) {
                    return total;
                }
                total += Quantity.ofMessage(length - HEADER_LENGTH);
                offset += RecordDescriptor.aligned(length);
            }
            return total;
        }

        private void dieReclaiming() {
            state.compareAndSetLong(StateDescriptor.RECLAIMER_OFFSET, 0, party.clientId);
        }
    }

    private Thread start(String name, Runnable work) {
        return Thread.ofPlatform().daemon().name(name).start(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
    }
}
