package dev.msqd.bench.worker;

import dev.msqd.bench.peer.End;
import dev.msqd.bench.peer.Line;
import dev.msqd.bench.peer.Peers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a measuring process may do. Each opens its lines itself: which of them it sends to is its own matter. */
enum Task {
    /** The near process of an {@link Exchange}. Addresses: there and back. */
    ASK {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            try (Line there = peer.peer().open(addresses.get(0), End.SENDS, orders.shape());
                Line back = peer.peer().open(addresses.get(1), End.RECEIVES, orders.shape())) {
                Gate.pass();
                new Exchange(there, back, orders, outcome).ask();
            }
        }
    },

    /** The far process of an {@link Exchange}. Addresses: there and back. */
    ANSWER {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            try (Line there = peer.peer().open(addresses.get(0), End.RECEIVES, orders.shape());
                Line back = peer.peer().open(addresses.get(1), End.SENDS, orders.shape())) {
                Gate.pass();
                new Exchange(there, back, orders, outcome).answer();
            }
        }
    },

    /** Sends at a rate. Address: the line. */
    SEND_PACED {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            try (Line line = peer.peer().open(addresses.getFirst(), End.SENDS, orders.shape())) {
                Gate.pass();
                Paced.send(line, orders);
            }
        }
    },

    /** Receives what is sent at a rate. Address: the line. */
    RECEIVE_PACED {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            try (Line line = peer.peer().open(addresses.getFirst(), End.RECEIVES, orders.shape())) {
                Gate.pass();
                Paced.receive(line, orders, outcome);
            }
        }
    },

    /** One of the senders of a {@link Streaming}. Addresses: of each queue. */
    SEND {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            stream(peer, addresses, End.SENDS, orders, lines -> Streaming.send(lines, orders));
        }
    },

    /** The same, which stops once more after the warm-up. */
    SEND_IN_TWO {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            stream(peer, addresses, End.SENDS, orders, lines -> Streaming.sendInTwo(lines, orders));
        }
    },

    /** One of the receivers of a {@link Streaming}. Addresses: of each queue. */
    RECEIVE {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            stream(peer, addresses, End.RECEIVES, orders, lines -> Streaming.receive(lines, orders, outcome));
        }
    },

    /** Times each of many sends, alone. Address: the line. */
    SEND_TIMED {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            try (Line receiving = peer.peer().open(addresses.getFirst(), End.RECEIVES, orders.shape());
                Line sending = peer.peer().open(addresses.getFirst(), End.SENDS, orders.shape())) {
                Gate.pass();
                SendTimes.measure(sending, receiving, orders, outcome);
            }
        }
    },

    /** Two senders at once, in bursts. Address: the line. */
    BURSTS {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            Bursts.measure(peer.peer(), addresses.getFirst(), orders, outcome);
        }
    },

    /** The server of {@link Answers}. Addresses: requests and answers. */
    SERVE {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            Gate.pass();
            Answers.serve(peer, addresses, orders, outcome);
        }
    },

    /** All clients of {@link Answers}. Addresses: requests and answers. */
    WAIT_FOR_ANSWERS {
        @Override
        void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException {
            List<Thread> clients = Answers.clients(peer, addresses, orders);
            // The asking ones are the first: they begin last, so that they find the others waiting.
            clients.reversed().forEach(Thread::start);
            Gate.pass();
            try {
                for (Thread client : clients) {
                    client.join();
                }
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
    };

    abstract void run(Peers peer, List<String> addresses, Orders orders, Outcome outcome) throws IOException;

    /** What is done with all lines together. */
    private interface Streams {
        void run(List<Line> lines) throws IOException;
    }

    private static void stream(Peers peer, List<String> addresses, End end, Orders orders, Streams streams)
        throws IOException {
        List<Line> lines = new ArrayList<>();
        for (String address : addresses) {
            lines.add(peer.peer().open(address, end, orders.shape()));
        }
        try {
            Gate.pass();
            streams.run(lines);
        } finally {
            lines.forEach(Line::close);
        }
    }
}
