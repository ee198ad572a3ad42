package dev.msqd.daemon.durability.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images made of a log that is written here: 64 sectors of ones, some of which are written to. */
class CutImageTest {
    private static final int SECTOR = 512;
    private static final int SECTORS = 64;

    @TempDir
    private Path folder;
    private final ByteBuffer log = ByteBuffer.allocate(64 * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    private int entries;

    private void entry(int sector, int sectors, long flags, int value) {
        log.position(Math.max(log.position(), SECTOR));
        int entry = log.position();
        log.putLong(entry, sector).putLong(entry + 8, sectors).putLong(entry + 16, flags);
        log.position(entry + SECTOR);
        if (flags == 0) {
            for (int i = 0; i < sectors * SECTOR; i++) {
                log.put((byte) value);
            }
        }
        entries++;
    }

    private WriteLog log() throws IOException {
        log.putLong(0, WriteLogDescriptor.MAGIC).putLong(8, WriteLogDescriptor.VERSION).putLong(16, entries)
            .putInt(24, SECTOR);
        return new WriteLog(Files.write(folder.resolve("log"), log.array()));
    }

    private Path start() throws IOException {
        byte[] ones = new byte[SECTORS * SECTOR];
        Arrays.fill(ones, (byte) 1);
        return Files.write(folder.resolve("start"), ones);
    }

    /** The first byte of each sector; all bytes of a sector are the same. */
    private static byte[] sectors(CutImage image) throws IOException {
        byte[] bytes = Files.readAllBytes(image.file());
        byte[] sectors = new byte[SECTORS];
        for (int i = 0; i < bytes.length; i++) {
            sectors[i / SECTOR] = bytes[i];
            assertEquals(bytes[i - i % SECTOR], bytes[i]);
        }
        return sectors;
    }

    @Test
    void flushedWritesAreThereUnflushedOnesMayBe() throws IOException {
        entry(0, 2, 0, 2);
        entry(1, 1, 0, 3);
        entry(0, 0, WriteLogDescriptor.FLUSH, 0);
        entry(0, 1, 0, 4);
        entry(8, 8, 0, 5);
        entry(20, 2, WriteLogDescriptor.DISCARD, 0);
        entry(0, 0, WriteLogDescriptor.FLUSH, 0);
        byte[] flushed = new byte[SECTORS];
        Arrays.fill(flushed, (byte) 1);
        flushed[0] = 2;
        flushed[1] = 3;
        byte[] all = flushed.clone();
        all[0] = 4;
        Arrays.fill(all, 8, 16, (byte) 5);
        Arrays.fill(all, 20, 22, (byte) 0);
        Set<String> seen = new HashSet<>();
        boolean torn = false;
        try (WriteLog writes = log(); CutImage image = new CutImage(writes, start(), folder)) {
            assertEquals(7, writes.size());
            image.make(new PowerCut(3, 3, 1));
            assertArrayEquals(flushed, sectors(image));
            for (int seed = 0; seed < 300; seed++) {
                image.make(new PowerCut(3, 6, seed));
                byte[] sectors = sectors(image);
                for (int i = 0; i < SECTORS; i++) {
                    assertTrue(sectors[i] == flushed[i] || sectors[i] == all[i], "sector " + i + " is " + sectors[i]);
                }
                assertEquals(sectors[20], sectors[21]);
                seen.add(sectors[0] + " " + sectors[8] + " " + sectors[20]);
                torn |= sectors[8] != sectors[15];
                // what a recovery changes is put right by the next cut
                Files.write(image.file(), new byte[SECTOR], StandardOpenOption.WRITE);
            }
            assertEquals(8, seen.size());
            assertTrue(torn);
            image.make(new PowerCut(7, 7, 1));
            assertArrayEquals(all, sectors(image));
            assertThrows(IllegalArgumentException.class, () -> image.make(new PowerCut(3, 3, 1)));
        }
    }

    @Test
    void cutsComeInTheOrderOfTheirFlushes() throws IOException {
        for (int i = 0; i < 8; i++) {
            entry(i, 1, 0, 2);
            entry(0, 0, i % 2 == 1 ? WriteLogDescriptor.FLUSH : WriteLogDescriptor.DISCARD, 0);
        }
        try (WriteLog writes = log()) {
            List<PowerCut> cuts = PowerCut.plan(writes, 3, 14, 500, 1);
            assertEquals(cuts, PowerCut.plan(writes, 3, 14, 500, 1));
            assertEquals(500, cuts.size());
            int last = 0;
            Set<Integer> flushes = new HashSet<>();
            for (PowerCut cut : cuts) {
                assertTrue(cut.flushed() >= Math.max(last, 3) && cut.flushed() <= cut.cut() && cut.cut() <= 14,
                    cut.toString());
                flushes.add(cut.flushed());
                last = cut.flushed();
            }
            assertEquals(Set.of(3, 4, 8, 12), flushes);
        }
    }

    @Test
    void whatIsNoLogIsRefused() throws IOException {
        entry(0, 1, 0, 2);
        entry(0, 1, WriteLogDescriptor.MARK, 0);
        try (WriteLog writes = log()) {
            assertThrows(IOException.class, writes::entries);
        }
        Files.write(folder.resolve("log"), new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, StandardOpenOption.WRITE);
        try (WriteLog writes = new WriteLog(folder.resolve("log"))) {
            assertThrows(IOException.class, writes::entries);
        }
    }
}
