package dev.msqd.daemon.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A thread as /proc/PID/task/TID shows it. */
public final class Task {
    private static final boolean AARCH64 = System.getProperty("os.arch").equals("aarch64");
    private static final String SYS_MSGSND = AARCH64 ? "189" : "69";
    private static final String SYS_MSGRCV = AARCH64 ? "188" : "70";
    private static final String SYS_FUTEX = AARCH64 ? "98" : "202";
    private static final int FUTEX_OPERATION_FIELD = 2;
    private static final int FUTEX_PRIVATE_FLAG = 128;

    private Task() {}

    public static Path ofCallingThread() {
        try {
            return Path.of("/proc/thread-self").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Does it sleep in msgsnd or msgrcv: the kernel's, or msqd's? Looks twice: between the two files of the first look it may have come from
     * another sleep into the call, and wait there for the kernel's lock, not in anybody's line yet.
     */
    static boolean sleepsInCall(Path task) {
        return looksAsleep(task) && looksAsleep(task);
    }

    private static boolean looksAsleep(Path task) {
        return sleepsInCall(read(task.resolve("stat")), read(task.resolve("syscall")));
    }

    /**
     * The same by what two files in the task's folder say, read in this order: whoever is being woken counts as asleep in the
     * second, and not in the first. msqd's calls are the only ones to wait for a futex that processes share.
     * (proc_pid_syscall(5) says "running" of a thread that doesn't sleep.)
     */
    public static boolean sleepsInCall(String stat, String syscall) {
        if (!stat.startsWith(" S ", stat.lastIndexOf(')') + 1)) {
            return false;
        }
        String[] fields = syscall.strip().split(" ");
        return switch (fields[0]) {
            case String call when call.equals(SYS_MSGSND) || call.equals(SYS_MSGRCV) -> true;
            case String call when call.equals(SYS_FUTEX) -> (Long.decode(fields[FUTEX_OPERATION_FIELD])
                & FUTEX_PRIVATE_FLAG) == 0;
            default -> false;
        };
    }

    /** Is it stopped by SIGSTOP? */
    static boolean isStopped(Path task) {
        return read(task.resolve("status")).contains("\nState:\tT");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "gone";
        } catch (IOException e) {
            if (Files.notExists(file)) {
                return "gone";
            }
            throw new UncheckedIOException(e);
        }
    }
}
