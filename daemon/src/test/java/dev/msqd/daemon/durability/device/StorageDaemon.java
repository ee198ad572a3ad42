package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A qemu-storage-daemon that exports a device of its making as a file. */
final class StorageDaemon implements AutoCloseable {
    private static final String FUSE_MAJOR_MINOR = "10 229";
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    private static final long END_TIMEOUT_S = 20;

    private final Process process;
    private final Path export;

    private StorageDaemon(Process process, Path export) {
        this.process = process;
        this.export = export;
    }

    /**
     * Starts one.
     *
     * @param export the file that becomes the device
     * @param node   the name of the block device to export
     * @param length of the device, in bytes
     */
    static StorageDaemon start(Path export, String node, long length, List<String> arguments)
        throws IOException {
        Program.require("qemu-storage-daemon", "qemu-system-common");
        Path fuse = Path.of("/dev/fuse");
        if (Files.notExists(fuse)) {
            Program.run("sh", "-c", "mknod " + fuse + " c " + FUSE_MAJOR_MINOR);
        }
        Files.createFile(export);
        List<String> command = new ArrayList<>(List.of("qemu-storage-daemon"));
        command.addAll(arguments);
        command.addAll(List.of("--export",
            "type=fuse,id=device,node-name=" + node + ",mountpoint=" + export + ",writable=on"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        StorageDaemon daemon = new StorageDaemon(process, export);
        for (long startNs = System.nanoTime(); Files.size(export) != length;) {
            if (!process.isAlive() || System.nanoTime() - startNs > START_TIMEOUT_NS) {
                process.destroy();
                throw new IOException(String.join(" ", command) + ": "
                    + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return daemon;
    }

    Path export() {
        return export;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.onExit().orTimeout(END_TIMEOUT_S, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            process.destroyForcibly().onExit().join();
        }
    }
}
