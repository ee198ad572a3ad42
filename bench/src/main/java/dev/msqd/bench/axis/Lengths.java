package dev.msqd.bench.axis;

/** How lengths of messages are written in settings. */
final class Lengths {
    private Lengths() {}

    static String text(int length) {
        if (length >= 1 << 20) {
            return length / (1 << 20) + " MiB";
        }
        return length >= 1024 ? length / 1024 + " KiB" : length + " B";
    }
}
