package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.ResourceLimit;
import dev.msqd.log.Repair;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A process that may not map another gibibyte, as one whose address space is limited or full. Calls that need more than a queue's first
 * places fail with ENOMEM, as often as they are made, and nothing is lost: the same calls succeed when there is room again.
 */
final class FullAddressSpace {
    private static final int LENGTH = 8 * 1024;
    private static final int MESSAGES = 300;
    /** In the first places there is room for some of them, and not for all. */
    private static final int QBYTES = 4 * 1024 * 1024;
    private static final int ODD = 1;
    private static final int EVEN = 2;
    private static final int WANTED = 3;

    /** Room for what the JVM itself maps meanwhile. */
    private static final long ROOM = 256L << 20;
    private static final int WATCHDOG_SECONDS = 100;

    private final UnsafeBuffer message = new UnsafeBuffer(new byte[LENGTH]);
    private int next;

    private FullAddressSpace() {}

    public static void main(String[] arguments) throws Exception {
        Thread.ofPlatform().daemon().start(FullAddressSpace::endHang);
        new FullAddressSpace().run();
    }

    private static void endHang() {
        try {
            TimeUnit.SECONDS.sleep(WATCHDOG_SECONDS);
        } catch (InterruptedException e) {
            // then now
        }
        System.err.println("hangs");
        Runtime.getRuntime().halt(1);
    }

    private void run() throws Exception {
        try (QueueFixture queue = new QueueFixture(QBYTES); QueueFixture waited = new QueueFixture(QBYTES);
            QueueFixture left = new QueueFixture(QBYTES)) {
            Endpoint free = queue.remoteEndpoint();
            send(free, MESSAGES);
            Endpoint bound = queue.remoteEndpoint();
            receiveNext(bound);
            // One has its message among the first places, the other its pin behind them.
            send(left.remoteEndpoint(), MESSAGES);
            check(left.remoteEndpoint().receiver().take(Selector.any(), LENGTH, 0) == Receiver.TAKEN,
                "nothing to take");
            // By the keepers, too.
            check(queue.messages() == MESSAGES - 1, queue.messages() + " are queued");
            waited.keeper().memory().firstWindow();
            // Mapped now, all of it.
            Endpoint sender = waited.remoteEndpoint();
            sender.memory().firstWindow();
            Endpoint sleeper = waited.remoteEndpoint();

            ResourceLimit.ADDRESS_SPACE.set(ResourceLimit.addressSpaceInUse() + ROOM);
            refuse(queue, bound);
            handOver(sender, sleeper);
            // What can't be mapped keeps nobody else from being settled.
            Repair.Report first = left.keeper().repair(client -> false);
            check(first.slotsFreed() == 1 && first.recordsReturned() == 1, first.toString());
            check(first.failure() != null && first.failure().errno() == Errno.ENOMEM, first.toString());

            ResourceLimit.ADDRESS_SPACE.set(ResourceLimit.UNLIMITED);
            check(bound.sender().send(ODD, message, 0, LENGTH, 0), "the queue is full");
            while (next <= MESSAGES) {
                receiveNext(bound);
            }
            check(bound.receiver().take(Selector.any(), LENGTH, 0) == Receiver.NONE, "there is one more");
            check(queue.messages() == 0 && queue.bytes() == 0, queue.messages() + " messages are left");
            Repair.Report second = left.keeper().repair(client -> false);
            check(second.slotsFreed() == 1 && second.failure() == null, second.toString());
            Endpoint heir = left.remoteEndpoint();
            for (int number = 0; number < MESSAGES; number++) {
                receive(heir, 0, number);
            }
            receive(sleeper, WANTED, MESSAGES);
            for (int number = 0; number < MESSAGES; number++) {
                receive(sleeper, 0, number);
            }
            check(waited.messages() == 0 && waited.bytes() == 0, waited.messages() + " messages are left");
        }
    }

    private void refuse(QueueFixture queue, Endpoint bound) {
        message.putInt(0, MESSAGES);
        // Twice: what failed once has left nothing behind.
        for (int time = 0; time < 2; time++) {
            refused(() -> bound.sender().send(ODD, message, 0, LENGTH, 0));
            refused(() -> bound.receiver().browse(MESSAGES - 2));
            refused(() -> bound.receiver().take(Selector.type(WANTED), LENGTH, 0));
            refused(() -> bound.receiver().take(Selector.upTo(WANTED), LENGTH, 0));
        }
        check(bound.receiver().browse(0) == Receiver.TAKEN, "nothing is queued");
        while (next < MESSAGES && tryReceiveNext(bound)) {
            // on to where it can't
        }
        check(next > 2 && next < MESSAGES, "received " + next + " of those in the first places");
        refused(() -> receiveNext(bound));
        check(queue.messages() == MESSAGES - next, queue.messages() + " are left");
    }

    private boolean tryReceiveNext(Endpoint endpoint) {
        try {
            receiveNext(endpoint);
            return true;
        } catch (ErrnoException e) {
            check(e.errno() == Errno.ENOMEM, e.getMessage());
            return false;
        }
    }

    /** Somebody sleeps, and is handed what lies where he can't reach it. */
    private void handOver(Endpoint from, Endpoint to) throws InterruptedException {
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        Thread sleeper = Thread.ofPlatform().start(() -> {
            try {
                to.receiver().take(Selector.type(WANTED), LENGTH, Long.MAX_VALUE);
            } catch (Throwable e) {
                outcome.set(e);
            }
        });
        QueueFixture.awaitAsleep(to);
        send(from, MESSAGES);
        message.putInt(0, MESSAGES);
        check(from.sender().send(WANTED, message, 0, LENGTH, 0), "the queue is full");
        sleeper.join();
        check(outcome.get() instanceof ErrnoException e && e.errno() == Errno.ENOMEM, "" + outcome.get());
        refused(() -> to.receiver().take(Selector.type(WANTED), LENGTH, 0));
        // Not even one that waits for room, or for what it could reach, loses it.
        refused(() -> to.sender().send(ODD, message, 0, LENGTH, 1));
        refused(() -> to.receiver().take(Selector.type(ODD), LENGTH, 1));
        refused(() -> to.receiver().browse(Selector.any(), MESSAGES, (position, mtype, buffer, offset, length) -> {
        }));
    }

    private void send(Endpoint endpoint, int count) {
        for (int number = 0; number < count; number++) {
            message.putInt(0, number);
            check(endpoint.sender().send(number % 2 == 0 ? EVEN : ODD, message, 0, LENGTH, 0), "the queue is full");
        }
    }

    private void receiveNext(Endpoint endpoint) {
        receive(endpoint, 0, next);
        next++;
    }

    private static void receive(Endpoint endpoint, long msgtyp, int expected) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
        int outcome = endpoint.receiver().receive(Selector.of(msgtyp, false), buffer, 0, LENGTH, 0);
        check(outcome == Receiver.RECEIVED, "no message " + expected);
        check(buffer.getInt(0) == expected, "message " + buffer.getInt(0) + " instead of " + expected);
    }

    private static void refused(Runnable call) {
        try {
            call.run();
        } catch (ErrnoException e) {
            check(e.errno() == Errno.ENOMEM, e.getMessage());
            return;
        }
        throw new AssertionError("not refused");
    }

    private static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
