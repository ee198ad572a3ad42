package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertExit;
import static dev.msqd.calls.TestSupport.assertLine;
import static dev.msqd.calls.TestSupport.awaitTrue;
import static dev.msqd.calls.TestSupport.isRoot;
import static dev.msqd.calls.TestSupport.start;
import static dev.msqd.calls.TestSupport.succeeds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessesTest {
    @TempDir
    Path directory;

    @Test
    void selfIsThisProcess() throws IOException {
        assertEquals(ProcessHandle.current().pid(), Processes.self());
        assertEquals(status(Processes.self(), "Uid:").split("\\s+")[1], Integer.toString(Processes.effectiveUid()));
        assertEquals(status(Processes.self(), "Gid:").split("\\s+")[1], Integer.toString(Processes.effectiveGid()));
    }

    private static String status(long pid, String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith(key)).findFirst().orElseThrow().substring(key.length()).trim();
    }

    @Test
    void pidfdTellsTheEndOfAKilledProcess() throws Exception {
        Process process = start("sleep", "3600");
        int pid = (int) process.pid();
        int pidfd = Processes.pidfdOpen(pid);
        assertFalse(Processes.exited(pidfd));
        process.destroyForcibly().waitFor();
        assertTrue(Processes.exited(pidfd));
        awaitTrue(() -> Files.notExists(Path.of("/proc/" + pid)));
        assertTrue(Processes.exited(pidfd));
        assertEquals(-1, Processes.pidfdOpen(pid));
        assertEquals(-1, Processes.startTime(pid));
        assertEquals(0, Processes.effectiveCapabilities(pid));
        LinuxFile.close(pidfd);
    }

    @Test
    void pollerReportsAPidfd() throws Exception {
        Process process = start("sleep", "3600");
        int pidfd = Processes.pidfdOpen((int) process.pid());
        try (Poller poller = new Poller()) {
            poller.add(pidfd, Poller.IN);
            assertEquals(0, poller.poll(0, (fd, events) -> {}));
            process.destroyForcibly();
            assertEquals(1, poller.poll(-1, (fd, events) -> assertEquals(pidfd, fd)));
        }
        LinuxFile.close(pidfd);
    }

    /** The number of a process that ended may be a thread's by now. */
    @Test
    void aThreadIsNoProcess() throws Exception {
        try (java.util.stream.Stream<java.nio.file.Path> threads =
            java.nio.file.Files.list(java.nio.file.Path.of("/proc/self/task"))) {
            int thread = threads.mapToInt(task -> Integer.parseInt(task.getFileName().toString()))
                .filter(id -> id != Processes.self()).findAny().orElseThrow();
            assertEquals(-1, Processes.pidfdOpen(thread));
        }
    }

    @Test
    void badPidsAndDescriptorsAreErrors() {
        assertErrno(Errno.EINVAL, () -> Processes.pidfdOpen(0));
        assertErrno(Errno.EINVAL, () -> Processes.pidfdOpen(-1));
        assertErrno(Errno.EBADF, () -> Processes.exited(987_654));
        assertEquals(-1, Processes.startTime(0));
    }

    @Test
    @Timeout(60)
    void tellsOfTheCallingThread() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().name("a-caller").start(() -> {
            try {
                Path self = Path.of("/proc/self/task/" + Processes.threadId());
                assertEquals("a-caller", Files.readString(self.resolve("comm")).trim());
                assertEquals("a-caller\0\0\0\0\0\0\0\0",
                    new String(Processes.threadName(), StandardCharsets.US_ASCII));
                assertTrue(Processes.processor() >= 0
                    && Processes.processor() < Runtime.getRuntime().availableProcessors() * 64);
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        thread.join();
        assertNull(failure.get());
        assertNotEquals(Processes.self(), Processes.threadId(), "the JVM's main thread is not the process's first");
        assertEquals(ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L), Processes.parent());
    }

    @Test
    void startTimeSurvivesOddNames() throws Exception {
        Process waiting = start("sleep", "3600");
        Path odd = Files.createSymbolicLink(directory.resolve("a) R 1 (2 3"), Path.of("/bin/sleep"));
        Process oddlyNamed = start(odd.toString(), "3600");
        try {
            int pid = (int) oddlyNamed.pid();
            awaitTrue(() -> comm(pid).equals("a) R 1 (2 3"));
            for (Process process : new Process[] {waiting, oddlyNamed}) {
                assertEquals(startTimeByTheJdk(process), Processes.startTime((int) process.pid()));
            }
            assertEquals(Processes.startTime(Processes.self()), Processes.startTime(Processes.self()));
            assertNotEquals(Processes.startTime(pid), Processes.startTime(Processes.self()));
        } finally {
            waiting.destroyForcibly();
            oddlyNamed.destroyForcibly();
        }
    }

    private static String comm(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).trim();
        } catch (IOException e) {
            return "";
        }
    }

    /** The JDK adds the boot time, in seconds, to the ticks; Linux has always had 100 of them a second here. */
    private static long startTimeByTheJdk(Process process) throws IOException {
        String bootTime = Files.readAllLines(Path.of("/proc/stat")).stream()
            .filter(line -> line.startsWith("btime ")).findFirst().orElseThrow().substring(6);
        long startMs = process.info().startInstant().orElseThrow().toEpochMilli();
        return (startMs - Long.parseLong(bootTime) * 1000) / 10;
    }

    @Test
    void capabilitiesAreTheEffectiveOnes() throws Exception {
        assertEquals(Long.parseUnsignedLong(status(Processes.self(), "CapEff:"), 16),
            Processes.effectiveCapabilities(Processes.self()));
        assumeTrue(isRoot() && succeeds("setpriv", "--version"), "needs root and setpriv(1)");
        long owner = 1L << Processes.CAP_IPC_OWNER;
        assumeTrue((Processes.effectiveCapabilities(Processes.self()) & owner) != 0, "needs CAP_IPC_OWNER");
        Process some = start("setpriv", "--bounding-set=-all,+ipc_owner", "sleep", "3600");
        try {
            awaitTrue(() -> !some.isAlive() || comm((int) some.pid()).equals("sleep"));
            assertEquals(owner, Processes.effectiveCapabilities((int) some.pid()));
        } finally {
            some.destroyForcibly();
        }
    }

    @Test
    void capabilitiesOfAnotherUserNamespaceCountNothing() throws Exception {
        assumeTrue(isRoot() && succeeds("setpriv", "--reuid=65534", "--clear-groups", "unshare", "-Ur", "true"),
            "needs root, setpriv(1) and user namespaces");
        Process inside = start("setpriv", "--reuid=65534", "--clear-groups", "unshare", "-Ur", "sleep", "3600");
        try {
            int pid = (int) inside.pid();
            awaitTrue(() -> !inside.isAlive() || comm(pid).equals("sleep"));
            assertNotEquals(0, Long.parseUnsignedLong(status(pid, "CapEff:"), 16));
            assertEquals(0, Processes.effectiveCapabilities(pid));
        } finally {
            inside.destroyForcibly();
        }
    }

    @Test
    void capabilitiesAreJudgedRightByAProcessThatMayNotLookAtNamespaces() throws Exception {
        assumeTrue(isRoot() && succeeds("setpriv", "--reuid=65534", "--clear-groups", "unshare", "-Ur", "true"),
            "needs root, setpriv(1) and user namespaces");
        Process inside = start("setpriv", "--reuid=65534", "--clear-groups", "unshare", "-Ur", "sleep", "3600");
        try {
            int pid = (int) inside.pid();
            awaitTrue(() -> !inside.isAlive() || comm(pid).equals("sleep"));
            Process judge = TestSupport.child(List.of("setpriv", "--bounding-set=-all"), "capabilities", "/",
                Integer.toString(pid), Integer.toString(Processes.self()));
            try (BufferedReader lines = judge.inputReader()) {
                assertLine("namespace hidden, capabilities 0", lines);
                assertLine("namespace hidden, capabilities "
                    + Long.toHexString(Processes.effectiveCapabilities(Processes.self())), lines);
                assertExit(0, judge);
            }
        } finally {
            inside.destroyForcibly();
        }
    }
}
