package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertExit;
import static dev.msqd.calls.TestSupport.assertLine;
import static dev.msqd.calls.TestSupport.assertMentions;
import static dev.msqd.calls.TestSupport.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FutexTest {
    private static final long HOUR_NS = 3_600_000_000_000L;

    @TempDir
    Path directory;
    private Path file;
    private int fd;
    private Mapping mapping;
    private UnsafeBuffer words;

    @BeforeEach
    void map() {
        file = directory.resolve("words");
        fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        LinuxFile.fallocate(fd, 0, Mapping.pageSize());
        mapping = Mapping.shared(fd, 0, Mapping.pageSize(), "words");
        words = mapping.buffer(0, Mapping.pageSize());
    }

    @AfterEach
    void unmap() {
        mapping.close();
        LinuxFile.close(fd);
    }

    @Test
    void anotherValueIsSeenAtOnce() {
        words.putInt(0, -5);
        assertEquals(Errno.EAGAIN, Futex.await(mapping.address(), -6, HOUR_NS));
        assertEquals(Errno.EAGAIN, Futex.await(mapping.address(), 0, 0));
    }

    @Test
    void timeoutsEnd() {
        words.putInt(0, -5);
        long beginNs = System.nanoTime();
        assertEquals(Errno.ETIMEDOUT, Futex.await(mapping.address(), -5, 30_000_000));
        assertTrue(System.nanoTime() - beginNs >= 30_000_000);
        assertEquals(Errno.ETIMEDOUT, Futex.await(mapping.address(), -5, 0));
        assertEquals(Errno.ETIMEDOUT, Futex.await(mapping.address(), -5, Long.MIN_VALUE));
        beginNs = System.nanoTime();
        assertEquals(Errno.ETIMEDOUT, Futex.await(mapping.address(), -5, 30_000_000, 1));
        assertTrue(System.nanoTime() - beginNs >= 30_000_000);
        assertEquals(Errno.ETIMEDOUT, Futex.await(mapping.address(), -5, Long.MIN_VALUE, 1));
        assertEquals(Errno.EAGAIN, Futex.await(mapping.address(), -6, HOUR_NS, 1));
    }

    @Test
    void badAddressesAndCountsAreErrors() {
        assertMentions("0x10", assertErrno(Errno.EFAULT, () -> Futex.await(16, 0, 1)));
        assertErrno(Errno.EINVAL, () -> Futex.await(mapping.address() + 1, 0, 1));
        assertMentions("0x10", assertErrno(Errno.EFAULT, () -> Futex.wake(16, 1)));
        assertErrno(Errno.EINVAL, () -> Futex.wake(mapping.address() + 1, 1));
        assertErrno(Errno.EINVAL, () -> Futex.wake(mapping.address(), 0));
        assertMentions("0x10", assertErrno(Errno.EFAULT, () -> Futex.await(16, 0, 1, 1)));
        assertErrno(Errno.EINVAL, () -> Futex.await(mapping.address(), 0, 1, 0));
        assertMentions("0x10", assertErrno(Errno.EFAULT, () -> Futex.wakeOnly(16, 1)));
    }

    @Test
    void wakingNobodyWakesNone() {
        assertEquals(0, Futex.wake(mapping.address(), Integer.MAX_VALUE));
    }

    @Test
    void wakesAtMostAsManyAsAskedFor() throws InterruptedException {
        BlockingQueue<Integer> results = new ArrayBlockingQueue<>(3);
        Thread[] sleepers = new Thread[3];
        for (int i = 0; i < sleepers.length; i++) {
            sleepers[i] = new Thread(() -> results.add(Futex.await(mapping.address(), 0, HOUR_NS)));
            sleepers[i].start();
        }
        awaitTrue(() -> Futex.wake(mapping.address(), 1) == 1);
        assertEquals(0, results.take());
        int[] more = {0};
        awaitTrue(() -> {
            more[0] += Futex.wake(mapping.address(), Integer.MAX_VALUE);
            return more[0] == 2;
        });
        for (Thread sleeper : sleepers) {
            sleeper.join();
        }
        assertEquals(2, results.size());
    }

    @Test
    void wakesOnlyThoseWhoNamedABit() throws InterruptedException {
        BlockingQueue<Integer> woken = new ArrayBlockingQueue<>(4);
        for (int bits : new int[] {1, 6, Integer.MIN_VALUE}) {
            new Thread(() -> {
                Futex.await(mapping.address(), 0, HOUR_NS, bits);
                woken.add(bits);
            }).start();
        }
        new Thread(() -> {
            Futex.await(mapping.address(), 0, HOUR_NS);
            woken.add(-1);
        }).start();
        awaitTrue(() -> Futex.wakeOnly(mapping.address(), 8) == 1);
        assertEquals(-1, woken.take(), "who names none is woken by any");
        awaitTrue(() -> Futex.wakeOnly(mapping.address(), 12) == 1);
        assertEquals(6, woken.take());
        awaitTrue(() -> Futex.wakeOnly(mapping.address(), Integer.MIN_VALUE) == 1);
        assertEquals(Integer.MIN_VALUE, woken.take());
        awaitTrue(() -> Futex.wake(mapping.address(), Integer.MAX_VALUE) == 1);
        assertEquals(1, woken.take());
    }

    @Test
    void wordIsTheSameThroughAnotherMapping() throws InterruptedException {
        try (Mapping other = Mapping.shared(fd, 0, Mapping.pageSize(), "other")) {
            Thread sleeper = new Thread(() -> Futex.await(other.address() + 64, 0, HOUR_NS));
            sleeper.start();
            awaitTrue(() -> Futex.wake(mapping.address() + 64, 1) == 1);
            sleeper.join();
        }
    }

    @Test
    void collectorDoesNotWaitForASleeper() throws InterruptedException {
        Thread sleeper = new Thread(() -> {
            while (words.getIntVolatile(0) == 0) {
                Futex.await(mapping.address(), 0, HOUR_NS);
            }
        });
        sleeper.start();
        Thread.sleep(50);
        long before = collections();
        System.gc();
        assertTrue(collections() > before);
        assertTrue(sleeper.isAlive());
        words.putIntVolatile(0, 1);
        Futex.wake(mapping.address(), 1);
        sleeper.join();
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(b -> b.getCollectionCount()).sum();
    }

    @Test
    void virtualThreadsWakeAndMayAlsoWait() throws InterruptedException {
        Thread sleeper = new Thread(() -> Futex.await(mapping.address(), 0, HOUR_NS));
        sleeper.start();
        Thread waking = Thread.startVirtualThread(() -> {
            while (Futex.wake(mapping.address(), 1) == 0) {
                Thread.yield();
            }
        });
        waking.join();
        sleeper.join();
        BlockingQueue<Integer> result = new ArrayBlockingQueue<>(1);
        Thread.startVirtualThread(() -> result.add(Futex.await(mapping.address(), 0, 1_000_000)));
        assertEquals(Errno.ETIMEDOUT, result.take());
    }

    @Test
    void steadyUseMakesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 2_000 && allocated >= 5_000; round++) { // until the compiler is through with it
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 5_000; i++) {
                Futex.await(mapping.address(), 1, HOUR_NS);
                Futex.wake(mapping.address(), 1);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertTrue(allocated < 5_000, "bytes in 10000 calls: " + allocated);
    }

    @Test
    void anotherProcessSleepsAndWakes() throws Exception {
        Process child = TestSupport.child("futex", file.toString());
        try (BufferedReader lines = child.inputReader()) {
            assertLine("ready", lines);
            awaitTrue(() -> Futex.wake(mapping.address(), 1) == 1); // asleep now, as the word tells it to be
            Thread.sleep(20);
            words.putIntVolatile(0, 4711);
            Futex.wake(mapping.address(), 1);
            while (words.getIntVolatile(Integer.BYTES) == 0) {
                Futex.await(mapping.address() + Integer.BYTES, 0, HOUR_NS);
            }
            assertEquals(4711, words.getInt(Integer.BYTES));
            String woken = lines.readLine();
            assertTrue(woken.equals("woken 1") || woken.equals("woken 2"), woken);
            assertExit(0, child);
        } finally {
            child.destroyForcibly();
        }
    }
}
