package dev.msqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The peers do what the benchmarks take for granted. */
@Timeout(120)
class PeerTest {
    /** Enough for every peer to come to the end of its segment or ring several times. */
    private static final int BATCHES = 200;

    static Stream<Peer> peers() {
        return Stream.of(new MsqdPeer(), new AgronaPeer(), new KernelPeer(), new ChroniclePeer());
    }

    static Stream<Peer> peersWithLimit() {
        return Stream.of(new MsqdPeer(), new KernelPeer());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void batchesComeOutInOrder(Peer peer) throws IOException {
        begin(peer);
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < HotEnqueueBenchmark.BATCH; i++) {
                peer.sendNext();
            }
            peer.receiveAll();
            assertEquals(Peer.NONE, peer.receive());
        }
        end(peer);
    }

    @Test
    void claimedMessagesComeOutInOrder() throws IOException {
        MsqdPeer peer = new MsqdPeer();
        peer.setUp();
        for (int i = 0; i < BATCHES * HotEnqueueBenchmark.BATCH; i++) {
            peer.accepted(peer.sendClaimed(peer.next()));
            peer.receiveNext();
        }
        peer.tearDown();
    }

    @ParameterizedTest
    @MethodSource("peersWithLimit")
    void queuesHoldEquallyMuch(Peer peer) throws IOException {
        peer.setUp();
        for (int i = 0; i < Peer.QBYTES / Peer.MESSAGE_LENGTH; i++) {
            assertTrue(peer.send(i));
        }
        assertFalse(peer.send(-2)); // R21
        peer.tearDown();
    }

    @Test
    void wrongMessageIsNoticed() throws IOException {
        MsqdPeer peer = new MsqdPeer();
        peer.setUp();
        assertThrows(IllegalStateException.class, peer::receiveNext, "none");
        peer.send(7);
        assertThrows(IllegalStateException.class, peer::receiveNext, "7 instead of 0");
        peer.tearDown();
    }

    private static void begin(Peer peer) throws IOException {
        peer.setUp();
        if (peer instanceof ChroniclePeer log) {
            log.beginLog();
        }
    }

    private static void end(Peer peer) throws IOException {
        if (peer instanceof ChroniclePeer log) {
            log.deleteLog();
        }
        peer.tearDown();
    }
}
