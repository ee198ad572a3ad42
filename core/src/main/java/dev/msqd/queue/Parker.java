package dev.msqd.queue;

import dev.msqd.calls.Futex;
import dev.msqd.log.Slot;
import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Puts a thread to sleep on its slot's waiter word, and lets {@code Thread.interrupt} end the sleep. One owner thread.
 *
 * <p>A thread in a native call is not woken by an interrupt. A selector's begin and end are: the interrupting thread then calls
 * {@link Interruption#wakeup}, which nudges the word. A virtual thread would keep its carrier in the call, so a platform thread
 * sleeps in its place.
 */
final class Parker {
    /** Nobody sleeps longer without looking for himself: whatever goes wrong with a wake-up ends here. */
    static final long MAX_SLEEP_NS = TimeUnit.SECONDS.toNanos(1);

    private final Slot slot;
    private final SystemLimits system;
    private final Interruption interruption = new Interruption();

    Parker(Slot slot, SystemLimits system) {
        this.slot = slot;
        this.system = system;
    }

    /** Sleeps while the word is {@code waiting}; ends early at will. */
    void sleep(long waiting, long timeoutNs) {
        sleep(slot.futexAddress(), (int) waiting, timeoutNs);
    }

    /** Sleeps while the word at {@code address}, the slot's or the bell, holds {@code expected}; ends early at will. */
    void sleep(long address, int expected, long timeoutNs) {
        long sleepNs = Math.min(timeoutNs, MAX_SLEEP_NS);
        sleep(() -> Futex.await(address, expected, sleepNs));
    }

    /** The same, for a wake-up that names one of {@code bits}. */
    void sleep(long address, int expected, int bits, long timeoutNs) {
        long sleepNs = Math.min(timeoutNs, MAX_SLEEP_NS);
        sleep(() -> Futex.await(address, expected, sleepNs, bits));
    }

    private void sleep(Runnable sleeping) {
        if (Thread.currentThread().isVirtual()) {
            sleepByProxy(sleeping);
            return;
        }
        interruption.enter();
        try {
            sleeping.run();
        } finally {
            interruption.leave();
        }
    }

    /** Wakes whoever sleeps on a slot's word. */
    static void wake(Slot sleeper) {
        Futex.wake(sleeper.futexAddress(), 1);
    }

    private void sleepByProxy(Runnable sleeping) {
        CompletableFuture<Void> slept = CompletableFuture.runAsync(sleeping, Proxies.EXECUTOR);
        try {
            slept.get();
        } catch (InterruptedException e) {
            nudge();
            slept.join();
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Makes the thread look again, from another thread. */
    void nudge() {
        Waiters.nudge(slot);
        wake(slot);
        system.ring();
    }

    private static final class Proxies {
        static final Executor EXECUTOR = Executors
            .newCachedThreadPool(Thread.ofPlatform().daemon().name("msqd-sleeper-", 0).factory());
    }

    /** Only the interruptible part of a selector is used. */
    private final class Interruption extends AbstractSelector {
        Interruption() {
            super(null);
        }

        void enter() {
            begin();
        }

        void leave() {
            end();
        }

        @Override
        public Selector wakeup() {
            nudge();
            return this;
        }

        @Override
        protected void implCloseSelector() throws IOException {
            // there is nothing to close
        }

        @Override
        protected java.nio.channels.SelectionKey register(java.nio.channels.spi.AbstractSelectableChannel channel,
            int ops,
            Object attachment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public int selectNow() {
            return 0;
        }

        @Override
        public int select(long timeout) {
            return 0;
        }

        @Override
        public int select() {
            return 0;
        }
    }
}
