package dev.msqd.daemon.journal;

import java.util.UUID;

/** What a queue's log says is queued. Reads only; the files must stay until {@link #forEach} is through. One thread at a time. */
public final class Replay {
    private Replay() {}

    /**
     * Reads the log.
     *
     * @throws dev.msqd.calls.ErrnoException a file could not be read. What is in it is never a reason: see {@link #report}.
     */
    public static Replay of(LogStorage storage, UUID queue) {
        throw new UnsupportedOperationException();
    }

    /** Whether there is a complete checkpoint. If not, nothing was ever promised: all else is 0. */
    public boolean isComplete() {
        throw new UnsupportedOperationException();
    }

    /** How many messages are live. */
    public int size() {
        throw new UnsupportedOperationException();
    }

    /** What the checkpoint that holds was begun with. */
    public long incarnation() {
        throw new UnsupportedOperationException();
    }

    /** As given to {@link QueueLog#state} before the last batch. */
    public long lastSend() {
        throw new UnsupportedOperationException();
    }

    /** As given to {@link QueueLog#state} before the last batch. */
    public long lastReceive() {
        throw new UnsupportedOperationException();
    }

    /** Whether the last thing in the log is a clean stop. */
    public boolean cleanStop() {
        throw new UnsupportedOperationException();
    }

    public ReplayReport report() {
        throw new UnsupportedOperationException();
    }

    /** Gives out the live messages by ascending position. */
    public void forEach(LiveMessageHandler handler) {
        throw new UnsupportedOperationException();
    }
}
