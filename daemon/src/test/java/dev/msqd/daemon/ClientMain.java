package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.control.ControlClient;
import dev.msqd.client.control.StatKind;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.Arrays;

/** A client as a process; the second argument says what it does, standard output tells the test how it went. */
final class ClientMain {
    private ClientMain() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        switch (args[1]) {
            case "take" -> take(directory, args[2]);
            case "receive" -> receive(directory, args[2]);
            case "judge" -> judge(directory, Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException(args[1]);
        }
    }

    /** Takes a message and is killed, or goes on, before it has given it back. */
    private static void take(Path directory, String name) throws Exception {
        try (Msqd msqd = Msqd.connect(directory); MessageQueue queue = msqd.open(msqd.get(name, 0))) {
            queue.tryReceive(Selector.any(), (mtype, buffer, offset, length) -> {
                System.out.println("taken " + mtype);
                try {
                    System.in.read();
                } catch (java.io.IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        System.out.println("left");
    }

    /** Receives a message of at most 100 bytes. */
    private static void receive(Path directory, String name) {
        try (Msqd msqd = Msqd.connect(directory); MessageQueue queue = msqd.open(msqd.get(name, 0))) {
            System.out.println("ready");
            queue.receive(Selector.any(), new byte[100], 0, 100);
            System.out.println("received " + queue.receivedType());
        }
    }

    /** Says what the daemon takes this process for, and what it may do with a queue. */
    private static void judge(Path directory, int msqid) throws Exception {
        try (ControlClient client = ControlClient.connect(directory)) {
            var self = client.hello().credentials();
            System.out.println("uid " + self.uid() + " gid " + self.gid() + " groups "
                + Arrays.toString(self.peer().groups()) + " capabilities " + Long.toHexString(self.capabilities()));
            tell("attach", () -> client.attach(msqid));
            tell("stat", () -> client.stat(msqid, StatKind.STAT));
            tell("stat any", () -> client.stat(msqid & 0x7fff, StatKind.STAT_ANY));
            tell("get", () -> client.get(0x77, "", 0400, QueueOptions.none()));
            tell("get without mode", () -> client.get(0x77, "", 0, QueueOptions.none()));
            tell("set", () -> client.set(msqid, QueueSettings.none().withMode(0600)));
            tell("raise", () -> client.get(0, "", 0600, QueueOptions.ofQbytes(1L << 40)));
            tell("remove", () -> client.remove(msqid));
        }
    }

    private static void tell(String what, Runnable action) {
        String result;
        try {
            action.run();
            result = "ok";
        } catch (ErrnoException e) {
            result = e.errnoName();
        }
        System.out.println(what + ": " + result);
    }
}
