package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.MessageClaim;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Statistics;
import dev.msqd.client.SysV;
import dev.msqd.client.control.ControlClient;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.daemon.TestJvm;
import dev.msqd.layout.SystemCounter;
import dev.msqd.queue.Selector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import picocli.CommandLine;

/** Who calls what, as another process is told. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TraceCommandTest {
    private static final int KEY = 0x2a;
    private static final int MAKE = SysV.IPC_CREAT | 0600;
    private static final byte[] TEXT = "hello".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern CHANGING = Pattern.compile("^\\{\"timestamp\":(\\d+),\"processorId\":(\\d+),");

    @TempDir
    private Path folder;
    private ServedDirectory served;
    private Msqd msqd;
    private SysV sysV;

    @BeforeEach
    void start() throws Exception {
        served = ServedDirectory.start(folder, "data");
        msqd = Msqd.connect(served.path());
        sysV = new SysV(msqd);
    }

    @AfterEach
    void stop() {
        sysV.close();
        msqd.close();
        served.close();
    }

    /** A tracer, line by line. */
    private final class Follower implements AutoCloseable {
        private final CommandLineProcess process;
        private final BufferedReader out;

        /** Returns when calls are traced. */
        Follower(Object... options) throws Exception {
            Object[] arguments = Stream.concat(Stream.of("trace", "--follow"), Stream.of(options)).toArray();
            process = served.starting(arguments);
            out = new BufferedReader(new InputStreamReader(process.out(), StandardCharsets.UTF_8));
            await(() -> isTraced() || !process.process().isAlive());
            assertTrue(process.process().isAlive(), () -> {
                try {
                    return process.err();
                } catch (Exception e) {
                    return e.toString();
                }
            });
        }

        String line() throws IOException {
            return out.readLine();
        }

        /** The next event's name. */
        String name() throws IOException {
            return field(line(), "eventName");
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static String field(String line, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(line);
        assertTrue(matcher.find(), () -> name + " of " + line);
        return matcher.group(1);
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private boolean isTraced() {
        try (ControlClient client = ControlClient.connect(served.path())) {
            return client.system().isTraced();
        }
    }

    private static void fails(int errno, Runnable call) {
        assertEquals(errno, assertThrows(ErrnoException.class, call::run).errno());
    }

    /** What the calling thread's events begin with after the processor's number. */
    private record Caller(int pid, int tid, long parent, long uid, String host) {
        static Caller current() throws IOException {
            return new Caller(Processes.self(), Processes.threadId(),
                ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L),
                Integer.toUnsignedLong(Processes.effectiveUid()),
                Files.readString(Path.of("/proc/sys/kernel/hostname")).trim());
        }

        /** @param args {@code name type value}, of each argument */
        String event(int id, String name, long result, String... args) {
            List<String> arguments = new ArrayList<>();
            for (String arg : args) {
                String[] parts = arg.split(" ");
                arguments
                    .add("{\"name\":\"" + parts[0] + "\",\"type\":\"" + parts[1] + "\",\"value\":" + parts[2] + "}");
            }
            return "\"processId\":" + pid + ",\"threadId\":" + tid + ",\"parentProcessId\":" + parent + ",\"userId\":"
                + uid
                + ",\"processName\":\"a-caller\",\"hostName\":\"" + host + "\",\"eventId\":\"" + id
                + "\",\"eventName\":\"" + name + "\",\"argsNum\":" + args.length + ",\"returnValue\":" + result
                + ",\"syscall\":\"" + name + "\",\"args\":[" + String.join(",", arguments) + "]}";
        }

        String get(long result, int key, int flags) {
            return event(68, "msgget", result, "key int32 " + key, "msgflg int32 " + flags);
        }

        String send(long result, int msqid, long position, long size, int flags) {
            return event(69, "msgsnd", result, "msqid int32 " + msqid, "msgp trace.Pointer " + position,
                "msgsz uint64 " + Long.toUnsignedString(size), "msgflg int32 " + flags);
        }

        String receive(long result, int msqid, long position, long size, long type, int flags) {
            return event(70, "msgrcv", result, "msqid int32 " + msqid, "msgp trace.Pointer " + position,
                "msgsz uint64 " + Long.toUnsignedString(size), "msgtyp int64 " + type, "msgflg int32 " + flags);
        }

        String control(long result, int msqid, int cmd) {
            return event(71, "msgctl", result, "msqid int32 " + msqid, "cmd int32 " + cmd, "buf trace.Pointer 0");
        }
    }

    /** Runs calls in a thread of that name, and compares what is told of them. */
    private void traced(Callable<List<String>> calls) throws Exception {
        long beforeNs = System.currentTimeMillis() * 1_000_000;
        try (Follower follower = new Follower("--pid", Processes.self())) {
            FutureTask<List<String>> task = new FutureTask<>(calls);
            Thread.ofPlatform().name("a-caller").start(task);
            List<String> expected = task.get();
            List<String> told = new ArrayList<>();
            for (int i = 0; i < expected.size(); i++) {
                String line = follower.line();
                Matcher changing = CHANGING.matcher(line);
                assertTrue(changing.find(), line);
                long timestampNs = Long.parseLong(changing.group(1));
                assertTrue(timestampNs >= beforeNs && timestampNs <= (System.currentTimeMillis() + 1) * 1_000_000,
                    line);
                told.add(line.substring(changing.end()));
            }
            assertEquals(String.join("\n", expected), String.join("\n", told));
        }
    }

    @Test
    void systemVsCallsAndTheirFailures() throws Exception {
        traced(() -> {
            Caller caller = Caller.current();
            List<String> told = new ArrayList<>();
            int msqid = sysV.msgget(KEY, MAKE);
            told.add(caller.get(msqid, KEY, MAKE));
            fails(Errno.EEXIST, () -> sysV.msgget(KEY, MAKE | SysV.IPC_EXCL));
            told.add(caller.get(-17, KEY, MAKE | SysV.IPC_EXCL));
            fails(Errno.ENOENT, () -> sysV.msgget(-1, 0));
            told.add(caller.get(-2, -1, 0));

            sysV.msgsnd(msqid, 3, TEXT, 5, 0);
            told.add(caller.send(0, msqid, 262144, 5, 0));
            fails(Errno.EINVAL, () -> sysV.msgsnd(msqid, 0, TEXT, 5, 0));
            told.add(caller.send(-22, msqid, 0, 5, 0));
            fails(Errno.EINVAL, () -> sysV.msgsnd(msqid + 1, 1, TEXT, 5, 0));
            told.add(caller.send(-22, msqid + 1, 0, 5, 0));
            fails(Errno.EFAULT, () -> sysV.msgsnd(msqid, 1, TEXT, 6, 0));
            told.add(caller.send(-14, msqid, 0, 6, 0));
            sysV.msgctl(msqid, SysV.IPC_SET, QueueSettings.none().withQbytes(5));
            told.add(caller.control(0, msqid, SysV.IPC_SET));
            fails(Errno.EAGAIN, () -> sysV.msgsnd(msqid, 1, TEXT, 1, SysV.IPC_NOWAIT));
            told.add(caller.send(-11, msqid, 0, 1, SysV.IPC_NOWAIT));

            SysV.Message message = new SysV.Message(10);
            fails(Errno.E2BIG, () -> sysV.msgrcv(msqid, message, 2, 0, 0));
            told.add(caller.receive(-7, msqid, 0, 2, 0, 0));
            fails(Errno.EINVAL, () -> sysV.msgrcv(msqid, message, -1, 0, 0));
            told.add(caller.receive(-22, msqid, 0, -1, 0, 0));
            assertEquals(5, sysV.msgrcv(msqid, message, 10, 0, SysV.MSG_COPY | SysV.IPC_NOWAIT));
            told.add(caller.receive(5, msqid, 262144, 10, 0, SysV.MSG_COPY | SysV.IPC_NOWAIT));
            fails(Errno.ENOMSG, () -> sysV.msgrcv(msqid, message, 10, 3, SysV.MSG_EXCEPT | SysV.IPC_NOWAIT));
            told.add(caller.receive(-42, msqid, 0, 10, 3, SysV.MSG_EXCEPT | SysV.IPC_NOWAIT));
            assertEquals(2, sysV.msgrcv(msqid, message, 2, -5, SysV.MSG_NOERROR));
            told.add(caller.receive(2, msqid, 262144, 2, -5, SysV.MSG_NOERROR));
            fails(Errno.ENOMSG, () -> sysV.msgrcv(msqid, message, 10, 0, SysV.IPC_NOWAIT));
            told.add(caller.receive(-42, msqid, 0, 10, 0, SysV.IPC_NOWAIT));
            sysV.msgsnd(msqid, 1, TEXT, 1, 0);
            told.add(caller.send(0, msqid, 262144 + 64, 1, 0));

            sysV.msgctl(msqid, SysV.IPC_STAT);
            told.add(caller.control(0, msqid, SysV.IPC_STAT));
            sysV.msgctl(0, SysV.MSG_STAT);
            told.add(caller.control(msqid, 0, SysV.MSG_STAT));
            sysV.msgctl(0, SysV.MSG_STAT_ANY);
            told.add(caller.control(msqid, 0, SysV.MSG_STAT_ANY));
            sysV.msginfo(0, SysV.MSG_INFO);
            told.add(caller.control(0, 0, SysV.MSG_INFO));
            fails(Errno.EINVAL, () -> sysV.msgctl(msqid, 99));
            told.add(caller.control(-22, msqid, 99));
            fails(Errno.EINVAL, () -> sysV.msgctl(-1, SysV.IPC_STAT));
            told.add(caller.control(-22, -1, SysV.IPC_STAT));
            sysV.msgctl(msqid, SysV.IPC_RMID);
            told.add(caller.control(0, msqid, SysV.IPC_RMID));
            fails(Errno.EINVAL, () -> sysV.msgctl(msqid, SysV.IPC_RMID));
            told.add(caller.control(-22, msqid, SysV.IPC_RMID));
            return told;
        });
    }

    @Test
    void messageQueuesCalls() throws Exception {
        traced(() -> {
            Caller caller = Caller.current();
            List<String> told = new ArrayList<>();
            int msqid = msqd.get("orders", MAKE);
            told.add(caller.get(msqid, 0, MAKE));
            try (MessageQueue queue = msqd.open(msqid)) {
                long position = 262144;
                queue.send(1, TEXT, 0, 5);
                told.add(caller.send(0, msqid, position, 5, 0));
                assertTrue(queue.trySend(2, TEXT, 0, 4));
                told.add(caller.send(0, msqid, position + 64, 4, SysV.IPC_NOWAIT));
                byte[] room = new byte[100];
                assertTrue(queue.browse(1, (mtype, buffer, offset, length) -> {}));
                told.add(
                    caller.receive(4, msqid, position + 64, Integer.MAX_VALUE, 1, SysV.MSG_COPY | SysV.IPC_NOWAIT));
                assertEquals(4, queue.receive(Selector.except(1), room, 0, 100));
                told.add(caller.receive(4, msqid, position + 64, 100, 1, SysV.MSG_EXCEPT));
                assertEquals(5, queue.tryReceive(Selector.upTo(9), room, 0, 100));
                told.add(caller.receive(5, msqid, position, 100, -9, SysV.IPC_NOWAIT));
                assertEquals(MessageQueue.NONE,
                    queue.receive(Selector.type(7), room, 0, 100, 1, TimeUnit.MILLISECONDS));
                told.add(caller.receive(-42, msqid, 0, 100, 7, 0));
                assertThrows(IndexOutOfBoundsException.class, () -> queue.send(1, new UnsafeBuffer(TEXT), 3, 4));
                told.add(caller.send(-14, msqid, 0, 4, 0));

                MessageClaim claim = new MessageClaim();
                assertTrue(queue.tryClaim(1, 8, claim));
                claim.commit();
                told.add(caller.send(0, msqid, position + 128, 8, SysV.IPC_NOWAIT));
                assertTrue(queue.tryClaim(1, 8, claim));
                claim.abort();
                queue.receive(Selector.any(), (mtype, buffer, offset, length) -> assertEquals(8, length));
                told.add(caller.receive(8, msqid, position + 128, Integer.MAX_VALUE, 0, 0));
                assertThrows(IllegalStateException.class, () -> {
                    claim.commit();
                });

                RingBuffer ring = queue.asRingBuffer();
                assertTrue(ring.write(6, new UnsafeBuffer(TEXT), 0, 5));
                told.add(caller.send(0, msqid, position + 256, 5, SysV.IPC_NOWAIT));
                assertEquals(1, ring.read((type, buffer, offset, length) -> assertEquals(6, type)));
                told.add(caller.receive(5, msqid, position + 256, Integer.MAX_VALUE, 0, SysV.IPC_NOWAIT));
                told.add(caller.receive(-42, msqid, 0, Integer.MAX_VALUE, 0, SysV.IPC_NOWAIT));
            }
            return told;
        });
    }

    /** A message that is longer than a segment has a segment of its own. */
    @Test
    void longMessages() throws Exception {
        traced(() -> {
            Caller caller = Caller.current();
            msqd.limits(LimitSettings.none().withMsgmax(1 << 20));
            int msqid = msqd.get("long", MAKE);
            byte[] text = new byte[600_000];
            List<String> told = new ArrayList<>(List.of(caller.get(msqid, 0, MAKE)));
            try (MessageQueue queue = msqd.open(msqid)) {
                queue.send(1, text, 0, 1);
                told.add(caller.send(0, msqid, 262144, 1, 0));
                queue.send(1, text, 0, text.length);
                told.add(caller.send(0, msqid, 2 * 262144, text.length, 0));
                queue.receive(Selector.any(), text, 0, text.length);
                told.add(caller.receive(1, msqid, 262144, text.length, 0, 0));
                queue.receive(Selector.any(), text, 0, text.length);
                told.add(caller.receive(text.length, msqid, 2 * 262144, text.length, 0, 0));
                queue.send(1, text, 0, 1);
                told.add(caller.send(0, msqid, 5 * 262144, 1, 0));
            }
            return told;
        });
    }

    /** The event comes when the call returns, and tells when it began. */
    @Test
    void callsThatSleep() throws Exception {
        int msqid = sysV.msgget(KEY, MAKE);
        try (Follower follower = new Follower("--event", "msgrcv")) {
            Thread interrupted = Thread.ofPlatform().start(() -> fails(Errno.EINTR,
                () -> sysV.msgrcv(msqid, new SysV.Message(1), 1, 0, 0)));
            long sleepingNs = awaitAsleep(interrupted);
            interrupted.interrupt();
            interrupted.join();
            String line = follower.line();
            assertEquals("-4", field(line, "returnValue"));
            assertTrue(Long.parseLong(field(line, "timestamp")) < sleepingNs, line);
            Thread orphaned = Thread.ofPlatform().start(() -> fails(Errno.EIDRM,
                () -> sysV.msgrcv(msqid, new SysV.Message(1), 1, 0, 0)));
            awaitAsleep(orphaned);
            msqd.remove(msqid);
            orphaned.join();
            assertEquals("-43", field(follower.line(), "returnValue"));
        }
    }

    /** Returns a time at which the thread slept, ns since the epoch. */
    private static long awaitAsleep(Thread thread) throws InterruptedException {
        // It sleeps in native code, where a thread's state does not tell: long after it began it does.
        assertTrue(thread.isAlive());
        Thread.sleep(300);
        assertTrue(thread.isAlive());
        return System.currentTimeMillis() * 1_000_000;
    }

    @Test
    void whoMayNot() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0 && TestJvm.hasProgram("setpriv"), "only root can become others");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path lib = Files.createDirectory(folder.resolve("lib"));
        Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwxr-xr-x"));
        String classPath = TestJvm.copiedClassPath(lib, Main.class, Msqd.class, UnsafeBuffer.class, CommandLine.class,
            Histogram.class, Logger.class, TraceCommandTest.class);
        int msqid = sysV.msgget(KEY, MAKE);
        try (Follower follower = new Follower("--event", "msgsnd")) {
            List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
            command.addAll(TestJvm.command(List.of(TestJvm.SIMPLE_COMPILER), classPath, Stranger.class, served.path(),
                msqid));
            CommandLineProcess.Result stranger = CommandLineProcess.run(new byte[0], command);
            assertEquals("EACCES\nEPERM: calls are traced for the daemon's own user, 0, or with CAP_SYS_ADMIN; "
                + "this is user 65534\n", stranger.out(), stranger.err());
            String line = follower.line();
            assertEquals("-13", field(line, "returnValue"));
            assertEquals("65534", field(line, "userId"));
        }
    }

    /** Sends to a queue that is not his, and wants to trace. */
    static final class Stranger {
        private Stranger() {}

        public static void main(String[] args) {
            try (Msqd msqd = Msqd.connect(Path.of(args[0])); SysV sysV = new SysV(msqd)) {
                try {
                    sysV.msgsnd(Integer.parseInt(args[1]), 1, new byte[1], 1, 0);
                } catch (ErrnoException e) {
                    System.out.println(e.errnoName());
                }
                try {
                    msqd.traceCalls();
                } catch (ErrnoException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    private String stored(Object... options) throws Exception {
        CommandLineProcess.Result result = served.msqd(Stream.concat(Stream.of("trace"), Stream.of(options)).toArray());
        assertEquals(ExitStatus.OK, result.status(), result.err());
        return result.out();
    }

    private static List<String> names(String lines) {
        return lines.lines().map(line -> field(line, "eventName")).toList();
    }

    @Test
    void whatIsStoredIsReadLaterAndFiltered() throws Exception {
        assertEquals("", stored());
        int other = sysV.msgget(0x2b, MAKE);
        try (Follower follower = new Follower()) {
            int msqid = msqd.get("orders", MAKE);
            sysV.msgsnd(msqid, 1, TEXT, 5, 0);
            sysV.msgsnd(other, 1, TEXT, 1, 0);
            sysV.msgrcv(msqid, new SysV.Message(5), 5, 0, 0);
            sysV.msgctl(0, SysV.MSG_STAT);
            sysV.msgctl(msqid, SysV.IPC_STAT);
            sysV.msginfo(0, SysV.IPC_INFO);
            List<String> all = List.of("msgget", "msgsnd", "msgsnd", "msgrcv", "msgctl", "msgctl", "msgctl");
            for (String name : all) {
                assertEquals(name, follower.name());
            }
            assertEquals(all, names(stored("--pid", Processes.self())));
            assertEquals(List.of(), names(stored("--pid", 1)));
            assertEquals(List.of("msgget", "msgrcv"), names(stored("--event", "msgrcv,msgget")));
            assertEquals(List.of("msgget", "msgsnd", "msgrcv", "msgctl"), names(stored("--queue", "orders")));
            assertEquals(List.of("msgsnd", "msgctl"), names(stored("--queue", other)));
            assertEquals(List.of("msgsnd"), names(stored("--queue", "0x2b", "--event", "msgsnd")));
            assertEquals("""
                TIME UID COMM PID TID RET EVENT ARGS
                # msgget key: 0x00000000, msgflg: IPC_CREAT|0600
                # msgsnd msqid: %d, msgp: 262144, msgsz: 5, msgflg: 0
                """.formatted(msqid), stored("--queue", "orders", "--table", "--event", "msgget,msgsnd")
                .replaceAll("(?m)^\\d\\d:\\d\\d:\\d\\d\\.\\d{6} .*? (msg[a-z]{3}) ", "# $1 ").replaceAll(" +", " "));
            msqd.remove(msqid);
            assertEquals(List.of("msgget", "msgsnd", "msgrcv", "msgctl", "msgctl"), names(stored("--queue", msqid)));
        }
        CommandLineProcess.Result refused = served.msqd("trace", "--event", "msgsend");
        assertEquals(ExitStatus.USAGE, refused.status());
        assertTrue(refused.err().contains("there is no event 'msgsend'; there are msgget, msgsnd, msgrcv, msgctl"),
            refused.err());
        assertEquals(ExitStatus.REFUSED, served.msqd("trace", "--queue", "nobody").status());
        Path nowhere = folder.resolve("nowhere");
        assertEquals("msqd: ENOENT: there is no data directory " + nowhere + "\n",
            CommandLineProcess.run(new byte[0], TestJvm.command(Main.class, "trace", "--dir", nowhere)).err());
        // A daemon is not needed to read.
        served.close();
        assertEquals(8, stored().lines().count());
    }

    @Test
    void severalTraceAtOnceAndTheLastOneTurnsItOff() throws Exception {
        int msqid = sysV.msgget(KEY, MAKE);
        Follower first = new Follower();
        try (Follower second = new Follower("--event", "msgsnd", "--table")) {
            // It prints the titles when it is ready.
            assertEquals(TraceTable.TITLE, second.line());
            sysV.msgsnd(msqid, 1, TEXT, 5, 0);
            assertEquals("msgsnd", first.name());
            assertTrue(second.line().contains(" msgsnd "));
            first.close(); // SIGKILL
            for (int i = 0; i < 20; i++) {
                Thread.sleep(5);
                assertTrue(isTraced());
            }
            sysV.msgsnd(msqid, 1, TEXT, 5, 0);
            assertTrue(second.line().contains(" msgsnd "));
            second.process.signal("INT");
            assertEquals(ExitStatus.INTERRUPTED, second.process.waitFor());
        }
        await(() -> !isTraced());
        sysV.msgsnd(msqid, 1, TEXT, 5, 0);
        assertEquals(2, stored().lines().count());
    }

    @Test
    void aFullRingDropsAndTheTraceSaysHowMany() throws Exception {
        int msqid = sysV.msgget(KEY, MAKE);
        int calls = 30_000;
        try (Follower follower = new Follower(); MessageQueue queue = msqd.open(msqid)) {
            queue.trySend(1, TEXT, 0, 5);
            assertEquals("msgsnd", follower.name());
            served.daemon().signal("STOP");
            for (int i = 0; i < calls; i++) {
                queue.tryReceive(Selector.type(7), (mtype, buffer, offset, length) -> {});
            }
            served.daemon().signal("CONT");
            int received = 0;
            int lost = 0;
            String told = "";
            while (received + lost < calls) {
                String line = follower.line();
                if (field(line, "eventName").equals("msgrcv")) {
                    received++;
                } else {
                    told = line;
                    Matcher number = Pattern.compile("\"value\":(\\d+)").matcher(line);
                    assertTrue(number.find(), line);
                    lost += Integer.parseInt(number.group(1));
                }
            }
            String line = told;
            assertEquals(calls, received + lost);
            assertTrue(line.contains("\"processId\":" + Processes.self() + ",\"threadId\":0,"), line);
            assertTrue(line.contains("\"eventId\":\"-1\",\"eventName\":\"lost_events\",\"argsNum\":1,\"returnValue\":0,"
                + "\"syscall\":\"\",\"args\":[{\"name\":\"lost\",\"type\":\"uint64\",\"value\":"), line);
            assertTrue(received > 10_000 && received < calls, received + " received");
            awaitCounted(lost);
            // And everything comes again.
            queue.trySend(1, TEXT, 0, 5);
            assertEquals("msgsnd", follower.name());
        }
    }

    /** A program's calls are told as it made them, and as its own, not as those of msqd run. */
    @Test
    void callsOfAProgramUnderRun() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        try (Follower follower = new Follower("--table")) {
            assertEquals(TraceTable.TITLE, follower.line());
            CommandLineProcess.Result run = served.msqd("run", "--connect", "--", "perl", "-e", """
                open(C, ">/proc/self/comm"); print C "a-program"; close(C);
                $q = msgget(0x2a, 01600);
                msgsnd($q, pack("l! a*", 0, "hello"), 0);
                msgsnd($q, pack("l! a*", 3, "hello"), 0);
                msgrcv($q, $m, 1, 9, 04000);
                msgrcv($q, $m, 2, 0, 0);
                msgrcv($q, $m, 2, -5, 010000);
                msgctl($q, 99, 0);
                msgctl($q, 0, 0);
                msgsnd($q, pack("l! a*", 1, "x"), 04000);
                print "$$ $q";
                """);
            assertEquals(0, run.status(), run.err());
            String[] printed = run.out().split(" ");
            String caller = Processes.effectiveUid() + " a-program " + printed[0] + " " + printed[0] + " ";
            String msqid = " msqid: " + printed[1];
            String none = msqid + ", msgp: 0, ";
            for (String call : List.of(
                printed[1] + " msgget key: 0x0000002a, msgflg: IPC_CREAT|0600",
                "EINVAL msgsnd" + none + "msgsz: 5, msgflg: 0",
                "0 msgsnd" + msqid + ", msgp: 262144, msgsz: 5, msgflg: 0",
                "ENOMSG msgrcv" + none + "msgsz: 1, msgtyp: 9, msgflg: IPC_NOWAIT",
                "E2BIG msgrcv" + none + "msgsz: 2, msgtyp: 0, msgflg: 0",
                "2 msgrcv" + msqid + ", msgp: 262144, msgsz: 2, msgtyp: -5, msgflg: MSG_NOERROR",
                "EINVAL msgctl" + msqid + ", cmd: 99",
                "0 msgctl" + msqid + ", cmd: IPC_RMID",
                "EINVAL msgsnd" + none + "msgsz: 1, msgflg: IPC_NOWAIT")) {
                String line = follower.line();
                assertEquals(caller + call, line.substring(line.indexOf(' ') + 1).replaceAll(" +", " "));
            }
        }
    }

    private void awaitCounted(long dropped) {
        await(() -> {
            try (Statistics statistics = msqd.statistics()) {
                return statistics.snapshot().get(SystemCounter.TRACE_EVENTS_DROPPED) == dropped;
            }
        });
    }

    @Test
    void aClientThatIsKilledHarmsNobody() throws Exception {
        int msqid = sysV.msgget(KEY, MAKE);
        try (Follower follower = new Follower("--event", "msgsnd")) {
            for (int round = 0; round < 3; round++) {
                try (CommandLineProcess client = served.starting("recv", "-q", "0x2a", "--follow", "--quiet")) {
                    for (int i = 0; i < 50; i++) {
                        sysV.msgsnd(msqid, 1, TEXT, 5, 0);
                        assertEquals("msgsnd", follower.name());
                    }
                    client.signal("KILL");
                }
            }
            sysV.msgsnd(msqid, 1, TEXT, 5, 0);
            assertEquals("msgsnd", follower.name());
            Path rings = folder.resolve("data-hot").resolve("trace");
            // The tracer's, and this process's.
            await(() -> count(rings) == 2);
        }
    }

    private static long count(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Calls go on, and so does the trace when there is a daemon again. What was called in between is told, as far as the ring holds it. */
    @Test
    void aDaemonThatIsKilledIsFollowedByAnother() throws Exception {
        int msqid = sysV.msgget(KEY, MAKE);
        try (Follower follower = new Follower("--event", "msgsnd,msgrcv"); MessageQueue queue = msqd.open(msqid)) {
            queue.trySend(1, TEXT, 0, 5);
            assertEquals("msgsnd", follower.name());
            served.daemon().signal("KILL");
            served.daemon().waitFor();
            queue.trySend(2, TEXT, 0, 5);
            assertEquals(5, queue.tryReceive(Selector.type(1), new byte[5], 0, 5));
            served = ServedDirectory.start(folder, "data");
            assertEquals("msgsnd", follower.name());
            assertEquals("msgrcv", follower.name());
            queue.trySend(3, TEXT, 0, 5);
            assertEquals("msgsnd", follower.name());
        }
        await(() -> !isTraced());
    }

    /** A JVM that was not started for Chronicle Queue. */
    static final class Bare {
        private Bare() {}

        public static void main(String[] args) {
            try (Msqd embedded = Msqd.embedded(Path.of(args[0])); SysV calls = new SysV(embedded)) {
                int msqid = calls.msgget(KEY, MAKE);
                try {
                    embedded.traceCalls();
                } catch (ErrnoException e) {
                    System.out.println(e.getMessage());
                }
                calls.msgsnd(msqid, 1, TEXT, 5, 0);
                System.out.println(calls.msgrcv(msqid, new SysV.Message(5), 5, 0, 0));
            }
        }
    }

    @Test
    void anEmbeddedDaemonWithoutTheOptionsSaysSo() throws Exception {
        Path bare = Files.createDirectory(folder.resolve("bare"));
        Files.writeString(bare.resolve("msqd.properties"), "hot.dir=" + folder.resolve("bare-hot"));
        List<String> command = new ArrayList<>(TestJvm.command(Bare.class, bare));
        command.removeIf(option -> option.startsWith("--add-") && !option.contains("jdk.internal.misc"));
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], command);
        assertEquals(
            "EOPNOTSUPP: tracing needs a JVM that was started with --add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
                + " (and more, see docs/trace.md)\n5\n",
            result.out(), result.err());
    }

    @Test
    void withoutATracerNothingIsStored() throws Exception {
        sysV.msgget(KEY, MAKE);
        assertFalse(isTraced());
        assertFalse(Files.exists(served.path().resolve("trace")));
    }
}
