package dev.msqd.bench.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets all processes of a measurement begin together, and ends them with the harness. */
final class Gate {
    /** What a process says, and its thread behind it, when it has opened its lines. */
    static final String READY = "ready ";
    private static final Path THREAD = Path.of("/proc/thread-self");
    private static final int KILLED = 137;

    private Gate() {}

    /** Tells that the calling thread is ready, and waits until the harness says go. */
    static void pass() throws IOException {
        System.out.println(READY + Files.readSymbolicLink(THREAD).getFileName());
        if (System.in.read() < 0) {
            Runtime.getRuntime().halt(KILLED);
        }
        // The harness holds the other end: when it ends, however it does, so do we, also in the middle of msgrcv.
        Thread.ofPlatform().daemon().name("parent-watch").start(() -> {
            try {
                System.in.skipNBytes(Long.MAX_VALUE);
            } catch (IOException e) {
                // the end, one way or the other
            }
            Runtime.getRuntime().halt(KILLED);
        });
    }
}
