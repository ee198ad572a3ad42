package dev.msqd.bench.peer;

import java.io.IOException;

/** A way for messages from process to process. Any thread. */
public interface Peer {
    /** What reports call it. */
    String label();

    /** Why it can't carry such messages on this machine, in words for the report; null if it can. */
    default String hindrance(Site site, Shape shape) throws IOException {
        return null;
    }

    /** A program that is measured instead of a JVM; it takes the same arguments, and does only exchanges. Null for a JVM. */
    default String program(Site site) throws IOException {
        return null;
    }

    /** Makes a new, empty way for one or more senders and receivers. In the harness. */
    Link make(Site site, Shape shape) throws IOException;

    /**
     * Opens one end. In whichever process is measured; the line is for one thread.
     *
     * @param address of a {@link Link} made for the same shape
     */
    Line open(String address, End end, Shape shape) throws IOException;
}
