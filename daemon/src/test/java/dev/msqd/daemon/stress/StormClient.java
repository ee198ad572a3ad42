package dev.msqd.daemon.stress;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.ObjLongConsumer;

/** A client of a storm: {@code dataDirectory ledger paceNs role...}; a thread a role, until told to stop. Receivers rest longer, so that queues fill. */
final class StormClient {
    /** The owners of a right to do without locked operations have it again meanwhile. */
    private static final long LONGEST_REST_NS = 30_000_000;
    /** Messages. */
    private static final int LONGEST_VISIT = 4;

    private StormClient() {}

    public static void main(String[] args) throws Exception {
        Path data = Path.of(args[0]);
        long paceNs = Long.parseLong(args[2]);
        try (Ledger ledger = new Ledger(Path.of(args[1])); Msqd msqd = connect(data)) {
            List<Thread> threads = new ArrayList<>();
            for (int index = 3; index < args.length; index++) {
                Role role = Role.parse(args[index]);
                threads.add(Thread.ofPlatform().start(() -> run(msqd, ledger, role, paceNs)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    /** Waits for a daemon that may just be dead. */
    static Msqd connect(Path data) throws InterruptedException {
        while (true) {
            try {
                return Msqd.connect(data);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    private static void run(Msqd msqd, Ledger ledger, Role role, long paceNs) {
        try {
            if (role.sends()) {
                StormSender sender = new StormSender(ledger, role, paceNs);
                work(msqd, role, sender::run, sender::isOver);
                ledger.left(role.number());
            } else {
                StormReceiver receiver = new StormReceiver(ledger, role, paceNs * 3 / 2);
                work(msqd, role, receiver::run, receiver::isOver);
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void work(Msqd msqd, Role role, ObjLongConsumer<MessageQueue> work, BooleanSupplier isOver) {
        if (role.manner() != Manner.VISITING) {
            try (MessageQueue queue = open(msqd, role.queue())) {
                work.accept(queue, Long.MAX_VALUE);
            }
            return;
        }
        Random random = new Random(role.number());
        while (!isOver.getAsBoolean()) {
            LockSupport.parkNanos(random.nextLong(LONGEST_REST_NS));
            try (MessageQueue queue = open(msqd, role.queue())) {
                work.accept(queue, 1 + random.nextInt(LONGEST_VISIT));
            }
        }
    }

    /** A daemon that is killed again and again may keep a request waiting for longer than one does. */
    private static MessageQueue open(Msqd msqd, String queue) {
        while (true) {
            try {
                return msqd.open(msqd.resolve(queue));
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
            }
        }
    }
}
