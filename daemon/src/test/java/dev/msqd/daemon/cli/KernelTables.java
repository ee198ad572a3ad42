package dev.msqd.daemon.cli;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.oracle.KernelQueue;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * In an IPC namespace of its own: makes queues of the kernel's, and has them shown by the kernel and util-linux, and by
 * our tables. Writes {@code NAME.theirs} and {@code NAME.ours} into the folder that it is given.
 */
final class KernelTables {
    private final Path folder;

    private KernelTables(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        KernelTables tables = new KernelTables(Path.of(args[0]));
        List<Integer> msqids = makeQueues();
        tables.compare(msqids);
    }

    private static List<Integer> makeQueues() {
        List<Integer> msqids = new ArrayList<>();
        msqids.add(KernelQueue.msgget(0x9abcdef0, SysV.IPC_CREAT | 0666));
        int removed = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
        msqids.add(KernelQueue.msgget(SysV.IPC_PRIVATE, 0640));
        msqids.add(KernelQueue.msgget(1, SysV.IPC_CREAT));
        msqids.add(KernelQueue.msgget(0x7fffffff, SysV.IPC_CREAT | 0777));
        KernelQueue.remove(removed);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(10_000, Long.BYTES);
            message.set(ValueLayout.JAVA_LONG, KernelQueue.MTYPE_OFFSET, 1);
            KernelQueue.msgsnd(msqids.get(0), message, 5, 0);
            KernelQueue.msgsnd(msqids.get(0), message, 7, 0);
            KernelQueue.msgrcv(msqids.get(0), message, 5, 0, 0);
            KernelQueue.msgsnd(msqids.get(1), message, 8000, 0);
        }
        // An owner without a name, whose number is as long as they get.
        KernelQueue.set(msqids.get(3), -2, -3, 0705, 5);
        return msqids;
    }

    private void compare(List<Integer> msqids) throws Exception {
        List<MsqidDs> queues = msqids.stream().map(KernelQueue::stat).toList();
        Files.writeString(folder.resolve("proc.theirs"), Files.readString(Path.of("/proc/sysvipc/msg")));
        ours("proc", tables -> tables.proc(queues));
        compare("list", tables -> tables.queues(queues), "ipcs", "-q");
        compare("times", tables -> tables.times(queues), "ipcs", "-q", "-t");
        compare("processes", tables -> tables.processes(queues), "ipcs", "-q", "-p");
        compare("creators", tables -> tables.creators(queues), "ipcs", "-q", "-c");
        KernelQueue.Info limits = KernelQueue.info(SysV.IPC_INFO);
        compare("limits",
            tables -> tables.limits(new Limits(limits.msgmax(), limits.msgmnb(), limits.msgmni(), 0)), "ipcs", "-q",
            "-l");
        KernelQueue.Info used = KernelQueue.info(SysV.MSG_INFO);
        compare("summary", tables -> tables.summary(
            new SystemInfo(null, used.highestIndex(), used.msgpool(), used.msgmap(), used.msgtql())), "ipcs", "-q",
            "-u");
        for (MsqidDs queue : queues) {
            compare("details-" + queue.msqid(), tables -> tables.details(queue),
                "ipcs", "-q", "-i", Integer.toString(queue.msqid()));
        }
        compare("json", null, "lsipc", "--queues", "--raw", "--noheadings", "--bytes", "--output",
            "KEY,ID,PERMS,OWNER,USEDBYTES,MSGS,LSPID,LRPID,CUID,CUSER,CGID,CGROUP,UID,GID");
        try (PrintWriter out = new PrintWriter(folder.resolve("json.ours").toFile())) {
            QueueTables tables = new QueueTables(out, new Accounts());
            queues.forEach(queue -> out.println(tables.json(queue)));
        }
    }

    private void compare(String name, Consumer<QueueTables> table, String... command) throws Exception {
        int status = new ProcessBuilder(command)
            .redirectOutput(folder.resolve(name + ".theirs").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start().waitFor();
        if (status != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": exit status " + status);
        }
        if (table != null) {
            ours(name, table);
        }
    }

    private void ours(String name, Consumer<QueueTables> table) throws Exception {
        try (PrintWriter out = new PrintWriter(folder.resolve(name + ".ours").toFile())) {
            table.accept(new QueueTables(out, new Accounts()));
        }
    }
}
