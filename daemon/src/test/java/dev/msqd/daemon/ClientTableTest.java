package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientTableTest {
    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void create() {
        file = folder.resolve("clients");
        ClientTable.create(file);
    }

    @Test
    void keepsClientsOverARestart() {
        ClientTable.Entry first;
        ClientTable.Entry third;
        try (ClientTable table = ClientTable.open(file)) {
            first = table.add(100, 1, 1000);
            ClientTable.Entry second = table.add(101, -2, 1001);
            third = table.add(0, 3, 0);
            table.remove(second.clientId());
            table.remove(second.clientId());
        }
        try (ClientTable table = ClientTable.open(file)) {
            assertEquals(List.of(first, third), table.entries());
            assertEquals(first, table.get(1));
            assertNull(table.get(2));
            assertEquals(2, table.size());
        }
    }

    /** Invariant 8 of the design: a client id is never used twice in a boot. */
    @Test
    void neverGivesAnIdTwice() {
        for (int round = 0; round < 3; round++) {
            try (ClientTable table = ClientTable.open(file)) {
                for (int i = 1; i <= 3; i++) {
                    ClientTable.Entry entry = table.add(100, 1, 1000);
                    assertEquals(3 * round + i, entry.clientId());
                    table.remove(entry.clientId());
                }
            }
        }
        assertTrue(file.toFile().length() < 3 * 64, "places are used again");
    }

    @Test
    void refusesOneTooMany() {
        try (ClientTable table = ClientTable.open(file)) {
            for (int i = 0; i < ClientTableDescriptor.MAX_ENTRIES; i++) {
                table.add(1, 1, 1);
            }
            ErrnoException refused = assertThrows(ErrnoException.class, () -> table.add(1, 1, 1));
            assertEquals(Errno.EAGAIN, refused.errno());
            assertTrue(refused.getMessage().contains("at most 65536"), refused.getMessage());
            table.remove(77);
            assertEquals(ClientTableDescriptor.MAX_ENTRIES + 1, table.add(1, 1, 1).clientId());
        }
    }

    @Test
    void refusesADamagedFile() throws IOException {
        try (ClientTable table = ClientTable.open(file)) {
            table.add(100, 1, 1000);
        }
        byte[] good = Files.readAllBytes(file);
        assertRefused("is not a client table", change(good, ClientTableDescriptor.MAGIC_OFFSET, 0));
        assertRefused("has version 9; this msqd reads version 1",
            change(good, ClientTableDescriptor.VERSION_OFFSET, 9));
        assertRefused("holds client id 1, but the last one given out is 0",
            change(good, ClientTableDescriptor.LAST_CLIENT_ID_OFFSET, 0));
        assertRefused("is cut short: 0 bytes of 32", new byte[0]);
        Files.delete(file);
        assertEquals(Errno.EIO, assertThrows(ErrnoException.class, () -> ClientTable.open(file)).errno());
    }

    private static byte[] change(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private void assertRefused(String why, byte[] content) throws IOException {
        Files.write(file, content);
        ErrnoException refused = assertThrows(ErrnoException.class, () -> ClientTable.open(file));
        assertEquals(Errno.EIO, refused.errno());
        assertTrue(refused.getMessage().endsWith("the client table " + file + " " + why), refused.getMessage());
    }
}
