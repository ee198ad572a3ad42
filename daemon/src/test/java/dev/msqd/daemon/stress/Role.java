package dev.msqd.daemon.stress;

/** What one thread of a client does: it sends to a queue, or receives from it. Numbers are never used again in a storm. */
record Role(boolean sends, String queue, int number, Manner manner) {
    Role(boolean sends, String queue, int number) {
        this(sends, queue, number, Manner.VARIED);
    }

    static Role parse(String text) {
        String[] parts = text.split(":");
        return new Role(parts[0].equals("send"), parts[1], Integer.parseInt(parts[2]), Manner.valueOf(parts[3]));
    }

    @Override
    public String toString() {
        return (sends ? "send:" : "receive:") + queue + ":" + number + ":" + manner;
    }
}
