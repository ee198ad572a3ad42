package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Mailbox;
import dev.msqd.bench.peer.Peers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server and many clients, each of which waits for answers to it alone: requests go through one queue, answers through another, with the
 * client's number as their type. Some clients ask and are answered, again and again; the others only wait. If a send woke more
 * than the one that it is for, or looked at all who wait, the rate would fall with their number.
 */
final class Answers {
    /** Of the server: answers a second. */
    static final String RATE = "rate";

    /** An answer that says: stop. */
    private static final long STOP = -1;
    private static final long REQUEST = 1;
    private static final long MTYPE_ABOVE_CLIENT = 1;
    private static final int STACK_LENGTH = 256 << 10;

    private final Mailbox requests;
    private final Mailbox answers;

    private Answers(Mailbox requests, Mailbox answers) {
        this.requests = requests;
        this.answers = answers;
    }

    /** Answers so many times as there are messages in the orders, then tells all to stop. */
    static void serve(Peers peer, List<String> addresses, Orders orders, Outcome outcome) {
        Answers server = new Answers(Mailbox.open(peer, addresses.get(0)), Mailbox.open(peer, addresses.get(1)));
        server.serve(orders.warmUpMessages());
        long startNs = System.nanoTime();
        server.serve(orders.messages());
        outcome.put(RATE, (double) orders.messages() * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNs));
        server.stop(orders.asking(), orders.waiting());
    }

    /** Opens all clients' ends, then lets them wait and ask until they are told to stop. */
    static List<Thread> clients(Peers peer, List<String> addresses, Orders orders) {
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < orders.waiting(); client++) {
            int number = client;
            Mailbox answers = Mailbox.open(peer, addresses.get(1));
            Mailbox requests = client < orders.asking() ? Mailbox.open(peer, addresses.get(0)) : null;
            threads.add(
                new Thread(null, () -> new Answers(requests, answers).ask(number), "client-" + client, STACK_LENGTH));
        }
        return threads;
    }

    private void serve(long count) {
        for (long i = 0; i < count; i++) {
            long client = requests.receive(0);
            answers.send(client + MTYPE_ABOVE_CLIENT, client);
        }
    }

    private void stop(int asking, int waiting) {
        for (int client = 0; client < asking; client++) {
            answers.send(requests.receive(0) + MTYPE_ABOVE_CLIENT, STOP);
        }
        for (int client = asking; client < waiting; client++) {
            answers.send(client + MTYPE_ABOVE_CLIENT, STOP);
        }
    }

    private void ask(int client) {
        long answer;
        do {
            if (requests != null) {
                requests.send(REQUEST, client);
            }
            answer = answers.receive(client + MTYPE_ABOVE_CLIENT);
            if (answer != STOP && answer != client) {
                throw new IllegalStateException("client " + client + " got the answer of client " + answer);
            }
        } while (answer != STOP);
    }
}
