package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertExit;
import static dev.msqd.calls.TestSupport.assertLine;
import static dev.msqd.calls.TestSupport.assertMentions;
import static dev.msqd.calls.TestSupport.isRoot;
import static dev.msqd.calls.TestSupport.openDescriptors;
import static dev.msqd.calls.TestSupport.succeeds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnixSocketTest {
    @TempDir
    Path directory;
    private Path path;
    private UnixSocket listener;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);

    @BeforeEach
    void listen() {
        path = directory.resolve("socket");
        listener = UnixSocket.listen(path, 0600);
    }

    @AfterEach
    void close() {
        listener.close();
    }

    private record Pair(UnixSocket client, UnixSocket server) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    private Pair pair() {
        UnixSocket client = UnixSocket.connect(path);
        return new Pair(client, listener.accept());
    }

    private static void send(UnixSocket socket, String text, int... fds) {
        byte[] bytes = text.getBytes();
        socket.send(new UnsafeBuffer(bytes), 0, bytes.length, fds);
    }

    private String receive(UnixSocket socket, int... fdsOut) {
        int length = socket.receive(buffer, 8, 100, fdsOut);
        return length <= 0 ? Integer.toString(length) : buffer.getStringWithoutLengthAscii(8, length);
    }

    @Test
    void packetsArriveWholeAndInOrder() {
        try (Pair pair = pair()) {
            send(pair.client, "one");
            send(pair.client, "two and a half");
            assertEquals("one", receive(pair.server));
            assertEquals("two and a half", receive(pair.server));
            send(pair.server, "back");
            assertEquals("back", receive(pair.client));
        }
    }

    @Test
    void packetsComeFromAndGoToMemoryOfAnyKind() {
        try (Pair pair = pair()) {
            UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
            direct.putLong(24, 0x0102030405060708L);
            pair.client.send(direct, 24, 8);
            assertEquals(8, pair.server.receive(direct, 40, 8, new int[0]));
            assertEquals(0x0102030405060708L, direct.getLong(40));
            assertThrows(IndexOutOfBoundsException.class, () -> pair.client.send(direct, 60, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> pair.server.receive(direct, 60, 8, new int[0]));
        }
    }

    @Test
    void descriptorsArrive() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "content");
        int fd = LinuxFile.open(file, LinuxFile.O_RDWR, 0);
        try (Pair pair = pair()) {
            send(pair.client, "file", fd, fd);
            LinuxFile.close(fd);
            int[] fds = new int[3];
            assertEquals("file", receive(pair.server, fds));
            assertEquals(-1, fds[2]);
            for (int received : Arrays.copyOf(fds, 2)) {
                assertEquals(7, LinuxFile.size(received));
                String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + received)).get(1);
                assertEquals(LinuxFile.O_CLOEXEC,
                    Integer.parseInt(flags.substring(6).trim(), 8) & LinuxFile.O_CLOEXEC, flags);
                LinuxFile.close(received);
            }
            send(pair.client, "none");
            assertEquals("none", receive(pair.server, fds));
            assertArrayEquals(new int[] {-1, -1, -1}, fds);
        }
    }

    @Test
    void descriptorsPassBetweenProcesses() throws Exception {
        int fd = LinuxFile.open(directory.resolve("ours"), LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        LinuxFile.fallocate(fd, 0, Mapping.pageSize());
        Process child = TestSupport.child("descriptors", path.toString());
        UnixSocket server = listener.accept();
        try (Mapping ours = Mapping.shared(fd, 0, Mapping.pageSize(), "ours")) {
            ours.buffer(0, 8).putInt(0, 1234);
            int pidfd = server.peerPidfd();
            send(server, "yours", fd);
            int[] fds = new int[1];
            assertEquals(4, server.receive(buffer, 0, 100, fds));
            assertEquals(child.pid(), buffer.getInt(0));
            assertEquals(child.pid(), server.peer().pid());
            try (Mapping theirs = Mapping.shared(fds[0], 0, Mapping.pageSize(), "theirs")) {
                assertEquals(1235, theirs.buffer(0, 8).getInt(0));
            }
            LinuxFile.close(fds[0]);
            assertFalse(Processes.exited(pidfd));
            server.close();
            assertExit(0, child);
            assertTrue(Processes.exited(pidfd));
            LinuxFile.close(pidfd);
        } finally {
            child.destroyForcibly();
            LinuxFile.close(fd);
        }
    }

    @Test
    void asManyDescriptorsAsPromised() {
        try (Pair pair = pair()) {
            int[] sent = new int[UnixSocket.MAX_FDS];
            Arrays.fill(sent, pair.client.fd());
            int before = openDescriptors();
            send(pair.client, "many", sent);
            int[] fds = new int[UnixSocket.MAX_FDS];
            assertEquals("many", receive(pair.server, fds));
            assertEquals(before + UnixSocket.MAX_FDS, openDescriptors());
            Arrays.stream(fds).forEach(LinuxFile::close);
            assertMentions("253 descriptors in a packet, at most 252", assertThrows(IllegalArgumentException.class,
                () -> send(pair.client, "more", new int[UnixSocket.MAX_FDS + 1])));
        }
    }

    @Test
    void surplusDescriptorsAreClosed() {
        try (Pair pair = pair()) {
            int fd = pair.client.fd();
            int before = openDescriptors();
            send(pair.client, "three", fd, fd, fd);
            int[] one = new int[1];
            assertEquals("three", receive(pair.server, one));
            assertEquals(before + 1, openDescriptors());
            LinuxFile.close(one[0]);
            send(pair.client, "again", fd, fd, fd);
            assertEquals("again", receive(pair.server));
            assertEquals(before, openDescriptors());
        }
    }

    @Test
    void longPacketIsAnErrorAndItsDescriptorsAreClosed() {
        try (Pair pair = pair()) {
            int before = openDescriptors();
            send(pair.client, "x".repeat(101), pair.client.fd());
            send(pair.client, "next");
            int[] fds = new int[1];
            assertMentions("packet longer than 100 bytes",
                assertErrno(Errno.EMSGSIZE, () -> receive(pair.server, fds)));
            assertArrayEquals(new int[] {-1}, fds);
            assertEquals(before, openDescriptors());
            assertEquals("next", receive(pair.server));
        }
    }

    @Test
    void fullDescriptorTableOfTheReceiverIsAnError() throws Exception {
        Process child = TestSupport.child(
            List.of("sh", "-c", "ulimit -n 64 && exec \"$@\"", "sh"), "full-table", path.toString());
        try (UnixSocket server = listener.accept(); BufferedReader lines = child.inputReader()) {
            assertLine("EBADF", lines);
            send(server, "first");
            assertLine("5", lines);
            send(server, "second", server.fd(), server.fd());
            assertLine("EMFILE", lines);
            send(server, "third", server.fd(), server.fd());
            assertLine("5", lines);
            assertExit(0, child);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void emptyPacketsAreRefused() {
        try (Pair pair = pair()) {
            assertThrows(IllegalArgumentException.class, () -> pair.client.send(buffer, 0, 0));
            assertThrows(IllegalArgumentException.class, () -> pair.server.receive(buffer, 0, 0, new int[0]));
        }
    }

    @Test
    void tooLongPacketIsNotSent() {
        try (Pair pair = pair()) {
            UnsafeBuffer large = new UnsafeBuffer(new byte[16 << 20]);
            assertMentions("16777216 bytes",
                assertErrno(Errno.EMSGSIZE, () -> pair.client.send(large, 0, large.capacity())));
            assertErrno(Errno.EBADF, () -> send(pair.client, "x", -1));
        }
    }

    @Test
    void closedPeerShows() {
        try (Pair pair = pair()) {
            send(pair.client, "last words");
            pair.client.close();
            assertTrue(pair.server.awaitReadable(-1));
            assertEquals("last words", receive(pair.server));
            assertEquals("0", receive(pair.server));
            assertMentions(path.toString(), assertErrno(Errno.EPIPE, () -> send(pair.server, "too late")));
        }
        try (Pair pair = pair()) {
            send(pair.server, "unread");
            pair.client.close();
            assertErrno(Errno.ECONNRESET, () -> receive(pair.server));
        }
    }

    @Test
    void connectTellsWhyNot() throws IOException {
        Path missing = directory.resolve("missing");
        assertEquals("ENOENT: connect to " + missing + ": does not exist",
            assertErrno(Errno.ENOENT, () -> UnixSocket.connect(missing)).getMessage());
        listener.close();
        assertMentions(path.toString(), assertErrno(Errno.ECONNREFUSED, () -> UnixSocket.connect(path)));
        assertErrno(Errno.EADDRINUSE, () -> UnixSocket.listen(path, 0600));
        assertErrno(Errno.ENOENT, () -> UnixSocket.listen(missing.resolve("deeper"), 0600));
        int before = openDescriptors();
        assertErrno(Errno.ECONNREFUSED, () -> UnixSocket.connect(path));
        assertEquals(before, openDescriptors());
    }

    @Test
    void fileHasItsModeWhateverTheUmask() throws IOException {
        for (String mode : new String[] {"rw-rw-rw-", "rw-------", "rwx-w----"}) {
            Path socket = directory.resolve("socket-" + mode);
            int bits = 0;
            for (char c : mode.toCharArray()) {
                bits = bits << 1 | (c == '-' ? 0 : 1);
            }
            UnixSocket.listen(socket, bits).close();
            assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        }
    }

    @Test
    void longPathsWork() throws IOException {
        Path deep = directory;
        while (deep.toString().length() < 300) {
            deep = Files.createDirectory(deep.resolve("a-directory-with-a-long-name"));
        }
        Path longPath = deep.resolve("socket");
        int before = openDescriptors();
        try (UnixSocket longListener = UnixSocket.listen(longPath, 0640);
            UnixSocket client = UnixSocket.connect(longPath);
            UnixSocket server = longListener.accept()) {
            assertEquals(before + 3, openDescriptors());
            assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(longPath)));
            send(client, "hello");
            assertEquals("hello", receive(server));
        }
        assertErrno(Errno.ENOENT, () -> UnixSocket.connect(longPath.resolveSibling("missing")));
        Path longName = longPath.resolveSibling("n".repeat(108));
        assertMentions("its last name is longer", assertErrno(Errno.ENAMETOOLONG,
            () -> UnixSocket.listen(longName, 0600)));
        assertEquals(before, openDescriptors());
    }

    @Test
    void lengthsAroundTheLimitOfAnAddressWork() throws IOException {
        int room = 107 - directory.toString().length() - 1;
        for (int extra = -1; extra <= 1; extra++) {
            Path socket = directory.resolve("s".repeat(room + extra));
            try (UnixSocket edge = UnixSocket.listen(socket, 0600); UnixSocket client = UnixSocket.connect(socket)) {
                edge.accept().close();
                assertTrue(Files.exists(socket), socket.toString());
                assertEquals("0", receive(client));
            }
        }
    }

    @Test
    void nonBlockingCallsReturn() {
        listener.nonBlocking(true);
        assertNull(listener.accept());
        try (Pair pair = pair()) {
            pair.server.nonBlocking(true);
            assertEquals("-1", receive(pair.server));
            pair.server.nonBlocking(false);
            send(pair.client, "x");
            assertEquals("x", receive(pair.server));
            pair.server.nonBlocking(true);
            UnsafeBuffer large = new UnsafeBuffer(new byte[32 << 10]);
            assertErrno(Errno.EAGAIN, () -> {
                while (true) {
                    pair.server.send(large, 0, large.capacity());
                }
            });
            pair.client.close();
            assertErrno(Errno.ECONNRESET, () -> send(pair.server, "x")); // once: it did not read what was sent
            assertErrno(Errno.EPIPE, () -> send(pair.server, "x"));
        }
    }

    @Test
    void awaitReadableTellsInTime() {
        try (Pair pair = pair()) {
            assertFalse(pair.server.awaitReadable(0));
            long beginNs = System.nanoTime();
            assertFalse(pair.server.awaitReadable(30));
            assertTrue(System.nanoTime() - beginNs >= 29_000_000);
            send(pair.client, "x");
            assertTrue(pair.server.awaitReadable(0));
            assertTrue(pair.server.awaitReadable(Long.MAX_VALUE));
            assertFalse(listener.awaitReadable(0));
            try (UnixSocket waiting = UnixSocket.connect(path)) {
                assertTrue(listener.awaitReadable(-1));
                listener.accept().close();
                assertEquals("0", receive(waiting));
            }
        }
    }

    /** What a call on a socket that another thread closes has come to. */
    private static String outcome(Supplier<Object> call) {
        try {
            return String.valueOf(call.get());
        } catch (ErrnoException e) {
            return e.errnoName();
        }
    }

    @Test
    void closeEndsCallsUnderWay() throws InterruptedException {
        boolean received = false;
        for (int round = 0; !received; round++) { // until the receiver was asleep in time
            try (Pair pair = pair()) {
                BlockingQueue<String> ends = new ArrayBlockingQueue<>(2);
                Thread receiving = new Thread(() -> ends.add(outcome(() -> receive(pair.server))));
                Thread waiting = new Thread(() -> assertTrue(pair.client.awaitReadable(-1)));
                receiving.start();
                waiting.start();
                Thread.sleep(round);
                pair.server.close();
                receiving.join();
                waiting.join();
                String end = ends.take();
                received = end.equals("0");
                assertTrue(received || end.equals("EBADF"), end);
                assertErrno(Errno.EBADF, () -> receive(pair.server));
                assertErrno(Errno.EBADF, () -> send(pair.server, "x"));
                assertErrno(Errno.EBADF, () -> pair.server.awaitReadable(0));
                assertErrno(Errno.EBADF, pair.server::peer);
            }
        }
    }

    @Test
    void closeEndsAnAccept() throws InterruptedException {
        BlockingQueue<String> ends = new ArrayBlockingQueue<>(1);
        Thread accepting = new Thread(() -> ends.add(outcome(listener::accept)));
        accepting.start();
        Thread.sleep(50); // asleep by then, most likely; the outcome is the same if not
        listener.close();
        assertEquals("EBADF", ends.take());
        listener.close();
    }

    @Test
    void closingUnderManyCallsNeverLeaksOrCrossesDescriptors() throws InterruptedException {
        int before = openDescriptors();
        for (int round = 0; round < 200; round++) {
            Pair pair = pair();
            Thread[] users = new Thread[3];
            for (int i = 0; i < users.length; i++) {
                users[i] = new Thread(() -> {
                    try {
                        while (true) {
                            pair.server.awaitReadable(0);
                        }
                    } catch (ErrnoException e) {
                        assertEquals(Errno.EBADF, e.errno());
                    }
                });
                users[i].start();
            }
            pair.server.close();
            pair.client.close();
            for (Thread user : users) {
                user.join();
            }
        }
        assertEquals(before, openDescriptors());
    }

    @Test
    void peerIsKnownOnBothSides() {
        try (Pair pair = pair()) {
            for (UnixSocket socket : new UnixSocket[] {pair.client, pair.server}) {
                PeerCredentials peer = socket.peer();
                assertEquals(ProcessHandle.current().pid(), peer.pid());
                assertEquals(Processes.effectiveUid(), peer.uid());
                assertEquals(Processes.effectiveGid(), peer.gid());
                int pidfd = socket.peerPidfd();
                assertFalse(Processes.exited(pidfd));
                LinuxFile.close(pidfd);
            }
        }
    }

    private static final String PERL_CLIENT = """
        use Socket;
        socket(S, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!";
        connect(S, pack_sockaddr_un($ARGV[0])) or die "connect: $!";
        syswrite(S, $ARGV[1]) // die "write: $!";
        sysread(S, my $answer, 100);
        """;

    @Test
    void peerOfAnotherUserIsKnownWithItsGroups() throws Exception {
        assumeTrue(isRoot() && succeeds("setpriv", "--version") && succeeds("perl", "-MSocket", "-e", "1"),
            "needs root, setpriv(1) and perl(1)");
        Path open = Files.createTempDirectory(Path.of("/tmp"), "msqd-test");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        String groups = IntStream.rangeClosed(1001, 1200).mapToObj(Integer::toString).collect(Collectors.joining(","));
        Path socket = open.resolve("socket");
        try (UnixSocket openListener = UnixSocket.listen(socket, 0666)) {
            Process child = TestSupport.start("setpriv", "--reuid=65534", "--regid=65533", "--groups=" + groups,
                "perl", "-e", PERL_CLIENT, socket.toString(), "hi");
            try (UnixSocket server = openListener.accept()) {
                assertEquals("hi", receive(server));
                PeerCredentials peer = server.peer();
                assertEquals(child.pid(), peer.pid());
                assertEquals(65534, peer.uid());
                assertEquals(65533, peer.gid());
                assertArrayEquals(IntStream.rangeClosed(1001, 1200).toArray(), peer.groups());
                assertTrue(peer.inGroup(65533) && peer.inGroup(1001) && peer.inGroup(1200));
                assertFalse(peer.inGroup(0) || peer.inGroup(1201));
                assertEquals(0, Processes.effectiveCapabilities(peer.pid()));
            }
            assertExit(0, child);
        } finally {
            Files.delete(socket);
            Files.delete(open);
        }
    }

    @Test
    void foreignEmptyPacketLooksLikeTheEnd() throws Exception {
        assumeTrue(succeeds("perl", "-MSocket", "-e", "1"), "needs perl(1)");
        Process child = TestSupport.start("perl", "-e", PERL_CLIENT, path.toString(), "");
        try (UnixSocket server = listener.accept()) {
            assertEquals("0", receive(server));
        }
        assertExit(0, child);
    }

    @Test
    void goneProcessHasAnEndedPidfdOrNone() throws Exception {
        assumeTrue(succeeds("perl", "-MSocket", "-e", "1"), "needs perl(1)");
        Process child = TestSupport.start("perl", "-e", PERL_CLIENT, path.toString(), "hi");
        try (UnixSocket server = listener.accept()) {
            assertEquals("hi", receive(server));
            child.destroyForcibly().waitFor();
            int pidfd = server.peerPidfd();
            if (pidfd >= 0) {
                assertTrue(Processes.exited(pidfd));
                LinuxFile.close(pidfd);
            } else {
                assertEquals(-1, pidfd);
            }
        }
    }
}
