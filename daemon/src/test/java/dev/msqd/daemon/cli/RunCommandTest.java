package dev.msqd.daemon.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.TestJvm;
import dev.msqd.queue.Selector;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code msqd run} with shells, Perl and a C program (traps.c). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunCommandTest {
    private static final String TRAPS = "/dev/msqd/daemon/run/traps.c";
    private static final int ENDED_BY_SIGNAL = 128;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;
    private static final int ANOTHER_USER = 20_001;

    private Path folder;
    private Path traps;
    private ServedDirectory served;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        this.folder = folder;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        served = ServedDirectory.start(folder, "data");
        if (TestJvm.hasProgram("cc")) {
            Path source = folder.resolve("traps.c");
            try (InputStream text = RunCommandTest.class.getResourceAsStream(TRAPS)) {
                Files.copy(text, source);
            }
            traps = folder.resolve("traps");
            assertTrue(compiles(traps), "cc fails");
        }
    }

    private boolean compiles(Path program, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("cc", "-O1", "-pthread", "-o", program.toString()));
        command.addAll(List.of(options));
        command.add(folder.resolve("traps.c").toString());
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    @AfterAll
    void stop() {
        served.close();
    }

    /** A data directory that nobody serves, whose memory goes where the test's files go. */
    private Path newDirectory(String name) throws Exception {
        Path directory = Files.createDirectory(folder.resolve(name));
        Files.writeString(directory.resolve("msqd.properties"), "hot.dir=" + folder.resolve(name + "-hot") + "\n");
        return directory;
    }

    // ---- calls

    @ParameterizedTest
    @ValueSource(
        strings = {"arch", "storm 0", "storm 1", "handlers", "jump", "stop", "killed", "removal", "memory", "others"})
    void holdsWithTheKernelAndHere(String name) throws Exception {
        holdsNatively(name);
        holdsHere(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rights", "pids", "namespaces", "late", "as-owner"})
    void holdsWithTheKernelAndHereForRoot(String name) throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "needs root");
        holdsNatively(name);
        holdsHere(name);
    }

    /** Nothing is loaded into a program, so it does not matter how it is linked. */
    @ParameterizedTest
    @ValueSource(strings = {"handlers", "memory"})
    void holdsForAStaticProgram(String name) throws Exception {
        assumeTrue(traps != null, "there is no cc");
        Path program = folder.resolve("static-" + name);
        assumeTrue(compiles(program, "-static"), "there is no libc to link statically");
        CommandLineProcess.Result result = served.msqd("run", "--connect", "--no-proc", "--", program, name);
        assertEquals("", result.out());
        assertEquals(0, result.status(), result.err());
    }

    /** R36: unlike the kernel. And signals between a call and its receipt, which the kernel does not know. */
    @ParameterizedTest
    @ValueSource(strings = {"kept", "unseen 0", "unseen 1", "unseen 2"})
    void holdsHere(String name) throws Exception {
        assumeTrue(traps != null, "there is no cc");
        List<Object> arguments = new ArrayList<>(List.of("run", "--connect", "--no-proc", "--", traps));
        arguments.addAll(List.of((Object[]) name.split(" ")));
        CommandLineProcess.Result result = served.msqd(arguments.toArray());
        assertEquals("", result.out());
        assertEquals(0, result.status(), result.err());
    }

    @Test
    void changeOfUserIsNeverInterrupted() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "needs root");
        holdsHere("unseen-change");
    }

    private void holdsNatively(String name) throws Exception {
        assumeTrue(traps != null, "there is no cc");
        List<String> command = new ArrayList<>(List.of(traps.toString()));
        command.addAll(List.of(name.split(" ")));
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], command);
        assertEquals("", result.out());
        assertEquals(0, result.status());
    }

    @Test
    void servesPerlAndItsChildren() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        CommandLineProcess.Result result = served.msqd("run", "--connect", "--", "perl", "-e", """
            my $q = msgget(0x5151, 01600) // die "msgget: $!";
            if (!fork) { msgsnd($q, pack("l! a*", 7, "from a child"), 0) or die; exit }
            msgrcv($q, my $m, 100, -9, 0) or die "msgrcv: $!";
            my ($type, $text) = unpack("l! a*", $m);
            print "$type $text";
            exit 3;
            """);
        assertEquals("7 from a child", result.out());
        assertEquals(3, result.status(), result.err());
        // Nothing of it is the kernel's, and any client sees it.
        try (Msqd msqd = Msqd.connect(served.path())) {
            int msqid = msqd.get(0x5151, 0);
            assertEquals(0, msqd.stat(msqid).qnum());
            msqd.remove(msqid);
        }
    }

    /** What a program sent before everything was killed, and memory was lost, is there for a client in Java. */
    @Test
    void messagesSurviveTheProgramTheDaemonAndTheMemory() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        try (ServedDirectory mortal = ServedDirectory.start(folder, "mortal", "-Dmsqd.durability=sync")) {
            CommandLineProcess program = mortal.starting("run", "--connect", "--", "perl", "-e", """
                $| = 1;
                my $q = msgget(0x6161, 01600) // die "msgget: $!";
                for my $i (1 .. 10) { msgsnd($q, pack("l! a*", $i, "message $i"), 0) or die "msgsnd: $!" }
                print "sent\n";
                sleep 60;
                """);
            assertEquals("sent", new BufferedReader(new InputStreamReader(program.out(), US_ASCII)).readLine());
            program.signal("KILL");
            mortal.daemon().signal("KILL");
            program.waitFor();
            mortal.daemon().waitFor();
        }
        try (Stream<Path> files = Files.walk(folder.resolve("mortal-hot"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        try (ServedDirectory again = ServedDirectory.start(folder, "mortal");
            Msqd msqd = Msqd.connect(again.path());
            var queue = msqd.open(msqd.get(0x6161, 0))) {
            byte[] text = new byte[100];
            for (int i = 1; i <= 10; i++) {
                int length = queue.tryReceive(Selector.any(), text, 0, text.length);
                assertEquals(i + " message " + i, queue.receivedType() + " " + new String(text, 0, length, US_ASCII));
            }
        }
    }

    // ---- the program's life

    @Test
    void endsAsTheProgramDoes() throws Exception {
        assertEquals(0, served.msqd("run", "true").status());
        assertEquals(42, served.msqd("run", "--", "sh", "-c", "exit 42").status());
        assertEquals(ENDED_BY_SIGNAL + SIGKILL, served.msqd("run", "--", "sh", "-c", "kill -9 $$").status());
        CommandLineProcess.Result nothing = served.msqd("run", "--", "/no/such/program");
        assertEquals(127, nothing.status());
        assertEquals("msqd: /no/such/program: there is no such program\n", nothing.err());
        Path text = Files.writeString(folder.resolve("text"), "no program");
        assertEquals(126, served.msqd("run", "--", text).status());
    }

    @Test
    void handsItsArgumentsEnvironmentAndInputOn() throws Exception {
        CommandLineProcess.Result result = served.msqd("one line\n".getBytes(US_ASCII), "run", "--", "sh", "-c",
            "read line; printf '%s|%s|%s|%s' \"$line\" \"$1\" \"$2\" \"$HOME\"", "sh", "--dir", "a b\u00e4");
        assertEquals("one line|--dir|a b\u00e4|" + System.getenv("HOME"), result.out());
    }

    @Test
    void handsNoDescriptorsOfItsOwnOn() throws Exception {
        Path given = Files.writeString(folder.resolve("given"), "given");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 7<" + given, "sh"));
        command.addAll(TestJvm.command(Main.class, "run", "--dir", newDirectory("own"), "--", "sh", "-c",
            "fd=0; while [ $fd -lt 1000 ]; do [ -e /proc/$$/fd/$fd ] && echo $fd; fd=$((fd + 1)); done; ulimit -n"));
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], command);
        // The limit is this process's, which the JVM of the run raises for itself where it may.
        String limit =
            new String(new ProcessBuilder("sh", "-c", "ulimit -n").start().getInputStream().readAllBytes(), US_ASCII);
        assertEquals("0\n1\n2\n7\n" + limit, withoutThoseOfThisProcess(result.out()));
    }

    /** What this process was started with, others are, too, if the JVM did not close it. */
    private static String withoutThoseOfThisProcess(String lines) throws Exception {
        List<String> inherited = new String(new ProcessBuilder("sh", "-c",
            "fd=3; while [ $fd -lt 1000 ]; do [ -e /proc/$$/fd/$fd ] && echo $fd; fd=$((fd + 1)); done").start()
            .getInputStream().readAllBytes(), US_ASCII).lines().toList();
        return lines.lines().filter(line -> !inherited.contains(line)).map(line -> line + "\n")
            .collect(java.util.stream.Collectors.joining());
    }

    @Test
    void servesWhatTheProgramLeavesBehind() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        CommandLineProcess.Result result = served.msqd("run", "--", "sh", "-c", """
            perl -e 'select undef, undef, undef, 0.3; my $q = msgget(0x7171, 01600) // die "msgget: $!"; print "id $q"' &
            exit 5
            """);
        assertTrue(result.out().startsWith("id "), result.out());
        assertEquals(5, result.status());
    }

    @Test
    void passesSigtermOn() throws Exception {
        CommandLineProcess run = served.starting("run", "--", "sh", "-c",
            "trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.05; done");
        BufferedReader out = new BufferedReader(new InputStreamReader(run.out(), US_ASCII));
        assertEquals("ready", out.readLine());
        run.signal("TERM");
        assertEquals("told", out.readLine());
        assertEquals(9, run.waitFor());
        CommandLineProcess plain = served.starting("run", "--", "sh", "-c", "echo ready; exec sleep 60");
        assertEquals("ready", new BufferedReader(new InputStreamReader(plain.out(), US_ASCII)).readLine());
        plain.signal("TERM");
        assertEquals(ENDED_BY_SIGNAL + SIGTERM, plain.waitFor());
    }

    /** Ctrl-C comes to all of a terminal's processes: the program decides what it means. */
    @Test
    void leavesTheTerminalsSignalsToTheProgram() throws Exception {
        assumeTrue(TestJvm.hasProgram("setsid"), "there is no setsid");
        for (String program : List.of("echo $PPID; exec sleep 60",
            "trap 'exit 7' INT; echo $PPID; while :; do sleep 0.05; done")) {
            List<String> command = new ArrayList<>(List.of("setsid", "--wait"));
            command.addAll(TestJvm.command(Main.class, "run", "--dir", served.path(), "--", "sh", "-c", program));
            Process run = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String group = run.inputReader().readLine();
            new ProcessBuilder("kill", "-INT", "--", "-" + group).inheritIO().start().waitFor();
            assertEquals(program.startsWith("trap") ? 7 : ENDED_BY_SIGNAL + SIGINT, run.waitFor());
        }
    }

    @Test
    void saysThatThereCanBeOnlyOne() throws Exception {
        List<Object> arguments = new ArrayList<>(List.of("run", "--no-proc", "--"));
        arguments.addAll(TestJvm.command(Main.class, "run", "--dir", served.path(), "--", "true"));
        CommandLineProcess.Result result = served.msqd(arguments.toArray());
        assertEquals(ExitStatus.REFUSED, result.status());
        assertTrue(result.err().contains("EBUSY: this process runs under 'msqd run' itself"), result.err());
    }

    @Test
    void withoutASupervisorThereAreNoQueues() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        CommandLineProcess run = served.starting("run", "--no-proc", "--", "perl", "-e", """
            $| = 1;
            print "ready\n";
            select undef, undef, undef, 0.05 while defined msgget(0, 0600);
            print 0 + $!, "\n";
            """);
        BufferedReader out = new BufferedReader(new InputStreamReader(run.out(), US_ASCII));
        assertEquals("ready", out.readLine());
        run.signal("KILL");
        assertEquals("38", out.readLine()); // ENOSYS
    }

    @Test
    void startsADaemonUnlessToldNotTo() throws Exception {
        Path own = newDirectory("embedded");
        CommandLineProcess.Result refused =
            CommandLineProcess.run(new byte[0], "run", "--dir", own, "--connect", "--", "true");
        assertEquals(ExitStatus.NO_DAEMON, refused.status());
        assertTrue(refused.err().contains("no daemon serves " + own), refused.err());
        assertEquals(0, CommandLineProcess.run(new byte[0], "run", "--dir", own, "--", "true").status());
        assertTrue(Files.exists(own.resolve("registry")));
    }

    // ---- /proc

    @Test
    void showsQueuesAndLimitsInProc() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        CommandLineProcess.Result result = served.msqd("run", "--", "sh", "-c", """
            perl -e 'my $q = msgget(0x8181, 01640) // die; msgsnd($q, pack("l! a*", 1, "four"), 0) or die'
            cat /proc/sysvipc/msg
            cd /proc/sys; cat kernel/msgmax
            """);
        List<String> lines = result.out().lines().toList();
        assertTrue(lines.getFirst().startsWith("       key      msqid perms      cbytes"), result.out());
        assertTrue(lines.stream().anyMatch(line -> line.matches(" *" + 0x8181 + " +\\d+ +640 +4 +1 .*")), result.out());
        try (Msqd msqd = Msqd.connect(served.path())) {
            assertEquals(Long.toString(msqd.limits().msgmax()), lines.getLast());
            msqd.remove(msqd.get(0x8181, 0));
        }
    }

    @Test
    void leavesProcToTheKernelIfAsked() throws Exception {
        CommandLineProcess.Result result = served.msqd("run", "--no-proc", "--", "cat", "/proc/sys/kernel/msgmax");
        assertEquals(Files.readAllLines(Path.of("/proc/sys/kernel/msgmax")), result.out().lines().toList());
    }

    @Test
    void limitsCanBeWrittenByRoot() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "needs root");
        try (ServedDirectory other = ServedDirectory.start(folder, "limits")) {
            CommandLineProcess.Result result = other.msqd("run", "--", "sh", "-c",
                "echo 5000 > /proc/sys/kernel/msgmax; cat /proc/sys/kernel/msgmax");
            assertEquals("5000\n", result.out());
            try (Msqd msqd = Msqd.connect(other.path())) {
                assertEquals(5000, msqd.limits().msgmax());
            }
        }
    }

    /** R75, R76: what a script prints and reads of the kernel's files in an IPC namespace of its own, it does here. */
    @ParameterizedTest
    @ValueSource(strings = {
        // The next queue gets the chosen id, or one with the next free index; then all is as before.
        """
            cd /proc/sys/kernel
            make() { perl -e 'my $q = msgget($ARGV[0] || 0, 01600); print defined $q ? $q : $!, " "' $1; cat msg_next_id; }
            choose() { echo "$1" > msg_next_id; cat msg_next_id; }
            cat msg_next_id; make; make
            choose 100; make; choose 5; make; choose 5; make; make
            choose 32768; make; choose 40000; make 77; choose 2147483647; make; make
            choose 0x10; choose 010; choose ' 7 8'
            make 77
            perl -e 'msgget(78, 0600) // print "$!\n"'; cat msg_next_id
            perl -e 'msgctl(16, 0, 0); msgctl(100, 0, 0)'; choose 100; make; choose 3; make
            echo 3 > msgmni; choose 9; make; echo 32000 > msgmni; make; make
            """,
        // Limits, as the kernel reads numbers.
        """
            cd /proc/sys/kernel
            for f in msgmax msgmnb msgmni; do
                for v in 10 32768 0 0x20 010 ' 77' '12 13' 12345; do echo "$v" > $f; cat $f; done
            done
            echo 2147483647 > msgmax; cat msgmax
            perl -e 'my $q = msgget(0, 01600); print msgsnd($q, pack("l! a*", 1, "x" x 100), 04000) ? "sent" : $!, "\n"'
            echo 99 > msgmax
            perl -e 'my $q = msgget(0, 01600); print msgsnd($q, pack("l! a*", 1, "x" x 100), 04000) ? "sent" : $!, "\n"'
            echo 99 > msgmnb; echo 2000 > msgmax
            perl -e 'my $q = msgget(0, 01600); print msgsnd($q, pack("l! a*", 1, "x" x 100), 04000) ? "sent" : $!, "\n"'
            """})
    void limitsAndTheNextIdAreWrittenAsInTheKernel(String script) throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "only root can make an IPC namespace");
        assumeTrue(TestJvm.hasProgram("unshare") && TestJvm.hasProgram("perl"), "there is no unshare or no perl");
        CommandLineProcess.Result kernel =
            CommandLineProcess.run(new byte[0], List.of("unshare", "--ipc", "sh", "-c", script));
        try (ServedDirectory other = ServedDirectory.start(folder, "written" + script.hashCode())) {
            assertEquals(kernel.out(), other.msqd("run", "--connect", "--", "sh", "-c", script).out());
        }
    }

    // ---- somebody else

    @Test
    void anotherUserHasHisOwnRights() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "needs root");
        assumeTrue(TestJvm.hasProgram("setpriv") && TestJvm.hasProgram("perl"), "there is no setpriv or no perl");
        int msqid;
        try (Msqd msqd = Msqd.connect(served.path())) {
            msqid = msqd.get(0x9191, Msqd.IPC_CREAT | 0600);
        }
        String classPath =
            TestJvm.copiedClassPath(folder, Main.class, Msqd.class, org.agrona.concurrent.UnsafeBuffer.class,
                picocli.CommandLine.class, org.slf4j.Logger.class, org.HdrHistogram.Histogram.class);
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=" + ANOTHER_USER, "--regid=" + ANOTHER_USER,
            "--clear-groups"));
        command.addAll(
            TestJvm.command(List.of(TestJvm.SIMPLE_COMPILER), classPath, Main.class, "run", "--connect", "--dir",
                served.path(), "--", "perl", "-e", """
                defined msgget(0x9191, 0600) and die "got it";
                print 0 + $!, " ";
                my $q = msgget(0, 0600) // die "msgget: $!";
                msgsnd($q, pack("l! a*", 1, "mine"), 0) or die "msgsnd: $!";
                msgrcv($q, my $m, 100, 0, 0) or die "msgrcv: $!";
                print +(unpack("l! a*", $m))[1];
                msgctl($q, 0, 0);
                """));
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], command);
        assertEquals("13 mine", result.out(), result.err()); // EACCES
        assertTrue(
            result.err()
                .contains("without CAP_SYS_ADMIN, programs with the set-user-ID bit run without their owner's rights"),
            result.err());
        try (Msqd msqd = Msqd.connect(served.path())) {
            msqd.remove(msqid);
        }
    }
}
