package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Shape;
import java.util.List;

/**
 * How much a process does, and how. What a task has no use for, it ignores.
 *
 * @param shape            of the lines
 * @param warmUpMessages   sent before those that count
 * @param messages         that count
 * @param warmUpRoundTrips made before those that count
 * @param roundTrips       that count
 * @param perSecond        intended rate of a paced sender
 * @param settling         sent at that rate, after the warm-up and before those that count
 * @param waiting          clients of a server
 * @param asking           those of them that ask
 */
public record Orders(
    Shape shape,
    long warmUpMessages,
    long messages,
    long warmUpRoundTrips,
    long roundTrips,
    long perSecond,
    long settling,
    int waiting,
    int asking) {

    public static Orders of(Shape shape) {
        return new Orders(shape, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    public Orders withMessages(long warmUp, long counted) {
        return new Orders(shape, warmUp, counted, warmUpRoundTrips, roundTrips, perSecond, settling, waiting, asking);
    }

    public Orders withRoundTrips(long warmUp, long counted) {
        return new Orders(shape, warmUpMessages, messages, warmUp, counted, perSecond, settling, waiting, asking);
    }

    public Orders withRate(long messagesPerSecond, long toSettle) {
        return new Orders(shape, warmUpMessages, messages, warmUpRoundTrips, roundTrips, messagesPerSecond, toSettle,
            waiting, asking);
    }

    public Orders withClients(int all, int thatAsk) {
        return new Orders(shape, warmUpMessages, messages, warmUpRoundTrips, roundTrips, perSecond, settling, all,
            thatAsk);
    }

    /** As arguments. */
    List<String> encode() {
        return List.of(shape.encode(), Long.toString(warmUpMessages), Long.toString(messages),
            Long.toString(warmUpRoundTrips), Long.toString(roundTrips), Long.toString(perSecond),
            Long.toString(settling), Integer.toString(waiting), Integer.toString(asking));
    }

    /** Reads what {@link #encode} gave. */
    static Orders parse(List<String> arguments) {
        return new Orders(Shape.parse(arguments.get(0)), Long.parseLong(arguments.get(1)),
            Long.parseLong(arguments.get(2)), Long.parseLong(arguments.get(3)), Long.parseLong(arguments.get(4)),
            Long.parseLong(arguments.get(5)), Long.parseLong(arguments.get(6)), Integer.parseInt(arguments.get(7)),
            Integer.parseInt(arguments.get(8)));
    }
}
