package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HotDirectoryTest {
    private static final Path DATA = Path.of("/data");
    private static final UUID ID = UUID.randomUUID();

    @TempDir
    private Path folder;

    private Path hot() {
        return folder.resolve("hot");
    }

    @Test
    void isPrivateAndOpensAgain() throws IOException {
        HotDirectory.open(hot(), DATA, ID).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(hot())));
        try (HotDirectory again = HotDirectory.open(hot(), DATA, ID)) {
            assertEquals(hot().resolve("7"), again.folder(7));
            assertTrue(Files.exists(again.clients()));
        }
    }

    @Test
    void takesAnEmptyDirectoryAndMakesItPrivate() throws IOException {
        Files.createDirectory(hot());
        Files.setPosixFilePermissions(hot(), PosixFilePermissions.fromString("rwxrwxrwx"));
        HotDirectory.open(hot(), DATA, ID).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(hot())));
    }

    /** A daemon killed while it took possession leaves what the next one overwrites. */
    @Test
    void takesWhatWasNeverFinished() throws IOException {
        Files.createDirectory(hot());
        Files.writeString(hot().resolve("clients"), "half");
        Files.writeString(hot().resolve("owner.new"), "half");
        try (HotDirectory directory = HotDirectory.open(hot(), DATA, ID)) {
            ClientTable.open(directory.clients()).close();
        }
    }

    @Test
    void refusesAnothersDirectory() {
        HotDirectory.open(hot(), Path.of("/other/data"), UUID.randomUUID()).close();
        assertRefused(Errno.EBUSY, "belongs to another data directory, /other/data");
    }

    @Test
    void refusesADirectoryInUse() throws IOException {
        Files.createDirectory(hot());
        Files.writeString(hot().resolve("letter.txt"), "dear");
        assertRefused(Errno.EEXIST, "holds files that are not msqd's, such as letter.txt");
        assertEquals("dear", Files.readString(hot().resolve("letter.txt")));
    }

    @Test
    void refusesADamagedOwner() throws IOException {
        HotDirectory.open(hot(), DATA, ID).close();
        Files.writeString(hot().resolve("owner"), "x");
        assertRefused(Errno.EIO, "it is damaged");
    }

    @Test
    void refusesAFileAndALink() throws IOException {
        Files.writeString(hot(), "");
        assertRefused(Errno.ENOTDIR, "is not a directory");
        Files.delete(hot());
        Files.createSymbolicLink(hot(), Files.createDirectory(folder.resolve("elsewhere")));
        assertRefused(Errno.ENOTDIR, "is not a directory");
    }

    /** Anybody may make a directory in /dev/shm before the daemon does. */
    @Test
    void refusesADirectoryOfAnotherUser() throws IOException {
        Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can give a directory away");
        Files.createDirectory(hot());
        Files.setAttribute(hot(), "unix:uid", 65_534);
        assertRefused(Errno.EPERM, "belongs to user 65534");
    }

    @Test
    void listsAndDeletesQueues() throws IOException {
        try (HotDirectory directory = HotDirectory.open(hot(), DATA, ID)) {
            for (String name : List.of("5", "32768", "7.new", "system", "99999999999")) {
                Files.createDirectory(hot().resolve(name));
            }
            Files.writeString(hot().resolve("5/queue"), "");
            assertEquals(List.of(5, 32_768), directory.folders().stream().sorted().toList());
            directory.delete(5);
            directory.delete(5);
            directory.deleteUnfinished();
            assertEquals(List.of(32_768), directory.folders());
            assertFalse(Files.exists(hot().resolve("7.new")));
            assertTrue(Files.exists(hot().resolve("system")));
        }
    }

    /** A copied data directory has the same identity: without a lock two daemons would work on the same memory. */
    @Test
    void refusesADirectoryInUseByADaemon() {
        try (HotDirectory directory = HotDirectory.open(hot(), DATA, ID)) {
            assertTrue(directory.folders().isEmpty());
            assertRefused(Errno.EBUSY, "is already served by this process");
        }
    }

    /** The data directory was deleted and made anew: what the old one had here is of no use to anybody. */
    @Test
    void takesOverFromAPredecessorAtTheSamePath() throws IOException {
        HotDirectory.open(hot(), DATA, UUID.randomUUID()).close();
        QueueParameters parameters = new QueueParameters(5, 1, 2, 3, 0, 0, 0, 0, 0600, 1, 1, 1 << 16,
            Durability.PROCESS);
        try (QueueMemory memory = QueueMemory.create(hot().resolve("5"), parameters);
            HotDirectory directory = HotDirectory.open(hot(), DATA, ID)) {
            assertTrue(memory.state().removed());
            assertTrue(directory.folders().isEmpty());
        }
        HotDirectory.open(hot(), DATA, ID).close();
    }

    @Test
    void hasAPlaceOfItsOwnForEachDataDirectory() {
        UUID id = UUID.randomUUID();
        Path one = HotDirectory.byDefault(id);
        assertTrue(one.toString().matches("/dev/shm/msqd-\\d+-[0-9a-f]{8}"), one.toString());
        assertEquals(one, HotDirectory.byDefault(id));
        assertNotEquals(one, HotDirectory.byDefault(new UUID(~id.getMostSignificantBits(), 0)));
    }

    private void assertRefused(int errno, String why) {
        ErrnoException refused = assertThrows(ErrnoException.class, () -> HotDirectory.open(hot(), DATA, ID));
        assertEquals(errno, refused.errno(), refused.getMessage());
        assertTrue(refused.getMessage().contains(hot().toString()), refused.getMessage());
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }
}
