package dev.msqd.daemon.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.daemon.TestJvm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A listener and a program, in a JVM of their own: a filter is for good. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ListenerTest {
    private static final int LINUX_6_6 = 6006;

    @Test
    void callOfWhoWasKilledIsNotValid() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        assertEquals(List.of(
            "wakes here: " + (linux() >= LINUX_6_6),
            "valid: true",
            "ended: 137",
            "valid: false",
            "mtype can be read: false",
            "replied: false",
            "anybody left: false"), output());
    }

    private static List<String> output() throws Exception {
        Process process = new ProcessBuilder(TestJvm.command(ListenerMain.class))
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }

    /** 6.18 is 6018. */
    private static int linux() {
        String[] version = System.getProperty("os.version").split("[^0-9]");
        return Integer.parseInt(version[0]) * 1000 + Integer.parseInt(version[1]);
    }
}
