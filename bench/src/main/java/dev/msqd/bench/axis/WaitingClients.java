package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Mailbox;
import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Orders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A server that answers some of many clients, each of which waits for answers of its own type. */
public final class WaitingClients implements Axis {
    static final String NAME = "waiting-clients";
    static final String RATE = "thousand answers/s";

    private static final List<Peers> PEERS = List.of(Peers.MSQD, Peers.KERNEL);
    private static final int ASKING = 10;
    private static final double THOUSAND = 1e3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Many waiting clients";
    }

    @Override
    public String method(Scale scale) {
        return "Two JVMs, not pinned: a server, and all clients, a thread each. " + ASKING
            + " of them ask and wait for an answer of their"
            + " own type, again and again; the others only wait. " + answers(scale)
            + " answers after half as many of warm-up.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (int clients : scale.choose(List.of(20), List.<Integer>of(), List.of(ASKING, 100, 1_000))) {
            String setting = String.format(Locale.ROOT, "%,d clients", clients);
            for (Peers peer : PEERS) {
                Orders orders =
                    Orders.of(Shape.of(Mailbox.LENGTH, false)).withMessages(answers(scale) / 2, answers(scale))
                        .withClients(clients, ASKING);
                trials.add(new Trial(setting, peer.label(), crew -> List.of(
                    Reading.of(setting, peer.label(), RATE, crew.answers(peer, orders) / THOUSAND))));
            }
        }
        return trials;
    }

    private static long answers(Scale scale) {
        return scale.choose(500L, 400_000L, 1_000_000L);
    }
}
