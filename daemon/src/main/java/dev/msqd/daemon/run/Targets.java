package dev.msqd.daemon.run;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.TracedThread;
import dev.msqd.client.control.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Who the threads are that make calls. To ask /proc costs three times what a call costs, so the answer is kept: until the thread
 * makes a system call that can change it, and never longer than it takes the kernel to give a dead thread's id to another one.
 * Any thread.
 */
final class Targets {
    /** Ids go round: as many processes as there are ids (32,768 at least) must come and go before one comes again. */
    private static final long MAX_AGE_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int MAX_KEPT = 10_000;

    private record Seen(Target target, long atNs) {}

    private final Listener listener;
    private final Int2ObjectHashMap<Seen> seen = new Int2ObjectHashMap<>();

    Targets(Listener listener) {
        this.listener = listener;
    }

    /**
     * Who makes a call.
     *
     * @throws ErrnoException ESRCH: the thread is gone; EACCES: /proc hides it
     */
    Target of(Notification notification) {
        int tid = notification.tid();
        long nowNs = System.nanoTime();
        synchronized (seen) {
            Seen last = seen.get(tid);
            if (last != null && nowNs - last.atNs < MAX_AGE_NS) {
                return last.target;
            }
        }
        Target target = look(tid);
        listener.checkValid(notification);
        synchronized (seen) {
            if (seen.size() >= MAX_KEPT) {
                seen.clear();
            }
            seen.put(tid, new Seen(target, nowNs));
        }
        return target;
    }

    /** A thread is about to change what it is; with exec, it takes the id of its process. */
    void forget(int tid, boolean exec) {
        synchronized (seen) {
            seen.remove(tid);
            if (exec) {
                int process = process(tid);
                seen.values().removeIf(each -> each.target.process() == process);
            }
        }
    }

    private static int process(int tid) {
        try {
            return number(field(status(tid), "Tgid:"), 10);
        } catch (ErrnoException e) {
            return 0;
        }
    }

    private Target look(int tid) {
        String status = status(tid);
        String[] uids = field(status, "Uid:").split("\t");
        String[] gids = field(status, "Gid:").split("\t");
        String[] processes = field(status, "NStgid:").split("\t");
        List<Integer> groups = new ArrayList<>();
        for (String group : field(status, "Groups:").split(" ")) {
            if (!group.isEmpty()) {
                groups.add(number(group, 10));
            }
        }
        PeerCredentials user = new PeerCredentials(number(field(status, "Tgid:"), 10), number(uids[1], 10),
            number(gids[1], 10), groups.stream().mapToInt(Integer::intValue).toArray());
        long ipcNamespace = Namespace.of(tid, "ipc");
        long capabilities = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
        return new Target(user.pid(), number(processes[processes.length - 1], 10),
            new Credentials(user, Namespace.hasCapabilitiesIn(tid, ipcNamespace) ? capabilities : 0), ipcNamespace,
            TracedThread.ofOther(tid, user.pid(), number(field(status, "PPid:"), 10), user.uid(), name(status)));
    }

    /** In status, white space in a name is escaped: one that has some is told as it stands there. */
    private static byte[] name(String status) {
        byte[] name =
            status.substring(status.indexOf('\t') + 1, status.indexOf('\n')).getBytes(StandardCharsets.ISO_8859_1);
        byte[] padded = new byte[Processes.THREAD_NAME_LENGTH];
        System.arraycopy(name, 0, padded, 0, Math.min(name.length, padded.length - 1));
        return padded;
    }

    private static int number(String text, int radix) {
        return Integer.parseUnsignedInt(text, radix);
    }

    private static String field(String status, String name) {
        int begin = status.indexOf("\n" + name) + 1 + name.length();
        return status.substring(begin, status.indexOf('\n', begin)).strip();
    }

    private static String status(int tid) {
        Path file = Path.of("/proc/" + tid + "/status");
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ErrnoException(Files.exists(file) ? Errno.EACCES : Errno.ESRCH, "read " + file, e);
        }
    }
}
