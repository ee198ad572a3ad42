package dev.msqd.daemon.differential;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.CaughtSignal;
import dev.msqd.daemon.contract.KernelQueues;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** The kernel, in the driver thread's IPC namespace. */
final class KernelSubject implements Subject {
    private static final Path SETTINGS = Path.of("/proc/sys/kernel");

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public MessageQueues connect() {
        return new KernelQueues();
    }

    @Override
    public List<MsqidDs> queues(Set<Integer> known) {
        List<MsqidDs> queues = new ArrayList<>();
        Iterator<Integer> ids = known.iterator();
        while (ids.hasNext()) {
            int msqid = ids.next();
            MsqidDs queue = atIndexOf(msqid);
            if (queue == null || queue.msqid() != msqid) {
                ids.remove();
            } else {
                queues.add(queue);
            }
        }
        return queues;
    }

    private static MsqidDs atIndexOf(int msqid) {
        try {
            return KernelQueue.stat(msqid & MsqidDs.INDEX_MASK, SysV.MSG_STAT_ANY);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            return null;
        }
    }

    @Override
    public void remove(int msqid) {
        KernelQueue.remove(msqid);
    }

    @Override
    public int skipId() {
        int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0);
        KernelQueue.remove(msqid);
        return msqid;
    }

    @Override
    public void interrupt(Player player) {
        CaughtSignal.send(player.task());
    }

    @Override
    public void limit(SystemLimit limit, long value) {
        try {
            Files.write(SETTINGS.resolve(limit.file()), Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            if (e.getMessage() != null && e.getMessage().contains("Invalid argument")) {
                throw new ErrnoException(Errno.EINVAL, e.getMessage(), e);
            }
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        // there is nothing to close
    }
}
