package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertMentions;
import static dev.msqd.calls.TestSupport.openDescriptors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollerTest {
    private static final Poller.Handler NONE_EXPECTED = (fd, events) -> {
        throw new AssertionError("fd " + fd + ", events " + events);
    };

    @TempDir
    Path directory;
    private Path path;
    private UnixSocket listener;
    private Poller poller;
    private final List<UnixSocket> sockets = new ArrayList<>();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);

    @BeforeEach
    void open() {
        path = directory.resolve("socket");
        listener = UnixSocket.listen(path, 0600);
        poller = new Poller();
    }

    @AfterEach
    void close() {
        poller.close();
        sockets.forEach(UnixSocket::close);
        listener.close();
    }

    /** A connection; returns the accepting side, the other follows it in the list. */
    private UnixSocket connection() {
        UnixSocket client = UnixSocket.connect(path);
        UnixSocket server = listener.accept();
        sockets.add(server);
        sockets.add(client);
        return server;
    }

    private UnixSocket other(UnixSocket socket) {
        return sockets.get(sockets.indexOf(socket) + 1);
    }

    @Test
    void reportsWhatIsReadyAsLongAsItIs() {
        UnixSocket server = connection();
        poller.add(listener.fd(), Poller.IN);
        poller.add(server.fd(), Poller.IN);
        assertEquals(0, poller.poll(0, NONE_EXPECTED));
        assertEquals(0, poller.poll(5, NONE_EXPECTED));
        other(server).send(buffer, 0, 1);
        for (int i = 0; i < 2; i++) {
            assertEquals(1, poller.poll(-1, (fd, events) -> {
                assertEquals(server.fd(), fd);
                assertEquals(Poller.IN, events);
            }));
        }
        server.receive(buffer, 0, 10, new int[0]);
        sockets.add(UnixSocket.connect(path));
        assertEquals(1, poller.poll(Long.MAX_VALUE, (fd, events) -> assertEquals(listener.fd(), fd)));
    }

    @Test
    void reportsAClosedPeerWithoutBeingAsked() {
        UnixSocket server = connection();
        poller.add(server.fd(), Poller.RDHUP);
        other(server).close();
        assertEquals(1, poller.poll(-1, (fd, events) -> {
            assertEquals(Poller.HUP, events & Poller.HUP);
            assertEquals(Poller.RDHUP, events & Poller.RDHUP);
        }));
    }

    @Test
    void modifyChangesWhatIsReported() {
        UnixSocket server = connection();
        poller.add(server.fd(), Poller.IN);
        assertEquals(0, poller.poll(0, NONE_EXPECTED));
        poller.modify(server.fd(), Poller.IN | Poller.OUT);
        assertEquals(1, poller.poll(0, (fd, events) -> assertEquals(Poller.OUT, events)));
        poller.modify(server.fd(), Poller.IN);
        assertEquals(0, poller.poll(0, NONE_EXPECTED));
    }

    @Test
    void removedIsNotReportedEvenIfItWasReadyInTheSameTurn() {
        List<UnixSocket> servers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            UnixSocket server = connection();
            poller.add(server.fd(), Poller.IN);
            other(server).send(buffer, 0, 1);
            servers.add(server);
        }
        Set<Integer> seen = new HashSet<>();
        assertEquals(1, poller.poll(-1, (fd, events) -> {
            seen.add(fd);
            servers.forEach(server -> poller.remove(server.fd()));
        }));
        assertEquals(1, seen.size());
        assertEquals(0, poller.poll(0, NONE_EXPECTED));
    }

    @Test
    void moreThanABatchComesInTurns() {
        int count = 150;
        for (int i = 0; i < count; i++) {
            UnixSocket server = connection();
            poller.add(server.fd(), Poller.IN);
            other(server).send(buffer, 0, 1);
        }
        Set<Integer> seen = new HashSet<>();
        while (seen.size() < count) {
            assertTrue(poller.poll(-1, (fd, events) -> seen.add(fd)) <= 64);
        }
    }

    @Test
    void handlersExceptionComesOutAndTheRestComesAgain() {
        for (int i = 0; i < 2; i++) {
            UnixSocket server = connection();
            poller.add(server.fd(), Poller.IN);
            other(server).send(buffer, 0, 1);
        }
        assertThrows(IllegalStateException.class, () -> poller.poll(-1, (fd, events) -> {
            throw new IllegalStateException();
        }));
        assertEquals(2, poller.poll(-1, (fd, events) -> {}));
    }

    @Test
    void wakeupEndsThePollUnderWayOrTheNext() throws InterruptedException {
        poller.wakeup();
        poller.wakeup();
        assertEquals(0, poller.poll(-1, NONE_EXPECTED));
        for (int i = 0; i < 20; i++) {
            Thread waking = i % 2 == 0 ? new Thread(poller::wakeup) : Thread.ofVirtual().unstarted(poller::wakeup);
            waking.start();
            assertEquals(0, poller.poll(-1, NONE_EXPECTED));
            waking.join();
        }
        assertEquals(0, poller.poll(0, NONE_EXPECTED));
    }

    @Test
    void misuseIsAnError() {
        UnixSocket server = connection();
        poller.add(server.fd(), Poller.IN);
        assertMentions("epoll: add fd " + server.fd(),
            assertErrno(Errno.EEXIST, () -> poller.add(server.fd(), Poller.IN)));
        poller.remove(server.fd());
        assertErrno(Errno.ENOENT, () -> poller.remove(server.fd()));
        assertErrno(Errno.ENOENT, () -> poller.modify(server.fd(), Poller.IN));
        assertErrno(Errno.EBADF, () -> poller.add(-1, Poller.IN));
        int file = LinuxFile.open(directory.resolve("file"), LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        assertErrno(Errno.EPERM, () -> poller.add(file, Poller.IN));
        LinuxFile.close(file);
    }

    @Test
    void closeGivesEverythingBack() {
        int before = openDescriptors();
        Poller other = new Poller();
        assertEquals(before + 2, openDescriptors());
        other.close();
        other.close();
        other.wakeup();
        assertEquals(before, openDescriptors());
        assertErrno(Errno.EBADF, () -> other.poll(0, NONE_EXPECTED));
        assertErrno(Errno.EBADF, () -> other.add(0, Poller.IN));
    }
}
