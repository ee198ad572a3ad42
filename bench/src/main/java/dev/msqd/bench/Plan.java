package dev.msqd.bench;

import picocli.CommandLine.Option;

/** How much the two processes of a round do. The same options for the harness and, handed on, for its processes. */
final class Plan {
    @Option(names = "--messages", defaultValue = "5000000", paramLabel = "N",
        description = "messages of the one-way measurement (${DEFAULT-VALUE})")
    private long messages;

    @Option(names = "--warm-up-messages", defaultValue = "2000000", paramLabel = "N",
        description = "messages sent before them, not counted (${DEFAULT-VALUE})")
    private long warmUpMessages;

    @Option(names = "--round-trips", defaultValue = "100000", paramLabel = "N",
        description = "round trips that are measured (${DEFAULT-VALUE})")
    private long roundTrips;

    @Option(names = "--warm-up-round-trips", defaultValue = "50000", paramLabel = "N",
        description = "round trips before them, not counted (${DEFAULT-VALUE})")
    private long warmUpRoundTrips;

    long messages() {
        return messages;
    }

    long warmUpMessages() {
        return warmUpMessages;
    }

    long roundTrips() {
        return roundTrips;
    }

    long warmUpRoundTrips() {
        return warmUpRoundTrips;
    }

    /** What is wrong with it, or null. */
    String fault() {
        // A rate is the time from the first message to the last: it takes two.
        if (messages < 2) {
            return "--messages " + messages + ": at least 2";
        }
        if (roundTrips < 1) {
            return "--round-trips " + roundTrips + ": at least 1";
        }
        return warmUpMessages < 0 || warmUpRoundTrips < 0 ? "a warm-up can't be negative" : null;
    }

    /** The options that say this. */
    String[] options() {
        return new String[] {
            "--messages=" + messages,
            "--warm-up-messages=" + warmUpMessages,
            "--round-trips=" + roundTrips,
            "--warm-up-round-trips=" + warmUpRoundTrips
        };
    }
}
