package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DiskStorageTest {
    private static final UUID QUEUE = new UUID(1, 2);

    @TempDir
    private Path folder;
    private Path directory;
    private DiskStorage storage;

    @BeforeEach
    void setUp() {
        directory = folder.resolve("log").resolve("17");
        storage = DiskStorage.at(directory);
    }

    private static void assertErrno(int errno, Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
    }

    private static ByteBuffer direct(String text) {
        return ByteBuffer.allocateDirect(text.length()).put(text.getBytes()).flip();
    }

    @Test
    void directoryNeedNotExist() {
        assertArrayEquals(new int[0], storage.list());
        storage.syncDirectory();
        assertErrno(Errno.ENOENT, () -> storage.open(1));
        assertErrno(Errno.ENOENT, () -> storage.delete(1));
        storage.remove();
        assertFalse(Files.exists(folder.resolve("log")));
        assertEquals(directory.toString(), storage.name());
    }

    @Test
    void filesAreNamedByNumberAndForTheOwnerAlone() throws IOException {
        for (int number : new int[] {12, 3, Integer.MAX_VALUE}) {
            storage.create(number).close();
        }
        storage.syncDirectory();
        Files.createFile(directory.resolve("9999999999.log"));
        Files.createFile(directory.resolve("0000000000.log"));
        Files.createFile(directory.resolve("0000000001.log.bak"));
        assertArrayEquals(new int[] {3, 12, Integer.MAX_VALUE}, storage.list());
        Path file = directory.resolve("0000000003.log");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        assertErrno(Errno.EEXIST, () -> storage.create(3));
        storage.delete(3);
        assertFalse(Files.exists(file));
        assertErrno(Errno.ENOENT, () -> storage.delete(3));
    }

    @Test
    void writesAndReads() {
        try (LogFile file = storage.create(1)) {
            file.write(direct("hello"), 4096);
            file.sync();
            assertEquals(4101, file.length());
            ByteBuffer into = ByteBuffer.allocateDirect(10);
            file.read(into, 4097);
            assertEquals(4, into.position());
            assertEquals('e', into.get(0));
        }
        storage.syncDirectory();
        try (LogFile file = storage.open(1)) {
            assertEquals(4101, file.length());
            assertErrno(Errno.EBADF, () -> file.write(direct("x"), 0));
        }
    }

    @Test
    void removesEverything() {
        storage.create(1).close();
        storage.create(2).close();
        storage.remove();
        assertFalse(Files.exists(directory));
        storage.create(3).close();
        assertTrue(Files.exists(directory.resolve("0000000003.log")));
    }

    @Test
    void notADirectory() throws IOException {
        Files.createDirectories(directory.getParent());
        Files.createFile(directory);
        assertErrno(Errno.ENOTDIR, storage::list);
        assertErrno(Errno.ENOTDIR, () -> storage.create(1));
    }

    @Test
    void carriesALog() {
        QueueLog log = QueueLog.open(storage, QUEUE, 1 << 20, System::currentTimeMillis);
        log.beginCheckpoint(5);
        log.endCheckpoint();
        log.commit(true);
        UnsafeBuffer message = new UnsafeBuffer(new byte[1000]);
        for (int position = 0; position < 5_000; position++) {
            message.putInt(0, position);
            log.send(position, 1, message, 0, 1000);
            if (position % 100 == 0) {
                log.commit(false);
            }
        }
        log.commit(true);
        log.close();
        Replay replay = Replay.of(DiskStorage.at(directory), QUEUE);
        assertFalse(replay.report().isDamaged(), () -> replay.report().toString());
        int[] next = {0};
        replay.forEach((position, mtype, buffer, offset, length) -> {
            assertEquals(next[0]++, buffer.getInt(offset));
            assertEquals(1000, length);
        });
        assertEquals(5_000, next[0]);
        log = QueueLog.open(storage, QUEUE, 1 << 20, System::currentTimeMillis);
        log.deleteAll();
        assertArrayEquals(new int[0], storage.list());
    }
}
