package dev.msqd.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The peers do what the benchmarks take for granted. */
@Timeout(120)
class PeerTest {
    /** Enough for every peer to come to the end of its memory several times. */
    private static final int MESSAGES = 30_000;
    /** What a POSIX queue holds by default. */
    private static final int BATCH = 10;

    private static Site site;

    @BeforeAll
    static void beginSite() throws IOException {
        site = new Site(null);
    }

    @AfterAll
    static void endSite() {
        site.close();
    }

    /** Those that carry whole messages between lines of one process. A socket's end waits for the other one's connection. */
    static Set<Peers> carriers() {
        return EnumSet.of(Peers.MSQD, Peers.MSQD_CLAIM, Peers.KERNEL, Peers.POSIX_MQ, Peers.PIPE, Peers.AGRONA,
            Peers.AERON,
            Peers.CHRONICLE, Peers.BARE_RING);
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void messagesComeOutInOrder(Peers peer) throws IOException {
        Shape shape = Shape.of(64, true).withCapacity(64 << 10);
        assumePossible(peer, shape);
        try (Link link = peer.peer().make(site, shape);
            Line receiving = peer.peer().open(link.address(), End.RECEIVES, shape);
            Line sending = peer.peer().open(link.address(), End.SENDS, shape)) {
            for (long number = 0; number < MESSAGES; number += BATCH) {
                for (int i = 0; i < BATCH; i++) {
                    sending.send(number + i);
                }
                for (int i = 0; i < BATCH; i++) {
                    receiving.receive(number + i);
                }
            }
            assertEquals(Line.NONE, receiving.tryReceive());
        }
    }

    @ParameterizedTest
    @MethodSource("carriers")
    void longMessagesComeOut(Peers peer) throws IOException {
        Shape shape = Shape.of(8192, true);
        assumePossible(peer, shape);
        try (Link link = peer.peer().make(site, shape);
            Line receiving = peer.peer().open(link.address(), End.RECEIVES, shape);
            Line sending = peer.peer().open(link.address(), End.SENDS, shape)) {
            for (long number = 0; number < 500; number++) {
                sending.send(number);
                receiving.receive(number);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AGRONA", "AERON", "MSQD", "BARE_RING"})
    void pollingTakesWhatIsThere(Peers peer) throws IOException {
        Shape shape = Shape.of(64, true);
        try (Link link = peer.peer().make(site, shape);
            Line receiving = peer.peer().open(link.address(), End.RECEIVES, shape);
            Line sending = peer.peer().open(link.address(), End.SENDS, shape)) {
            for (long number = 1; number <= 100; number++) {
                sending.send(number);
            }
            long[] sum = new long[1];
            int taken = 0;
            while (taken < 100) {
                int now = receiving.poll(number -> sum[0] += number, 7);
                assertTrue(now <= 7, now + " of 7");
                taken += now;
            }
            assertEquals(100, taken);
            assertEquals(5050, sum[0]);
        }
    }

    /** The limits carry one message at a time; what they are asked for besides is refused. */
    @ParameterizedTest
    @EnumSource(names = {"CACHE_LINE", "FUTEX"})
    void limitsCarryOneAtATime(Peers peer) throws IOException {
        Shape shape = Shape.of(64, false);
        try (Link link = peer.peer().make(site, shape);
            Line receiving = peer.peer().open(link.address(), End.RECEIVES, shape);
            Line sending = peer.peer().open(link.address(), End.SENDS, shape)) {
            for (int turn = 0; turn < 100; turn++) {
                sending.send(turn / 2); // the same number twice is two messages
                receiving.receive((long) turn / 2);
                assertEquals(Line.NONE, receiving.tryReceive());
            }
        }
    }

    @Test
    void wrongMessageIsNoticed() throws IOException {
        Shape shape = Shape.of(64, true);
        try (Link link = Peers.MSQD.peer().make(site, shape);
            Line line = Peers.MSQD.peer().open(link.address(), End.SENDS, shape)) {
            line.send(7);
            assertThrows(IllegalStateException.class, () -> line.receive(0L), "7 instead of 0");
        }
    }

    @Test
    void queuesHoldWhatTheyShould() throws IOException {
        Shape shape = Shape.of(64, true).withCapacity(16 << 10);
        for (Peers peer : EnumSet.of(Peers.MSQD, Peers.KERNEL)) {
            try (Link link = peer.peer().make(site, shape);
                Line line = peer.peer().open(link.address(), End.SENDS, shape)) {
                int sent = 0;
                while (line.trySend(sent)) {
                    sent++;
                }
                // R21; without CAP_SYS_RESOURCE the kernel's queue may hold less.
                assertTrue(peer == Peers.KERNEL ? sent <= 256 && sent > 0 : sent == 256, peer + " held " + sent);
            }
        }
    }

    @Test
    void shapesSurviveTheirJourney() {
        Shape shape = Shape.of(8192, false).withCapacity(123_456);
        assertEquals(shape, Shape.parse(shape.encode()));
    }

    private static void assumePossible(Peers peer, Shape shape) throws IOException {
        String hindrance = peer.peer().hindrance(site, shape);
        Assumptions.assumeTrue(hindrance == null, hindrance);
    }
}
