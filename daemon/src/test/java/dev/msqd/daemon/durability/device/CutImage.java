package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A device as it is after power cuts, one after the other: what is flushed is applied to one image, which only goes forward;
 * the other is made equal to it each time, gets some of the unflushed writes, and may be changed at will.
 */
public final class CutImage implements AutoCloseable {
    private static final int SECTOR_LENGTH = 512;
    private static final int PAGE_LENGTH = 4096;
    /** This share of the unflushed writes that are kept is torn. Not the superblock: ext4 could not be mounted. */
    private static final double TORN = 0.4;
    private static final double[] KEPT = {0, 0.1, 0.5, 0.9, 1};

    private final Arena arena = Arena.ofShared();
    private final WriteLog log;
    private final Path file;
    private final MemorySegment flushed;
    private final MemorySegment image;
    private int applied;

    /** @param start what the device held when the log began; this takes it over and changes it. */
    public CutImage(WriteLog log, Path start, Path folder) throws IOException {
        this.log = log;
        this.file = folder.resolve("image");
        this.flushed = map(start);
        LoggedDevice.makeFile(file, Files.size(start));
        this.image = map(file);
    }

    /** The device's file. */
    public Path file() {
        return file;
    }

    /** Makes the file what the device holds after a cut. The cuts come in the order of their flushes. */
    public void make(PowerCut cut) throws IOException {
        List<WriteLog.Entry> entries = log.entries();
        if (cut.flushed() < applied) {
            throw new IllegalArgumentException(cut + " after " + applied + " entries");
        }
        while (applied < cut.flushed()) {
            apply(entries.get(applied++), flushed);
        }
        copyDifferences();
        SplittableRandom random = new SplittableRandom(cut.seed());
        double kept = KEPT[random.nextInt(KEPT.length)];
        for (WriteLog.Entry entry : entries.subList(cut.flushed(), cut.cut())) {
            if (random.nextDouble() < kept) {
                if (random.nextDouble() < TORN && !entry.isDiscard() && entry.offset() > 0) {
                    tear(entry, random);
                } else {
                    apply(entry, image);
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment map(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
        }
    }

    private void copyDifferences() {
        long size = flushed.byteSize();
        for (long at = 0; at < size;) {
            long equal = MemorySegment.mismatch(flushed, at, size, image, at, size);
            if (equal < 0) {
                return;
            }
            at += equal & -PAGE_LENGTH;
            MemorySegment.copy(flushed, at, image, at, PAGE_LENGTH);
            at += PAGE_LENGTH;
        }
    }

    private void apply(WriteLog.Entry entry, MemorySegment target) {
        MemorySegment range = target.asSlice(entry.offset(), entry.length());
        if (entry.isDiscard()) {
            range.fill((byte) 0);
        } else {
            range.copyFrom(log.data(entry));
        }
    }

    private void tear(WriteLog.Entry entry, SplittableRandom random) {
        MemorySegment data = log.data(entry);
        for (long at = 0; at < entry.length(); at += SECTOR_LENGTH) {
            if (random.nextBoolean()) {
                MemorySegment.copy(data, at, image, entry.offset() + at, SECTOR_LENGTH);
            }
        }
    }
}
