package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Processes;
import dev.msqd.daemon.TestJvm;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What programs of others print under {@code msqd run} is what they print with the kernel's queues; dates, random keys and process ids aside. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunProgramsTest {
    private static final String SCRIPTS = "/dev/msqd/daemon/run/programs/";
    /** Those of a new IPC namespace (R75). */
    private static final String[] LIMITS = {"-Dmsqd.msgmax=8192", "-Dmsqd.msgmnb=16384", "-Dmsqd.msgmni=32000"};
    private static final Pattern PID = Pattern.compile("^pid (\\d+)$", Pattern.MULTILINE);
    private static final String TIME = "\\d\\d:\\d\\d(:\\d\\d)?";
    private static final String DATE =
        "([A-Z][a-z]{2} )?[A-Z][a-z]{2} +\\d{1,2} +" + TIME + "( \\d{4})?|\\d{4}-\\d\\d-\\d\\d.?" + TIME + "\\S*";

    @ParameterizedTest
    @CsvSource({
        "perl.sh, perl -e 1",
        "python.sh, /usr/bin/python3 -c \"import sysv_ipc\"",
        "php.sh, php -r \"msg_queue_exists(1);\"",
        "util-linux.sh, ipcmk --version && lsipc --version && perl -e 1",
        "stress-ng.sh, stress-ng --version",
        "fakeroot.sh, fakeroot-sysv true",
        "dpkg.sh, fakeroot-sysv true && dpkg-deb --version"})
    void printsTheSameAsWithTheKernel(String script, String needed, @TempDir Path folder) throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "only root can make an IPC namespace");
        assumeTrue(TestJvm.hasProgram("unshare") && succeeds(needed), needed + " fails");
        Path file = folder.resolve(script);
        try (InputStream text = RunProgramsTest.class.getResourceAsStream(SCRIPTS + script)) {
            Files.copy(text, file);
        }
        String run = "exec 2>&1; . " + file;
        String kernel = CommandLineProcess.run(new byte[0], List.of("unshare", "--ipc", "sh", "-c", run)).out();
        assertFalse(kernel.isBlank());
        try (ServedDirectory served = ServedDirectory.start(folder, "data", LIMITS)) {
            assertEquals(timeless(kernel), timeless(served.msqd("run", "--connect", "--", "sh", "-c", run).out()));
        }
    }

    private static boolean succeeds(String command) throws Exception {
        return new ProcessBuilder("sh", "-c", "exec < /dev/null; " + command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }

    private static String timeless(String printed) {
        String text = printed;
        Matcher pid = PID.matcher(printed);
        while (pid.find()) {
            text = text.replaceAll("\\b" + pid.group(1) + "\\b", "PID");
        }
        return text.replaceAll("0x[0-9a-f]{8}", "KEY").replaceAll(DATE, "DATE").replaceAll(TIME, "TIME")
            .replaceAll(" +", " ");
    }
}
