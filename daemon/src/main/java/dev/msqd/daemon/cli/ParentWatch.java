package dev.msqd.daemon.cli;

import java.io.IOException;

/** Lets a process end with the one that started it: that one holds the other end of our stdin. */
final class ParentWatch {
    private ParentWatch() {}

    /** Runs the action in a thread of its own when stdin ends. */
    static void onEnd(Runnable action) {
        Thread.ofPlatform().daemon().name("parent-watch").start(() -> {
            try {
                System.in.skipNBytes(Long.MAX_VALUE);
            } catch (IOException e) {
                // the end, one way or the other
            }
            action.run();
        });
    }
}
