package dev.msqd.bench.peer;

import dev.msqd.bench.machine.Jvm;
import dev.msqd.bench.machine.Resources;
import dev.msqd.client.Msqd;
import io.aeron.driver.MediaDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.IoUtil;

/**
 * Where the peers are: a folder in shared memory, one on disk, msqd's daemon, Aeron's driver. What is not asked for is not
 * started; all is gone when it is closed. Any thread.
 */
public final class Site implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String KERNEL_SOURCE = "/dev/msqd/bench/kernel.c";
    private static final String PREFIX = "msqd-bench-";
    private static final int USUAL_MSGMAX = 64 << 10;
    private static final int LARGE_MSGMAX = 64 << 20;

    private final Resources resources = new Resources();
    private final Path memory;
    private final Path disk;
    private final Map<Integer, Path> msqdDirectories = new HashMap<>();
    private final Map<Integer, Msqd> msqds = new HashMap<>();
    private Path aeron;
    private Path kernelProgram;
    private boolean compiled;
    private int paths;

    /** @param onDisk where folders are made and deleted, if a peer needs the disk; null for the usual place */
    public Site(Path onDisk) throws IOException {
        memory = folder(SHARED_MEMORY);
        disk = folder(onDisk == null ? usualDisk() : onDisk);
    }

    public Path sharedMemory() {
        return memory;
    }

    /** For files that are to survive: not in memory. */
    public Path disk() {
        return disk;
    }

    /** Nothing is there yet. */
    public Path newPath(String prefix) {
        return memory.resolve(name(prefix));
    }

    /** Nothing is there yet. */
    public Path newPathOnDisk(String prefix) {
        return disk.resolve(name(prefix));
    }

    /**
     * A daemon for messages of that length, in this process: none passes through it. Longer messages have one of their own, because a
     * larger msgmax makes longer segments.
     */
    public synchronized Msqd msqd(int length) {
        return msqds.computeIfAbsent(msgmax(length),
            msgmax -> resources.add(Msqd.embedded(msqdDirectory(msgmax))));
    }

    /** Its data directory. */
    public synchronized Path msqdDirectory(int length) {
        return msqdDirectories.computeIfAbsent(msgmax(length),
            msgmax -> newDataDirectory(newPath("hot-"), "msgmax=" + msgmax));
    }

    /** A data directory for a daemon whose queues may hold any number of bytes. */
    public Path newDataDirectory(Path hotDirectory, String... settings) {
        try {
            Path data = Files.createDirectory(newPathOnDisk("data-"));
            Files.writeString(data.resolve("msqd.properties"),
                "hot.dir=" + hotDirectory + "\nmsgmnb=" + Integer.MAX_VALUE
                    + "\n" + String.join("\n", settings) + "\n");
            return data;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The program of the kernel's queue in C; null if it can't be compiled here. */
    public synchronized Path kernelProgram() throws IOException {
        if (!compiled) {
            compiled = true;
            Path source = newPath("kernel-");
            try (InputStream text = Site.class.getResourceAsStream(KERNEL_SOURCE)) {
                Files.copy(text, source);
            }
            Path program = newPath("kernel-");
            kernelProgram = compile(source, program) ? program : null;
        }
        return kernelProgram;
    }

    /** The directory of Aeron's media driver, which runs in a process of its own with what its makers chose, on any processor. */
    synchronized Path aeronDirectory() throws IOException {
        if (aeron == null) {
            aeron = newPath("aeron-");
            Process driver = new ProcessBuilder(Jvm.command(List.of(),
                List.of("-Daeron.dir=" + aeron, "-Daeron.threading.mode=SHARED", "-Daeron.print.configuration=false"),
                MediaDriver.class, List.of())).redirectOutput(Redirect.DISCARD).redirectError(Redirect.INHERIT).start();
            resources.add(() -> {
                driver.destroy();
                driver.onExit().join();
            });
        }
        return aeron;
    }

    /** A new way; gone with the site at the latest, because the kernel's queues would outlive an interrupted run. */
    public Link make(Peer peer, Shape shape) throws IOException {
        return resources.add(peer.make(this, shape));
    }

    /** Takes away what {@link #make(Peer, Shape)} made. */
    public void remove(Link link) throws IOException {
        resources.remove(link);
        link.close();
    }

    @Override
    public void close() {
        resources.close();
    }

    private static boolean compile(Path source, Path program) {
        try {
            return new ProcessBuilder("cc", "-O2", "-x", "c", "-o", program.toString(), source.toString())
                .inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false; // there is none
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized String name(String prefix) {
        return prefix + ProcessHandle.current().pid() + "-" + ++paths;
    }

    private Path folder(Path parent) throws IOException {
        Path folder = Files.createTempDirectory(parent, PREFIX);
        resources.add(() -> IoUtil.delete(folder.toFile(), true));
        return folder;
    }

    private static int msgmax(int length) {
        return length <= USUAL_MSGMAX ? USUAL_MSGMAX : LARGE_MSGMAX;
    }

    /** The first usual place for temporary files that is not in memory. */
    private static Path usualDisk() throws IOException {
        for (String place : List.of(System.getProperty("java.io.tmpdir"), "/var/tmp", System.getProperty("user.dir"))) {
            Path path = Path.of(place);
            if (Files.isWritable(path) && !Files.getFileStore(path).type().matches("tmpfs|ramfs|overlay")) {
                return path;
            }
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }
}
