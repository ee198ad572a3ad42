package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.daemon.durability.device.Fault;
import dev.msqd.daemon.durability.device.LoggedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A device that fails while there is work: some write or flush, once or from then on, until it is well again. */
final class Faults {
    private static final int MAX_AFTER = 60;
    private static final int MAX_COUNT = 30;
    private static final long UNWELL_MS = 150;

    private final SplittableRandom random;

    Faults(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** One round of work, with faults. Afterwards the device is well, and, if the file system had given up, mounted anew. */
    void run(LoggedDevice device, Workload workload, Subject.Service service) throws Exception {
        AtomicBoolean working = new AtomicBoolean(true);
        Exception[] failure = new Exception[1];
        Thread breaker = Thread.ofPlatform().name("faults").start(() -> {
            try {
                while (working.get()) {
                    Fault fault = new Fault(random.nextBoolean() ? Fault.Kind.WRITE : Fault.Kind.FLUSH,
                        random.nextInt(MAX_AFTER), random.nextBoolean() ? 1 : random.nextInt(1, MAX_COUNT));
                    device.fail(fault);
                    TimeUnit.MILLISECONDS.sleep(random.nextLong(UNWELL_MS));
                    device.heal();
                    TimeUnit.MILLISECONDS.sleep(random.nextLong(UNWELL_MS));
                }
            } catch (IOException | InterruptedException e) {
                failure[0] = e;
            }
        });
        try {
            workload.run(service);
        } finally {
            working.set(false);
            breaker.join();
        }
        if (failure[0] != null) {
            throw failure[0];
        }
        if (!takesWrites(device.path())) {
            service.restart(Subject.End.KILLED, device::remount);
            assertTrue(takesWrites(device.path()), "the file system takes no writes when it is mounted anew");
        }
    }

    private static boolean takesWrites(Path folder) {
        Path probe = folder.resolve("probe");
        try (FileChannel channel =
            FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1));
            channel.force(true);
            Files.delete(probe);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
