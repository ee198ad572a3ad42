package dev.msqd.daemon.durability;

/** What became of a message. */
final class Fate {
    private final long id;
    private final Step send;
    private volatile Step receive;

    Fate(long id, Step send) {
        this.id = id;
        this.send = send;
    }

    long id() {
        return id;
    }

    Step send() {
        return send;
    }

    /** Null while nobody has received it. */
    Step receive() {
        return receive;
    }

    void receivedBy(Step step) {
        receive = step;
    }

    boolean mayBeReceived(int cut) {
        Step step = receive;
        return step != null && !step.isAfter(cut);
    }

    boolean isReceivedBy(int flushed) {
        Step step = receive;
        return step != null && step.isDoneBy(flushed);
    }

    @Override
    public String toString() {
        return "message " + Payload.sequence(id) + " of sender " + Payload.sender(id) + ", sent " + send
            + (receive == null ? "" : ", received " + receive);
    }
}
