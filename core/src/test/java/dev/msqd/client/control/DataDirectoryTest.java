package dev.msqd.client.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataDirectoryTest {
    private static final Path HOME = Path.of("/home/ann");

    @Test
    void takesTheEnvironmentFirst() {
        assertEquals(Path.of("/x"),
            DataDirectory.byDefault(Map.of("MSQD_DIR", "/x", "XDG_STATE_HOME", "/y"), "root", HOME));
    }

    @Test
    void givesRootTheSystemsPlace() {
        assertEquals(Path.of("/var/lib/msqd"), DataDirectory.byDefault(Map.of("XDG_STATE_HOME", "/y"), "root", HOME));
    }

    @Test
    void givesOthersTheirStateHome() {
        assertEquals(Path.of("/y/msqd"), DataDirectory.byDefault(Map.of("XDG_STATE_HOME", "/y"), "ann", HOME));
        assertEquals(Path.of("/home/ann/.local/state/msqd"),
            DataDirectory.byDefault(Map.of("MSQD_DIR", ""), "ann", HOME));
        assertEquals(Path.of("/home/ann/.local/state/msqd"),
            DataDirectory.byDefault(Map.of("XDG_STATE_HOME", "relative"), "ann", HOME));
    }
}
