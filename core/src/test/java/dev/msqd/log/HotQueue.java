package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.entryOffset;
import static dev.msqd.layout.StateDescriptor.slotOffset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentTableDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.function.Executable;

/**
 * A queue's hot file in a folder of its own, where memory is if there is such a place, and the parties that use it:
 * each with a mapping of its own, as if it were another process. Its own view is that of somebody who looks on from
 * outside.
 */
final class HotQueue implements AutoCloseable {
    static final int SEGMENT_LENGTH = QueueMemory.MIN_SEGMENT_LENGTH;
    /** What a record takes whose payload has at most 32 bytes. */
    static final int SHORTEST = RecordDescriptor.ALIGNMENT;
    /** The longest payload of a segment. */
    static final int LONGEST = SEGMENT_LENGTH - RecordDescriptor.HEADER_LENGTH;
    static final long NO_LIMIT = Quantity.MAX_BYTES - 1;

    private static final long KEEPER = Long.MAX_VALUE;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final Path folder = temporaryFolder();
    private final QueueMemory memory;
    private final SegmentChain chain;
    private final List<Party> parties = new ArrayList<>();
    private final AtomicLong clientIds = new AtomicLong();

    HotQueue() {
        this(SEGMENT_LENGTH);
    }

    HotQueue(int segmentLength) {
        this.memory = QueueMemory.create(folder, parameters(segmentLength));
        this.chain = new SegmentChain(memory);
    }

    static QueueParameters parameters(int segmentLength) {
        return new QueueParameters(7, 0x2A, 11, 12, 1000, 1001, 1002, 1003, 0640, 16384, 1_700_000_000L, segmentLength,
            Durability.PROCESS);
    }

    static Path temporaryFolder() {
        Path parent = Files.isDirectory(SHARED_MEMORY) && Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY
            : Path.of(System.getProperty("java.io.tmpdir"));
        try {
            return Files.createTempDirectory(parent, "msqd-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Blocks of 512 bytes that a file takes (st_blocks). */
    static long blocks(Path file) {
        try {
            Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).redirectErrorStream(true).start();
            return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ErrnoException assertErrno(int errno, Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
        return e;
    }

    Path folder() {
        return folder;
    }

    Path file() {
        return QueueMemory.file(folder);
    }

    QueueMemory memory() {
        return memory;
    }

    SegmentChain chain() {
        return chain;
    }

    SegmentTable table() {
        return chain.table();
    }

    /** Another process. Any thread. */
    synchronized Party join() {
        Party party = new Party(folder, clientIds.incrementAndGet());
        parties.add(party);
        return party;
    }

    /** Repairs what everybody left who is not among these, and looks at the result. */
    Repair.Report repairAllBut(Party... living) {
        return new Repair(chain).run(client -> Stream.of(living).anyMatch(party -> party.clientId == client));
    }

    /** Reclaims as the daemon does; returns how many places became ready. */
    int reclaim() {
        Slot slot = chain.slots().acquire(KEEPER);
        int ready = chain.reclaim(slot, KEEPER);
        chain.slots().release(slot, KEEPER);
        return ready;
    }

    // ---- the memory itself

    long stateLong(int offset) {
        return memory.wholeStateWords().getLongVolatile(offset);
    }

    void stateLong(int offset, long value) {
        memory.wholeStateWords().putLongVolatile(offset, value);
    }

    long slotLong(Slot slot, int field) {
        return stateLong(slotOffset(slot.index()) + field);
    }

    void slotLong(Slot slot, int field, long value) {
        stateLong(slotOffset(slot.index()) + field, value);
    }

    long entryLong(int place, int field) {
        return stateLong(entryOffset(place) + field);
    }

    void entryLong(int place, int field, long value) {
        stateLong(entryOffset(place) + field, value);
    }

    int stateOf(int place) {
        return SegmentTableDescriptor.state(table().entryWord(place));
    }

    /** How many places are in a state of {@link SegmentTableDescriptor}. */
    int places(int state) {
        int count = 0;
        for (int place = 0; place < table().placeLimit(); place++) {
            if (stateOf(place) == state) {
                count++;
            }
        }
        return count;
    }

    long headerAt(long address) {
        return memory.segment(memory.placeOf(address)).getLongVolatile(memory.offsetOf(address));
    }

    void headerAt(long address, long header) {
        memory.segment(memory.placeOf(address)).putLongVolatile(memory.offsetOf(address), header);
    }

    int claimAt(long address) {
        return memory.segment(memory.placeOf(address))
            .getIntVolatile(memory.offsetOf(address) + RecordDescriptor.CLAIM_OFFSET);
    }

    void claimAt(long address, int claim) {
        memory.segment(memory.placeOf(address)).putIntVolatile(
            memory.offsetOf(address) + RecordDescriptor.CLAIM_OFFSET, claim);
    }

    boolean isZero(int place) {
        return isZero(memory.segment(place), 0, memory.segmentLength());
    }

    static boolean isZero(UnsafeBuffer segment, int from, int to) {
        for (int offset = from; offset < to; offset += Long.BYTES) {
            if (segment.getLong(offset) != 0) {
                return false;
            }
        }
        return true;
    }

    // ---- what must hold at rest

    /** Checks the whole log, and that exactly so much is queued (invariant 5). Nobody may be at work. */
    void assertQueued(long bytes, long messages) {
        Audit audit = new Audit(this);
        audit.run();
        assertEquals(messages, audit.liveMessages(), "messages in the log");
        assertEquals(bytes, audit.liveBytes(), "bytes in the log");
        Party newcomer = join();
        long live = newcomer.appender.live();
        assertEquals(messages, Quantity.messages(live), "messages by the totals");
        assertEquals(bytes, Quantity.bytes(live), "bytes by the totals");
        leave(newcomer);
    }

    /** A party leaves as it should. */
    synchronized void leave(Party party) {
        assertTrue(parties.remove(party));
        party.leave();
        party.close();
    }

    @Override
    public synchronized void close() {
        parties.forEach(Party::close);
        memory.close();
        delete(folder);
    }
}
