package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.COPY_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.ENTRIES;
import static dev.msqd.daemon.RegistryDescriptor.FILE_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.FORMAT_VERSION_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.entryOffset;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
    private static final Path NAME = Path.of("/data/registry");

    /** Writes are torn at every so many bytes. */
    private static final int TEAR_STEP = 16;

    @TempDir
    private Path folder;

    private static RegistryEntry next(Registry registry, int key, String name) {
        return next(registry, registry.nextMsqid(), key, name);
    }

    private static RegistryEntry next(Registry registry, int msqid, int key, String name) {
        return new RegistryEntry(msqid, key, name, 1, 2, 3, 4, 0640, 1L << 40, 1_700_000_000,
            registry.nextSerial(), UUID.randomUUID(), 1 << 18, Durability.SYNC,
            new Retention(3600, 10L << 30));
    }

    private static RegistryEntry add(Registry registry, int key, String name) {
        RegistryEntry entry = next(registry, key, name);
        registry.add(entry);
        return entry;
    }

    /** A registry on a disk in memory, made by the real thing. */
    private byte[] emptyDisk() throws IOException {
        Path file = folder.resolve("made");
        Registry.open(file).close();
        byte[] disk = Files.readAllBytes(file);
        Files.delete(file);
        return disk;
    }

    private Path file() {
        return folder.resolve("registry");
    }

    /** A chosen id: the next ones are as if it had not been, also after a restart. */
    @Test
    void chosenIdsLeaveTheRoundAsItIs() {
        Path file = folder.resolve("chosen");
        try (Registry registry = Registry.open(file)) {
            registry.add(next(registry, 1, ""));
            assertEquals(70_000, registry.freeMsqidFrom(70_000));
            registry.addChosen(next(registry, 70_000, 2, ""));
            assertEquals(70_001, registry.freeMsqidFrom(70_000));
            assertEquals(70_001 - 65_536, registry.freeMsqidFrom(70_000 - 65_536));
            registry.addChosen(next(registry, 2 << 15 | 32_767, 3, ""));
            assertEquals(Errno.ENOSPC,
                assertThrows(ErrnoException.class, () -> registry.freeMsqidFrom(32_767)).errno());
            assertEquals(1, registry.nextMsqid());
        }
        try (Registry registry = Registry.open(file)) {
            assertEquals(1, registry.nextMsqid());
            assertEquals(4, registry.nextSerial());
        }
    }

    @Test
    void keepsQueuesOverARestart() {
        RegistryEntry keyed;
        RegistryEntry named;
        UUID id;
        try (Registry registry = Registry.open(file())) {
            keyed = add(registry, 0x1f, "");
            named = add(registry, -5, "größe");
            add(registry, 0, "");
            id = registry.directoryId();
            assertEquals(1, registry.epoch());
        }
        try (Registry registry = Registry.open(file())) {
            assertEquals(keyed, registry.byKey(0x1f));
            assertEquals(named, registry.byName("größe"));
            assertEquals(named, registry.byKey(-5));
            assertNull(registry.byKey(0), "IPC_PRIVATE is no key");
            assertEquals(3, registry.size());
            assertEquals(2, registry.highestIndex());
            assertEquals(id, registry.directoryId());
            assertEquals(2, registry.epoch());
        }
    }

    @Test
    void storesAnUpdateAndARemoval() {
        RegistryEntry changed;
        try (Registry registry = Registry.open(file())) {
            RegistryEntry entry = add(registry, 7, "seven");
            changed = entry.with(10, 11, 0600, 12, 13);
            registry.update(changed);
            RegistryEntry gone = add(registry, 8, "eight");
            registry.remove(gone);
            assertNull(registry.byKey(8));
        }
        try (Registry registry = Registry.open(file())) {
            assertEquals(changed, registry.byKey(7));
            assertNull(registry.byKey(8));
            assertNull(registry.byName("eight"));
            assertEquals(1, registry.size());
        }
    }

    /** Another program looks, beside a daemon or without one. */
    @Test
    void readingChangesNothing() throws IOException {
        RegistryEntry entry;
        RegistryEntry gone;
        long epoch;
        try (Registry registry = Registry.open(file())) {
            entry = add(registry, 7, "seven");
            gone = add(registry, 8, "eight");
            registry.remove(gone);
            epoch = registry.epoch();
        }
        byte[] before = Files.readAllBytes(file());
        Registry read = Registry.read(file());
        assertEquals(List.of(entry), read.entries());
        assertEquals(epoch, read.epoch());
        assertEquals(List.of(), read.suspects());
        assertEquals(Errno.EIO, assertThrows(ErrnoException.class, () -> read.remove(entry)).errno());
        assertArrayEquals(before, Files.readAllBytes(file()));
        try (Registry registry = Registry.open(file())) {
            assertEquals(epoch + 1, registry.epoch());
            assertEquals(List.of(entry), Registry.read(file()).entries(), "while another has it open");
        }
    }

    @Test
    void readingTellsWhatIsDamaged() throws IOException {
        try (Registry registry = Registry.open(file())) {
            add(registry, 1, "");
            add(registry, 2, "");
            RegistryEntry changed = add(registry, 3, "");
            registry.update(changed.with(0, 0, 0, 0, 0));
        }
        byte[] bytes = Files.readAllBytes(file());
        bytes[RegistryDescriptor.entryOffset(1) + RegistryDescriptor.copyOffset(1) + 20] ^= 1;
        bytes[RegistryDescriptor.entryOffset(1) + RegistryDescriptor.copyOffset(0) + 20] ^= 1;
        bytes[RegistryDescriptor.entryOffset(2) + RegistryDescriptor.copyOffset(2) + 20] ^= 1;
        Files.write(file(), bytes);
        Registry read = Registry.read(file());
        assertEquals(List.of(1, 2), read.suspects());
        assertTrue(read.isDamaged(1));
        assertTrue(read.isMended(2));
        assertEquals(2, read.entries().size());
        assertArrayEquals(bytes, Files.readAllBytes(file()));
        assertEquals(Errno.ENOENT,
            assertThrows(ErrnoException.class, () -> Registry.read(folder.resolve("absent"))).errno());
        Files.write(file(), new byte[100]);
        assertEquals(Errno.EIO, assertThrows(ErrnoException.class, () -> Registry.read(file())).errno());
    }

    /**
     * R12, R13: as the kernel gives ids out: index upwards, after the last one, the sequence number up with each round.
     */
    @Test
    void givesIndexesOutCyclically() {
        try (Registry registry = Registry.open(file())) {
            RegistryEntry first = add(registry, 0, "");
            RegistryEntry second = add(registry, 0, "");
            assertEquals(0, first.msqid());
            assertEquals(1, second.msqid());
            registry.remove(first);
            registry.remove(second);
            for (int index = 2; index < 64; index++) {
                RegistryEntry entry = add(registry, 0, "");
                assertEquals(index, entry.msqid(), "not the lowest free index");
                registry.remove(entry);
            }
            assertEquals(1 << 15, add(registry, 0, "").msqid(), "the next round");
            assertEquals(1 << 15 | 1, add(registry, 0, "").msqid());
        }
        try (Registry registry = Registry.open(file())) {
            assertEquals(1 << 15 | 2, registry.nextMsqid(), "a restart changes nothing");
        }
    }

    /** R13: with many queues the round is half as long again as there are queues. */
    @Test
    void widensTheRoundWithTheQueues() throws IOException {
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(emptyDisk()))) {
            for (int i = 0; i < 90; i++) {
                assertEquals(i, add(registry, 0, "").msqid());
            }
            registry.remove(registry.byIndex(3));
            registry.remove(registry.byIndex(5));
            Set<Integer> given = new HashSet<>();
            for (int i = 90; i < 132; i++) {
                assertTrue(given.add(add(registry, 0, "").msqid()));
            }
            assertTrue(given.contains(131));
        }
    }

    /** R11: every index can be used, and no more. */
    @Test
    void usesEveryIndex() throws IOException {
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(emptyDisk()))) {
            for (int i = 0; i < ENTRIES; i++) {
                add(registry, i + 1, "");
            }
            assertEquals(ENTRIES, registry.size());
            assertEquals(Errno.ENOSPC, assertThrows(ErrnoException.class, registry::nextMsqid).errno());
            registry.remove(registry.byIndex(17));
            assertEquals(1 << 15 | 17, registry.nextMsqid());
        }
    }

    /** Invariant 4: the sequence number goes through its whole range before it begins again. */
    @Test
    void wrapsTheSequenceNumber() throws IOException {
        byte[] disk = emptyDisk();
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(disk))) {
            RegistryEntry template = next(registry, 0, "");
            int last = 65_534 << 15 | 63;
            registry.add(
                new RegistryEntry(last, 0, "", 1, 1, 1, 1, 0600, 1, 1, template.serial(), template.uuid(), 1 << 18,
                    Durability.PROCESS, Retention.NONE));
            assertEquals(0, registry.nextMsqid());
        }
    }

    /** Invariants 1 and 2: a change that was torn anywhere before its sync leaves the state before or after it. */
    @Test
    void survivesATornWriteAnywhere() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        RegistryEntry entry;
        try (Registry registry = Registry.open(NAME, storage)) {
            entry = add(registry, 5, "five");
        }
        byte[] before = storage.afterPowerCut(0);
        RegistryEntry changed = entry.with(9, 9, 0777, 99, 99);
        MemoryBlockFile torn = new MemoryBlockFile(before);
        Registry registry = Registry.open(NAME, torn);
        torn.failSyncs();
        assertThrows(ErrnoException.class, () -> registry.update(changed));
        assertEquals(entry, registry.byKey(5), "memory is as it was");
        for (int kept = 0; kept <= torn.unsyncedLength(); kept += TEAR_STEP) {
            try (Registry reopened = Registry.open(NAME, new MemoryBlockFile(torn.afterPowerCut(kept)))) {
                RegistryEntry expected = kept == torn.unsyncedLength() ? changed : entry;
                assertEquals(expected, reopened.byKey(5), kept + " bytes kept");
                assertEquals(expected, reopened.byName("five"));
                assertFalse(reopened.isDamaged(entry.index()));
                if (kept == COPY_LENGTH / 2) {
                    assertEquals(List.of(entry.index()), reopened.suspects());
                }
            }
        }
    }

    /** The same for the first write to an entry: the queue is there, or it is not. */
    @Test
    void survivesATornCreation() throws IOException {
        MemoryBlockFile torn = new MemoryBlockFile(emptyDisk());
        Registry registry = Registry.open(NAME, torn);
        torn.failSyncs();
        RegistryEntry entry = next(registry, 5, "five");
        assertThrows(ErrnoException.class, () -> registry.add(entry));
        assertNull(registry.byKey(5));
        for (int kept = 0; kept <= torn.unsyncedLength(); kept += TEAR_STEP) {
            try (Registry reopened = Registry.open(NAME, new MemoryBlockFile(torn.afterPowerCut(kept)))) {
                assertEquals(kept == torn.unsyncedLength() ? entry : null, reopened.byKey(5), kept + " bytes kept");
            }
        }
    }

    /** Invariant 5: a creation that was acknowledged is not taken for one that was not. */
    @Test
    void keepsAQueueOneOfWhoseCopiesIsDamaged() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        RegistryEntry first;
        RegistryEntry second; // at an index that was used before
        try (Registry registry = Registry.open(NAME, storage)) {
            first = add(registry, 5, "five");
            for (int round = 0; round < 63; round++) {
                registry.remove(add(registry, 6, "six"));
            }
            registry.remove(first);
            first = add(registry, 5, "five");
            second = add(registry, 6, "six");
        }
        byte[] disk = storage.afterPowerCut(0);
        for (RegistryEntry entry : List.of(first, second)) {
            for (int copy = 0; copy < 2; copy++) {
                byte[] damaged = disk.clone();
                damaged[entryOffset(entry.index()) + RegistryDescriptor.copyOffset(copy) + 20] ^= 1;
                try (Registry registry = Registry.open(NAME, new MemoryBlockFile(damaged))) {
                    assertEquals(List.of(first, second), registry.entries());
                    assertEquals(List.of(entry.index()), registry.suspects());
                }
            }
        }
    }

    /** Every change is one write and one sync; a creation two, one a copy. */
    @Test
    void syncsEachChangeOnce() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        try (Registry registry = Registry.open(NAME, storage)) {
            int before = storage.syncs();
            RegistryEntry entry = add(registry, 5, "");
            registry.update(entry.with(1, 1, 0, 0, 0));
            registry.remove(entry);
            assertEquals(before + 4, storage.syncs());
            assertEquals(0, storage.unsyncedLength());
        }
    }

    /** Invariant 3: after a failed sync nothing is written any more, though the disk would take it again. */
    @Test
    void stopsWritingAfterAFailedSync() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        Registry registry = Registry.open(NAME, storage);
        RegistryEntry entry = add(registry, 5, "");
        storage.failSyncs();
        assertThrows(ErrnoException.class, () -> registry.remove(entry));
        int written = storage.unsyncedLength();
        ErrnoException refused = assertThrows(ErrnoException.class, () -> registry.remove(entry));
        assertEquals(Errno.EIO, refused.errno());
        assertEquals(written, storage.unsyncedLength());
        assertEquals(entry, registry.byKey(5));
    }

    /** A random run of changes, cut at a random byte: what was acknowledged is there. */
    @Test
    void keepsWhatWasAcknowledgedThroughPowerCuts() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] disk = emptyDisk();
        for (int cut = 0; cut < 30; cut++) {
            MemoryBlockFile storage = new MemoryBlockFile(disk);
            Registry registry = Registry.open(NAME, storage);
            for (int i = random.nextInt(20); i > 0; i--) {
                change(registry, random);
            }
            List<RegistryEntry> acknowledged = registry.entries();
            storage.failSyncs();
            assertThrows(ErrnoException.class, () -> change(registry, random), "seed " + seed);
            disk = storage.afterPowerCut(random.nextInt(storage.unsyncedLength()));
            try (Registry reopened = Registry.open(NAME, new MemoryBlockFile(disk.clone()))) {
                assertEquals(acknowledged, reopened.entries(), "seed " + seed);
            }
        }
    }

    private static void change(Registry registry, Random random) {
        List<RegistryEntry> entries = registry.entries();
        int what = entries.isEmpty() ? 0 : random.nextInt(3);
        switch (what) {
            case 0 -> add(registry, 0, "queue " + registry.nextSerial());
            case 1 -> registry.update(entries.get(random.nextInt(entries.size())).with(random.nextInt(), 1, 0, 0, 0));
            default -> registry.remove(entries.get(random.nextInt(entries.size())));
        }
    }

    /** Invariant 5: one damaged entry is reported, keeps its index, and harms no other. */
    @Test
    void goesOnBesideADamagedEntry() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        RegistryEntry good;
        try (Registry registry = Registry.open(NAME, storage)) {
            add(registry, 5, "five");
            good = add(registry, 6, "six");
        }
        byte[] disk = storage.afterPowerCut(0);
        Arrays.fill(disk, entryOffset(0), entryOffset(0) + 2 * COPY_LENGTH, (byte) 0x5a);
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(disk))) {
            assertTrue(registry.isDamaged(0));
            assertEquals(List.of(0), registry.suspects());
            assertEquals(2, registry.size());
            assertNull(registry.byKey(5));
            assertEquals(good, registry.byKey(6));
            assertEquals(List.of(good), registry.entries());
            assertNotEquals(0, registry.nextMsqid() >> 15, "no id of before is given out again");

            registry.discardDamaged(0);
            assertEquals(1, registry.size());
            assertFalse(registry.isDamaged(0));
        }
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(disk))) {
            assertEquals(List.of(), registry.suspects());
        }
    }

    /** An entry of another index, written whole, is not believed. */
    @Test
    void noticesAMisdirectedWrite() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        try (Registry registry = Registry.open(NAME, storage)) {
            add(registry, 5, "");
        }
        byte[] disk = storage.afterPowerCut(0);
        System.arraycopy(disk, entryOffset(0), disk, entryOffset(9), 2 * COPY_LENGTH);
        try (Registry registry = Registry.open(NAME, new MemoryBlockFile(disk))) {
            assertTrue(registry.isDamaged(9));
            assertEquals(0, registry.byKey(5).index());
        }
    }

    @Test
    void refusesWhatIsNoRegistry() throws IOException {
        byte[] disk = emptyDisk();
        assertRefused("is cut short: 0 bytes of " + FILE_LENGTH, new byte[0]);
        assertRefused("is cut short: " + (FILE_LENGTH - 1) + " bytes", Arrays.copyOf(disk, FILE_LENGTH - 1));
        assertRefused("is not a registry of msqd", new byte[FILE_LENGTH]);
        byte[] noise = new byte[FILE_LENGTH];
        Arrays.fill(noise, (byte) 7);
        assertRefused("is not a registry of msqd", noise);

        byte[] version = disk.clone();
        version[FORMAT_VERSION_OFFSET] = 9;
        version[COPY_LENGTH + FORMAT_VERSION_OFFSET] = 9;
        assertRefused("has format version 9; this msqd reads version 1", version);

        byte[] header = disk.clone();
        header[50] ^= 1;
        header[COPY_LENGTH + 50] ^= 1;
        assertRefused("has a damaged header", header);
    }

    private static void assertRefused(String why, byte[] disk) {
        ErrnoException refused =
            assertThrows(ErrnoException.class, () -> Registry.open(NAME, new MemoryBlockFile(disk)));
        assertEquals(Errno.EIO, refused.errno());
        assertTrue(refused.getMessage().contains(NAME.toString()), refused.getMessage());
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }

    /** The header, too, survives a torn write: the epoch is the one before or after. */
    @Test
    void survivesATornHeader() throws IOException {
        MemoryBlockFile storage = new MemoryBlockFile(emptyDisk());
        storage.failSyncs();
        assertThrows(ErrnoException.class, () -> Registry.open(NAME, storage));
        for (int kept = 0; kept <= storage.unsyncedLength(); kept += TEAR_STEP) {
            try (Registry registry = Registry.open(NAME, new MemoryBlockFile(storage.afterPowerCut(kept)))) {
                assertEquals(kept == storage.unsyncedLength() ? 3 : 2, registry.epoch(), kept + " bytes kept");
            }
        }
    }
}
