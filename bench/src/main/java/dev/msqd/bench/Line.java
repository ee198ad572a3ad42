package dev.msqd.bench;

/**
 * One direction between two processes: messages of {@link Peer#MESSAGE_LENGTH} bytes that begin with a number. One
 * thread at each end.
 */
interface Line {
    /** Waits for room. */
    void send(long number);

    /** Waits for a message: its number. */
    long receive();

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
    static IllegalStateException damaged(long length) {
        return new IllegalStateException("received " + length + " bytes instead of " + Peer.MESSAGE_LENGTH);
    }
}
