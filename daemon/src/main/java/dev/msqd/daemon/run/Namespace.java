package dev.msqd.daemon.run;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** Namespaces of threads, by their inode numbers in /proc (namespaces(7)). */
final class Namespace {
    private static final long NS_GET_USERNS = 0xB701;
    private static final MethodHandle IOCTL = Libc.variadic("ioctl", 2);
    private static final long OUR_USER = of("self", "user");
    private static final long OUR_IPC = of("self", "ipc");

    private Namespace() {}

    /** This process's own IPC namespace; 0 in a kernel without such namespaces. */
    static long ourIpc() {
        return OUR_IPC;
    }

    /**
     * A thread's namespace of a kind; 0 in a kernel without it.
     *
     * @throws ErrnoException EACCES: it may not be looked at, or the thread is gone
     */
    static long of(int tid, String kind) {
        return of(Integer.toString(tid), kind);
    }

    /** Whether the thread's capabilities count in its IPC namespace: they do in what belongs to the thread's user namespace, or to one below. */
    static boolean hasCapabilitiesIn(int tid, long ipcNamespace) {
        long user = of(tid, "user");
        return user == OUR_USER || ipcNamespace != OUR_IPC && user == ownerOfIpc(tid);
    }

    private static long of(String task, String kind) {
        Path link = Path.of("/proc/" + task + "/ns/" + kind);
        try {
            String target = Files.readSymbolicLink(link).toString(); // ipc:[4026531839]
            return Long.parseLong(target.substring(target.indexOf('[') + 1, target.indexOf(']')));
        } catch (IOException e) {
            if (Files.notExists(Path.of("/proc/self/ns/" + kind))) {
                return 0;
            }
            throw new ErrnoException(Errno.EACCES, "read " + link + ": " + e, e);
        }
    }

    private static long ownerOfIpc(int tid) {
        int namespace = LinuxFile.open(Path.of("/proc/" + tid + "/ns/ipc"), LinuxFile.O_RDONLY, 0);
        try {
            int owner = Libc.callInt(IOCTL, namespace, NS_GET_USERNS);
            if (owner < 0) {
                return 0;
            }
            try {
                return (Long) Files.getAttribute(Path.of("/proc/self/fd/" + owner), "unix:ino");
            } catch (IOException e) {
                return 0;
            } finally {
                LinuxFile.close(owner);
            }
        } finally {
            LinuxFile.close(namespace);
        }
    }
}
