package dev.msqd.bench.jmh;

import dev.msqd.bench.peer.End;
import dev.msqd.bench.peer.Line;
import dev.msqd.bench.peer.Link;
import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.peer.Site;
import java.io.IOException;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A peer with both ends in one thread. Messages are numbered, and each that is received is checked to be the next one. Every
 * iteration begins a new, empty way, because what a log keeps would fill the disk.
 */
@State(Scope.Thread)
public class OneThread {
    /** Messages between two times at which all are received: what Linux's default msgmnb holds twice. */
    static final int BATCH = 128;

    @Param({"MSQD", "MSQD_CLAIM", "KERNEL", "AGRONA", "CHRONICLE", "BARE_RING", "MEMCPY"})
    public Peers peer;

    @Param("64")
    public int length;

    private Site site;
    private Link link;
    private Line sending;
    private Line receiving;
    private long sent;
    private long received;

    @Setup(Level.Trial)
    public void begin() throws IOException {
        site = new Site(null);
    }

    @TearDown(Level.Trial)
    public void end() {
        site.close();
    }

    @Setup(Level.Iteration)
    public void open() throws IOException {
        // As much memory as a new queue of msqd has: all walk through the same. A ring needs room for headers, too.
        Shape shape = Shape.of(length, true).withCapacity(Math.max(256 << 10, 2L * BATCH * length));
        link = peer.peer().make(site, shape);
        receiving = peer.peer().open(link.address(), End.RECEIVES, shape);
        sending = peer.peer().open(link.address(), End.SENDS, shape);
        sent = 0;
        received = 0;
        // What is made at the first message is not what is measured.
        sendNext();
        receiveNext();
    }

    @TearDown(Level.Iteration)
    public void close() throws IOException {
        sending.close();
        receiving.close();
        link.close();
    }

    final void sendNext() {
        if (!sending.trySend(sent)) {
            throw new IllegalStateException("message " + sent + " was refused when " + received + " were received");
        }
        sent++;
    }

    final void receiveNext() {
        receiving.receive(received);
        received++;
    }

    final void receiveAll() {
        while (received < sent) {
            receiveNext();
        }
    }
}
