package dev.msqd.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A disk in memory: keeps what was written since the last sync apart, tears writes and fails syncs on request. */
final class MemoryBlockFile implements BlockFile {
    private record Write(long offset, byte[] bytes) {}

    private final byte[] disk;
    private final List<Write> unsynced = new ArrayList<>();
    private boolean failing;
    private int syncs;

    MemoryBlockFile(byte[] disk) {
        this.disk = disk;
    }

    /** The disk after a power cut that kept this many bytes of what was not synced. */
    byte[] afterPowerCut(int bytesKept) {
        byte[] kept = disk.clone();
        for (Write write : unsynced) {
            int count = Math.min(bytesKept, write.bytes.length);
            System.arraycopy(write.bytes, 0, kept, (int) write.offset, count);
            bytesKept -= count;
        }
        return kept;
    }

    /** What was written and not synced, bytes. */
    int unsyncedLength() {
        return unsynced.stream().mapToInt(write -> write.bytes.length).sum();
    }

    int syncs() {
        return syncs;
    }

    /** From now on no sync succeeds. */
    void failSyncs() {
        failing = true;
    }

    @Override
    public long length() {
        return disk.length;
    }

    @Override
    public void read(ByteBuffer into, long offset) throws IOException {
        if (offset + into.remaining() > disk.length) {
            throw new EOFException();
        }
        byte[] seen = unsynced.isEmpty() ? disk : afterPowerCut(Integer.MAX_VALUE);
        into.put(seen, (int) offset, into.remaining());
    }

    @Override
    public void write(ByteBuffer from, long offset) {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        unsynced.add(new Write(offset, bytes));
    }

    @Override
    public void sync() throws IOException {
        if (failing) {
            throw new IOException("no space left");
        }
        for (Write write : unsynced) {
            System.arraycopy(write.bytes, 0, disk, (int) write.offset, write.bytes.length);
        }
        unsynced.clear();
        syncs++;
    }

    @Override
    public void close() {}
}
