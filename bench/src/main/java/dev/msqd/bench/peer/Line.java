package dev.msqd.bench.peer;

/**
 * One end of a way between processes. A message begins with its number; sending copies it out of a buffer of the caller's and receiving
 * copies it into one, for every peer, because that is what msgsnd and msgrcv do. One thread.
 */
public interface Line extends AutoCloseable {
    /** {@link #tryReceive}: no message. */
    long NONE = -1;

    /** Sends without waiting; false if there is no room now. */
    boolean trySend(long number);

    /** Receives without waiting: the message's number, or {@link #NONE}. */
    long tryReceive();

    /** Sends, and waits for room. */
    default void send(long number) {
        while (!trySend(number)) {
            Idle.once();
        }
    }

    /** Receives, and waits for a message: its number. */
    default long receive() {
        long number = tryReceive();
        while (number == NONE) {
            Idle.once();
            number = tryReceive();
        }
        return number;
    }

    /**
     * Receives what is there, at most so many: peers that hand out several messages at a call do that here, as their users would.
     *
     * @return how many
     */
    default int poll(Sink sink, int limit) {
        long number = tryReceive();
        if (number == NONE) {
            return 0;
        }
        sink.accept(number);
        return 1;
    }

    /** Takes what was received by {@link #poll}. */
    @FunctionalInterface
    interface Sink {
        void accept(long number);
    }

    /**
     * Receives the message that must come next.
     *
     * @throws IllegalStateException when another comes
     */
    default void receive(long expected) {
        long number = receive();
        if (number != expected) {
            throw new IllegalStateException("received message " + number + " instead of " + expected);
        }
    }

    /** For a message whose length is not what was sent. */
    static IllegalStateException damaged(long length, int expected) {
        return new IllegalStateException("received " + length + " bytes instead of " + expected);
    }

    @Override
    void close();
}
