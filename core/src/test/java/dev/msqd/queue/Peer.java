package dev.msqd.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;

/** An endpoint whose calls suit a test: messages are texts, and what is received reads {@code "7:text"}. */
final class Peer {
    static final String E2BIG = "E2BIG";

    private static final long FOREVER = Long.MAX_VALUE;

    final Endpoint endpoint;

    Peer(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    boolean trySend(long mtype, String text) {
        return send(mtype, text, 0);
    }

    boolean send(long mtype, String text) {
        return send(mtype, text, FOREVER);
    }

    boolean send(long mtype, String text, long timeoutNs) {
        byte[] bytes = text.getBytes(US_ASCII);
        return endpoint.sender().send(mtype, new UnsafeBuffer(bytes), 0, bytes.length, timeoutNs);
    }

    /** Null if there is none now. */
    String tryReceive(Selector selector) {
        return receive(selector, Integer.MAX_VALUE, 0);
    }

    String receive(Selector selector) {
        return receive(selector, Integer.MAX_VALUE, FOREVER);
    }

    /** Null if there was none in that time, {@link #E2BIG} if it was longer than that. */
    String receive(Selector selector, int maxLength, long timeoutNs) {
        Receiver receiver = endpoint.receiver();
        int taken = receiver.take(selector, maxLength, timeoutNs);
        if (taken == Receiver.NONE) {
            return null;
        }
        if (taken == Receiver.TOO_LONG) {
            return E2BIG;
        }
        String message = message();
        assertTrue(receiver.consume());
        return message;
    }

    /** The message that is taken or was browsed. */
    String message() {
        Receiver receiver = endpoint.receiver();
        byte[] bytes = new byte[receiver.length()];
        receiver.buffer().getBytes(receiver.offset(), bytes);
        return receiver.mtype() + ":" + new String(bytes, US_ASCII);
    }

    AsyncCall<String> startReceive(Selector selector) {
        return startReceive(selector, Integer.MAX_VALUE);
    }

    AsyncCall<String> startReceive(Selector selector, int maxLength) {
        return AsyncCall.start(() -> receive(selector, maxLength, FOREVER));
    }

    AsyncCall<Boolean> startSend(long mtype, String text) {
        return AsyncCall.start(() -> send(mtype, text));
    }

    /** Waits until the call sleeps; the waiter word that it sleeps with. */
    long awaitAsleep() throws InterruptedException {
        return QueueFixture.awaitAsleep(endpoint);
    }

    boolean isAsleep() {
        return QueueFixture.isAsleep(endpoint);
    }

    /** The waiter word as it is now. */
    long waiterWord() {
        return endpoint.slot().waiterWord();
    }
}
