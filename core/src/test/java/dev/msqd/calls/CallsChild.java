package dev.msqd.calls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The other process of a test; the first argument says what it does, standard output tells the test how far it is. */
final class CallsChild {
    static final long FAR_LENGTH = 16L << 30;

    private CallsChild() {}

    public static void main(String[] args) throws Exception {
        Path path = Path.of(args[1]);
        switch (args[0]) {
            case "futex" -> futex(path);
            case "descriptors" -> descriptors(path);
            case "full-table" -> fullTable(path);
            case "close-at-data-limit" -> closeAtDataLimit(path);
            case "close-at-address-limit" -> closeAtAddressLimit(path);
            case "capabilities" -> capabilities(args);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** Sleeps until word 0 is no longer 0, then stores what it found in word 1 and wakes who sleeps there. */
    private static void futex(Path path) {
        int fd = LinuxFile.open(path, LinuxFile.O_RDWR, 0);
        try (Mapping mapping = Mapping.shared(fd, 0, Mapping.pageSize(), "word")) {
            UnsafeBuffer words = mapping.buffer(0, Mapping.pageSize());
            say("ready");
            int wakeUps = 0;
            while (words.getIntVolatile(0) == 0) {
                if (Futex.await(mapping.address(), 0, 3_600_000_000_000L) == 0) {
                    wakeUps++;
                }
            }
            words.putIntVolatile(Integer.BYTES, words.getIntVolatile(0));
            Futex.wake(mapping.address() + Integer.BYTES, Integer.MAX_VALUE);
            say("woken " + wakeUps);
        }
    }

    /** Connects, takes a descriptor, reads its first word, and sends a descriptor of its own back. */
    private static void descriptors(Path path) {
        try (UnixSocket socket = UnixSocket.connect(path)) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
            int[] fds = new int[1];
            socket.receive(buffer, 0, 64, fds);
            try (Mapping theirs = Mapping.shared(fds[0], 0, Mapping.pageSize(), "theirs")) {
                UnsafeBuffer words = theirs.buffer(0, Mapping.pageSize());
                int mine = LinuxFile.open(path.resolveSibling("childs"), LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
                LinuxFile.fallocate(mine, 0, Mapping.pageSize());
                try (Mapping own = Mapping.shared(mine, 0, Mapping.pageSize(), "own")) {
                    own.buffer(0, Mapping.pageSize()).putInt(0, words.getInt(0) + 1);
                }
                buffer.putInt(0, Processes.self());
                socket.send(buffer, 0, Integer.BYTES, mine);
            }
            socket.receive(buffer, 0, 64, fds); // returns when the test closes
        }
    }

    /** Receives a packet with descriptors while the process has no room for any, then one without. */
    private static void fullTable(Path path) {
        try (UnixSocket socket = UnixSocket.connect(path)) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
            List<Integer> filling = new ArrayList<>();
            int[] fds = new int[4];
            attempt(() -> LinuxFile.dup(-1)); // classes are loaded while files can still be opened
            attempt(() -> socket.receive(buffer, 0, 64, fds));
            try {
                while (true) {
                    filling.add(LinuxFile.dup(0));
                }
            } catch (ErrnoException full) {
                attempt(() -> socket.receive(buffer, 0, 64, fds));
            }
            filling.forEach(LinuxFile::close);
            attempt(() -> socket.receive(buffer, 0, 64, fds));
        }
    }

    private interface Call {
        Object make();
    }

    private static void attempt(Call call) {
        try {
            say(String.valueOf(call.make()));
        } catch (ErrnoException e) {
            say(e.errnoName());
        }
    }

    /** Run with a limit on private memory that is far below the mapping's length. */
    private static void closeAtDataLimit(Path path) {
        int fd = LinuxFile.open(path, LinuxFile.O_RDWR, 0);
        Mapping mapping = Mapping.shared(fd, 0, FAR_LENGTH, "far");
        UnsafeBuffer buffer = mapping.buffer(0, Mapping.pageSize());
        UnsafeBuffer far = mapping.buffer(FAR_LENGTH - Mapping.pageSize(), Mapping.pageSize());
        mapping.close();
        say("closed " + buffer.getInt(0) + " " + far.getInt(0));
        buffer.putInt(0, 77);
        far.putInt(0, 78);
        System.gc();
        say("stored " + buffer.getInt(0) + " " + far.getInt(0));
    }

    /** Without address space, and without that and a file: then the first close fails, and the second, with both, does not. */
    private static void closeAtAddressLimit(Path path) throws Exception {
        int fd = LinuxFile.open(path, LinuxFile.O_RDWR, 0);
        Mapping.shared(fd, 0, Mapping.pageSize(), "warm-up").close();
        Mapping mapping = Mapping.shared(fd, 0, FAR_LENGTH, "far");
        Mapping other = Mapping.shared(fd, 0, FAR_LENGTH, "other");
        UnsafeBuffer buffer = mapping.buffer(0, Mapping.pageSize());
        UnsafeBuffer others = other.buffer(FAR_LENGTH - Mapping.pageSize(), Mapping.pageSize());
        // All classes that it takes, while there are files to read them from.
        attempt(() -> Mapping.shared(-1, 0, Mapping.pageSize(), "none"));
        ResourceLimit.ADDRESS_SPACE.set(ResourceLimit.addressSpaceInUse() + FAR_LENGTH / 4);
        attempt(() -> {
            other.close();
            return "closed";
        });
        others.putInt(0, 78);
        long files = ResourceLimit.OPEN_FILES.set(0);
        attempt(() -> {
            mapping.close();
            return "closed";
        });
        buffer.putInt(0, buffer.getInt(0) + 1);
        ResourceLimit.ADDRESS_SPACE.set(ResourceLimit.UNLIMITED);
        mapping.close();
        ResourceLimit.OPEN_FILES.set(files);
        say("closed " + buffer.getInt(0) + ", other " + others.getInt(0));
    }

    /** Run without capabilities: what this process thinks of those of others. */
    private static void capabilities(String[] args) {
        for (int i = 2; i < args.length; i++) {
            String namespace;
            try {
                namespace = Files.readSymbolicLink(Path.of("/proc/" + args[i] + "/ns/user")).toString();
            } catch (IOException e) {
                namespace = "hidden";
            }
            say("namespace " + namespace + ", capabilities "
                + Long.toHexString(Processes.effectiveCapabilities(Integer.parseInt(args[i]))));
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
