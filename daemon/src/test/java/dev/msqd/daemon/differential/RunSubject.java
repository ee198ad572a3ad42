package dev.msqd.daemon.differential;

import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import dev.msqd.daemon.contract.CaughtSignal;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.daemon.contract.RunActors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** msqd by C programs under {@code msqd run}: each player has one, which is the user that the player is. */
final class RunSubject implements Subject {
    private static final String WORKERS = "msqd-run-";
    private static final Set<String> RESTING = System.getProperty("os.arch").equals("aarch64")
        ? Set.of("29", "98") : Set.of("16", "202"); // ioctl, futex

    private final MsqdSubject msqd;
    private final RunActors actors;
    /** Has the privileges of who made it, unlike the players. */
    private final ExecutorService starter = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    private final Map<Thread, MessageQueues> byPlayer = new ConcurrentHashMap<>();
    private final Map<Path, String> names = new HashMap<>();
    private final int self = Processes.self();
    private final boolean privileged = Processes.effectiveUid() == 0;

    RunSubject(MsqdSubject msqd, Path folder, Path actor) {
        this.msqd = msqd;
        starter.submit(() -> {}); // its thread is as privileged as this one
        try {
            actors = new RunActors(folder, actor, msqd.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "run";
    }

    @Override
    public MessageQueues connect() {
        MessageQueues actor = byPlayer.computeIfAbsent(Thread.currentThread(), player -> start(command()));
        return new ForwardingQueues(actor) {
            @Override
            public MsqidDs msgctl(int msqid, int cmd) {
                return shown(super.msgctl(msqid, cmd));
            }

            @Override
            public Path task() {
                return actor.task();
            }

            @Override
            public void close() {
                // it is used again by the next program
            }
        };
    }

    private MessageQueues start(List<String> command) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return actors.start(command);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, starter).join();
    }

    /** What makes a process be who the calling thread is. */
    private List<String> command() {
        if (!privileged) {
            return List.of(); // all players are the one user
        }
        try {
            String uid = null;
            String gid = null;
            String groups = null;
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
                String[] fields = line.split("\\s+");
                switch (fields[0]) {
                    case "Uid:" -> uid = fields[2];
                    case "Gid:" -> gid = fields[2];
                    case "Groups:" -> groups = String.join(",", List.of(fields).subList(1, fields.length));
                    default -> {}
                }
            }
            String list = groups == null || groups.isEmpty() ? "--clear-groups" : "--groups=" + groups;
            return List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, list);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The kernel's side is one process, this side several. */
    private MsqidDs shown(MsqidDs ds) {
        return ds == null ? null
            : new MsqidDs(ds.msqid(), ds.key(), ds.name(), ds.uid(), ds.gid(), ds.cuid(), ds.cgid(),
                ds.mode(), ds.cbytes(), ds.qnum(), ds.qbytes(), shown(ds.lspid()), shown(ds.lrpid()), ds.stimeSeconds(),
                ds.rtimeSeconds(), ds.ctimeSeconds(), ds.durability(), ds.retention(), ds.fault());
    }

    private int shown(int pid) {
        return byPlayer.values().stream().anyMatch(actor -> actor.pid() == pid) ? self : pid;
    }

    @Override
    public List<MsqidDs> queues(Set<Integer> known) {
        return msqd.queues(known).stream().map(this::shown).toList();
    }

    @Override
    public void remove(int msqid) {
        msqd.remove(msqid);
    }

    @Override
    public int skipId() {
        return msqd.skipId();
    }

    @Override
    public void interrupt(Player player) {
        CaughtSignal.send(player.task());
    }

    @Override
    public boolean servesFromElsewhere() {
        return true;
    }

    /**
     * A program looks asleep in its call already while the call is carried out. It is asleep if the supervisor has nothing to do: all its
     * threads sleep, and its workers where they wait for a call, for each other, or for a queue.
     */
    @Override
    public boolean isQuiet() {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + actors.supervisor() + "/task"))) {
            return tasks.allMatch(this::rests);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean rests(Path task) {
        try {
            String stat = Files.readString(task.resolve("stat"));
            if (stat.charAt(stat.lastIndexOf(')') + 2) != 'S') {
                return false;
            }
            String name =
                names.computeIfAbsent(task, any -> stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')')));
            return !name.matches(WORKERS + "\\d+")
                || RESTING.contains(Files.readString(task.resolve("syscall")).split(" ")[0]);
        } catch (NoSuchFileException e) {
            return true; // it ended
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void limit(SystemLimit limit, long value) {
        msqd.limit(limit, value);
    }

    @Override
    public void close() {
        byPlayer.values().forEach(MessageQueues::close);
        actors.close();
        starter.shutdown();
        msqd.close();
    }
}
