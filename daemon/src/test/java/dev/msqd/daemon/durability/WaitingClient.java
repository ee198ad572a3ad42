package dev.msqd.daemon.durability;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A process that waits, {@code dataDirectory seconds}: for a message that does not come, for room that does not come, so many
 * seconds each; for messages that come, for ever. Says on standard output what came of it, and what time it is.
 */
final class WaitingClient {
    private static final byte[] MESSAGE = new byte[Long.BYTES];

    private WaitingClient() {}

    public static void main(String[] args) throws Exception {
        long seconds = Long.parseLong(args[1]);
        Msqd msqd = Msqd.connect(Path.of(args[0]));
        Thread.ofPlatform().start(() -> {
            try (MessageQueue queue = msqd.open(msqd.resolve("empty"))) {
                long beginNs = System.nanoTime();
                say("waiting for a message");
                int length = queue.receive(Selector.any(), new byte[8], 0, 8, seconds, TimeUnit.SECONDS);
                say("received " + length + " after " + (System.nanoTime() - beginNs));
            }
        });
        Thread.ofPlatform().start(() -> {
            try (MessageQueue queue = msqd.open(msqd.resolve("full"))) {
                long beginNs = System.nanoTime();
                say("waiting for room");
                boolean sent = queue.send(1, MESSAGE, 0, MESSAGE.length, seconds, TimeUnit.SECONDS);
                say("sent " + sent + " after " + (System.nanoTime() - beginNs));
            }
        });
        Thread.ofPlatform().daemon().start(() -> {
            byte[] buffer = new byte[8];
            try (MessageQueue queue = msqd.open(msqd.resolve("steady"))) {
                say("waiting for ever");
                while (true) {
                    queue.receive(Selector.any(), buffer, 0, buffer.length);
                    say("got " + buffer[0]);
                }
            }
        });
        while (System.in.read() >= 0) {
            say("time " + System.currentTimeMillis());
        }
        System.exit(0); // with threads that wait
    }

    private static synchronized void say(String what) {
        System.out.println(what);
        System.out.flush();
    }
}
