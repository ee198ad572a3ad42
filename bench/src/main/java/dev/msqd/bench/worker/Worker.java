package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A measuring process: does one task with one peer, tells what it found, and ends. Started by {@link WorkerProcess}. */
final class Worker {
    private static final int ORDERS_FROM = 3;

    private Worker() {}

    /** @param arguments task, peer, file of addresses, a line each, {@link Orders} */
    public static void main(String[] arguments) throws IOException {
        Outcome outcome = new Outcome();
        Task.valueOf(arguments[0]).run(
            Peers.valueOf(arguments[1]),
            Files.readAllLines(Path.of(arguments[2])),
            Orders.parse(List.of(arguments).subList(ORDERS_FROM, arguments.length)),
            outcome);
        outcome.print(System.out);
        System.out.flush();
        // What a peer's library left running must not hold us.
        Runtime.getRuntime().halt(0);
    }
}
