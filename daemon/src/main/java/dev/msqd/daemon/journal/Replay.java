package dev.msqd.daemon.journal;

import java.util.UUID;

/**
 * What a queue's log says is queued. Reads only; the files must stay until {@link #forEach} is through. One thread at
 * a time.
 */
public final class Replay {
    private final LogStorage storage;
    private final LiveMessages messages;

    private Replay(LogStorage storage, LiveMessages messages) {
        this.storage = storage;
        this.messages = messages;
    }

    /**
     * Reads the log.
     *
     * @throws dev.msqd.calls.ErrnoException a file could not be read. What is in it is never a reason: see {@link
     *     #report}.
     */
    public static Replay of(LogStorage storage, UUID queue) {
        LogChain chain = LogChain.ofReplay(storage, queue);
        LiveMessages messages = new LiveMessages(chain.files().isEmpty() ? 0 : chain.files().getLast().replayFrom());
        LogReader.read(storage, chain, messages);
        messages.settle();
        return new Replay(storage, messages);
    }

    /** Whether there is a complete checkpoint. If not, nothing was ever promised: all else is 0. */
    public boolean isComplete() {
        return messages.complete;
    }

    /** How many messages are live. */
    public int size() {
        return messages.live.size();
    }

    /** What the checkpoint that holds was begun with. */
    public long incarnation() {
        return messages.incarnation;
    }

    /** As given to {@link QueueLog#state} before the last batch. */
    public long lastSend() {
        return messages.lastSend;
    }

    /** As given to {@link QueueLog#state} before the last batch. */
    public long lastReceive() {
        return messages.lastReceive;
    }

    /** Whether the last thing in the log is a clean stop. */
    public boolean cleanStop() {
        return messages.cleanStop;
    }

    public ReplayReport report() {
        return messages.report();
    }

    /** Gives out the live messages by ascending position. */
    public void forEach(LiveMessageHandler handler) {
        PayloadReader payloads = new PayloadReader(storage);
        for (int index = 0; index < size(); index++) {
            payloads.read(messages.live.position(index), messages.live.place(index), handler);
        }
    }
}
