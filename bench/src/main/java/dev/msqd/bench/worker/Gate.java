package dev.msqd.bench.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/** Lets all processes of a measurement begin together, and ends them with the harness. One thread passes. */
final class Gate {
    /** What a process says, and its thread behind it, when it has opened its lines. */
    static final String READY = "ready ";
    private static final Path THREAD = Path.of("/proc/thread-self");
    private static final int KILLED = 137;
    /** How often the harness said go. */
    private static final Semaphore GO = new Semaphore(0);
    private static boolean watched;

    private Gate() {}

    /** Tells that the calling thread is ready, and waits until the harness says go. */
    static void pass() throws IOException {
        if (!watched) {
            watched = true;
            Thread.ofPlatform().daemon().name("parent-watch").start(Gate::watch);
        }
        System.out.println(READY + Files.readSymbolicLink(THREAD).getFileName());
        GO.acquireUninterruptibly();
    }

    /** The harness holds the other end: when it ends, however it does, so do we, also in the middle of msgrcv. */
    private static void watch() {
        try {
            while (System.in.read() >= 0) {
                GO.release();
            }
        } catch (IOException e) {
            // the end, one way or the other
        }
        Runtime.getRuntime().halt(KILLED);
    }
}
