package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import dev.msqd.calls.LinuxFile;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * /proc/sysvipc/msg and /proc/sys/kernel/msgmax, msgmnb, msgmni, msg_next_id: who opens one is given a file with what msqd has to say. Any thread.
 */
final class ProcFiles {
    private static final String QUEUES = "/proc/sysvipc/msg";
    private static final String SETTINGS = "/proc/sys/kernel/";
    /** What is longer is another file's path. */
    private static final int MAX_PATH = 64;
    private static final int O_ACCMODE = 3;

    private static final MethodHandle MEMFD_CREATE = Libc.function("memfd_create");
    private static final int MFD_CLOEXEC = 1;

    private final QueueSystems systems;
    private final Targets targets;
    private final Listener listener;
    private final Function<List<MsqidDs>, String> table;
    private final WrittenLimits written = new WrittenLimits();

    /** @param table what /proc/sysvipc/msg says of queues (R79) */
    ProcFiles(QueueSystems systems, Targets targets, Listener listener, Function<List<MsqidDs>, String> table) {
        this.systems = systems;
        this.targets = targets;
        this.listener = listener;
        this.table = table;
    }

    /** What programs wrote to limits holds from here on. */
    void applyWritten() {
        written.apply();
    }

    /** Answers an open of one of these files; false: it is another one, which the kernel opens. */
    boolean serve(Notification call, TargetMemory memory, Worker worker) {
        int number = call.number();
        int first = number == SystemCall.OPEN ? 0 : 1;
        String path = path(call, memory, call.argument(first));
        if (!isServed(path)) {
            return false;
        }
        long flags = call.argument(first + 1);
        if (number == SystemCall.OPENAT2) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment how = arena.allocate(Long.BYTES);
                memory.readAll(call.tid(), call.argument(first + 1), how, Long.BYTES);
                flags = how.get(JAVA_LONG, 0);
            }
        }
        listener.checkValid(call);
        worker.letOthersGo();
        Target target = targets.of(call);
        applyWritten();
        boolean writes = (flags & O_ACCMODE) != LinuxFile.O_RDONLY;
        try {
            int fd = writes ? openToWrite(target, path) : openToRead(target, path);
            try {
                if (!listener.replyDescriptor(call, fd, (flags & LinuxFile.O_CLOEXEC) != 0)) {
                    listener.reply(call, -Errno.EMFILE);
                }
            } finally {
                LinuxFile.close(fd);
            }
        } catch (ErrnoException e) {
            listener.reply(call, -e.errno());
        }
        return true;
    }

    private static boolean isServed(String path) {
        return path.equals(QUEUES) || path.startsWith(SETTINGS) && switch (path.substring(SETTINGS.length())) {
            case "msgmax", "msgmnb", "msgmni", "msg_next_id" -> true;
            default -> false;
        };
    }

    private int openToRead(Target target, String path) {
        Msqd msqd = target.connection(systems).msqd();
        String content;
        if (path.equals(QUEUES)) {
            content = table.apply(msqd.list());
        } else {
            Limits limits = msqd.limits();
            content = switch (path.substring(SETTINGS.length())) {
                case "msgmax" -> limits.msgmax();
                case "msgmnb" -> limits.msgmnb();
                case "msgmni" -> limits.msgmni();
                default -> msqd.chosenMsqid();
            } + "\n";
        }
        return fileOf(path, content);
    }

    private int openToWrite(Target target, String path) {
        String name = path.equals(QUEUES) ? "" : path.substring(SETTINGS.length());
        LimitSettings none = LimitSettings.none();
        Msqd msqd = target.connection(systems).msqd();
        LongConsumer set = switch (name) {
            case "msgmax" -> number -> msqd.limits(none.withMsgmax(number));
            case "msgmnb" -> number -> msqd.limits(none.withMsgmnb(number));
            case "msgmni" -> number -> msqd.limits(none.withMsgmni(number));
            case "msg_next_id" -> number -> chooseMsqid(msqd, number);
            default -> throw new ErrnoException(Errno.EACCES, path + " cannot be written");
        };
        return written.open(path, msqd, set);
    }

    private static void chooseMsqid(Msqd msqd, long number) {
        if (number != (int) number) {
            throw new ErrnoException(Errno.EINVAL, "no queue has the id " + number);
        }
        msqd.chooseMsqid((int) number);
    }

    /** A file in memory that can only be read, from its beginning. */
    private static int fileOf(String path, String content) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom("msqd:" + path);
            int memory = (int) Libc.check(Libc.callInt(MEMFD_CREATE, name.address(), MFD_CLOEXEC), "memfd_create");
            try {
                byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
                LinuxFile.write(memory, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), 0);
                return LinuxFile.open(Path.of("/proc/self/fd/" + memory), LinuxFile.O_RDONLY, 0);
            } finally {
                LinuxFile.close(memory);
            }
        }
    }

    /** The path that the caller gave, made absolute if its name is one of ours; empty if it is not, or cannot be read. */
    private static String path(Notification call, TargetMemory memory, long address) {
        MemorySegment bytes = memory.small();
        int length = (int) memory.read(call.tid(), address, bytes, MAX_PATH);
        int end = 0;
        int name = 0;
        while (end < length && bytes.get(JAVA_BYTE, end) != 0) {
            if (bytes.get(JAVA_BYTE, end++) == '/') {
                name = end;
            }
        }
        // Files are many, and these few: their names begin with msg.
        if (end == length || end - name < 3 || bytes.get(JAVA_BYTE, name) != 'm'
            || bytes.get(JAVA_BYTE, name + 1) != 's'
            || bytes.get(JAVA_BYTE, name + 2) != 'g') {
            return "";
        }
        byte[] text = new byte[end];
        MemorySegment.copy(bytes, JAVA_BYTE, 0, text, 0, end);
        Path given = Path.of(new String(text, StandardCharsets.ISO_8859_1));
        try {
            Path absolute = given.isAbsolute() ? given
                : Files.readSymbolicLink(Path.of("/proc/" + call.tid() + "/cwd")).resolve(given);
            return absolute.normalize().toString();
        } catch (IOException e) {
            return "";
        }
    }
}
