package dev.msqd.bench.durable;

import dev.msqd.bench.machine.Jvm;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That the trials tell what they saw; what Chronicle Queue should do is no matter of ours. */
@Timeout(120)
class ChronicleTrialsTest {
    @TempDir
    private Path directory;

    @Test
    void withoutALossAllIsRead() throws IOException, InterruptedException {
        String told = run("CUT_NOTHING_LOST");
        assertTrue(told.contains("after the cut: read [0..599], 0 damaged, to its end"), told);
        assertTrue(told.contains("after 10 more, synced: read [0..609], 0 damaged, to its end"), told);
    }

    @Test
    void aFlippedBitIsSeen() throws IOException, InterruptedException {
        String told = run("BIT_FLIPPED");
        assertTrue(told.contains("after the cut: read [0..299], 1 damaged"), told);
    }

    private String run(String trial) throws IOException, InterruptedException {
        Process process = Jvm.builder(ChronicleTrials.InChild.class, trial, directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), told);
        return told;
    }
}
