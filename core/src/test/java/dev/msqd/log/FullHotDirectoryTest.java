package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.layout.StateDescriptor;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FullHotDirectoryTest {
    private static final int SEGMENTS = 5;

    /** ENOMEM to the caller, nothing lost, nothing crashes, and work resumes with space (R17's ENOMEM). */
    @Test
    void aSendThatFindsNoMemoryFailsAndLaterOnesSucceed() throws Exception {
        Path folder = HotQueue.temporaryFolder();
        try {
            long limit = StateDescriptor.PLACES_OFFSET + (long) SEGMENTS * HotQueue.SEGMENT_LENGTH;
            List<String> command = List.of("prlimit", "--fsize=" + limit,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:+UseSerialGC",
                "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED", "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", classPath(), FullHotDirectory.class.getName(),
                folder.toString(), Integer.toString(SEGMENTS));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            assertEquals("", output);
        } finally {
            HotQueue.delete(folder);
        }
    }

    private static String classPath() {
        return Stream
            .of(QueueMemory.class, FullHotDirectory.class, DirectBuffer.class, Assertions.class,
                org.opentest4j.AssertionFailedError.class, org.junit.platform.commons.JUnitException.class,
                org.apiguardian.api.API.class)
            .map(FullHotDirectoryTest::origin).distinct().collect(Collectors.joining(":"));
    }

    private static String origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
