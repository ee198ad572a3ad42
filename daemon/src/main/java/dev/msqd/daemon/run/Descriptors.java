package dev.msqd.daemon.run;

import dev.msqd.calls.Libc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The descriptors that this process was given, and a program that it starts is to be given, too. Those that the JVM opened for itself, not
 * all of them closed on exec, are told by what they lead to.
 */
public final class Descriptors {
    private static final Path OWN = Path.of("/proc/self/fd");
    private static final int STANDARD = 3;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    /** Of classes laid out beforehand. */
    private static final String CACHE_NAME = ".*\\.(aot|jsa)";

    private static final MethodHandle FCNTL = Libc.variadic("fcntl", 2);

    private final Set<Integer> given;

    private Descriptors(Set<Integer> given) {
        this.given = given;
    }

    /** As it is now: before this process opens anything that it means to keep. */
    public static Descriptors given() {
        List<Path> ofJvm = ofJvm();
        Set<Integer> given = new HashSet<>();
        for (int fd : open()) {
            boolean closesOnExec = (Libc.callInt(FCNTL, fd, F_GETFD) & FD_CLOEXEC) != 0;
            Path target = target(fd);
            if (fd < STANDARD || !closesOnExec && target != null && !isOfJvm(target, ofJvm)) {
                given.add(fd);
            }
        }
        return new Descriptors(given);
    }

    /** Whatever else is open is closed on exec from now on. */
    void closeOthersOnExec() {
        for (int fd : open()) {
            if (!given.contains(fd)) {
                Libc.callInt(FCNTL, fd, F_SETFD, FD_CLOEXEC);
            }
        }
    }

    private static boolean isOfJvm(Path target, List<Path> ofJvm) {
        return target.toString().matches(CACHE_NAME) || ofJvm.stream().anyMatch(target::startsWith);
    }

    private static List<Path> ofJvm() {
        List<Path> paths = new ArrayList<>(List.of(Path.of(System.getProperty("java.home")), Path.of("/proc")));
        for (String entry : System.getProperty("java.class.path").split(":")) {
            paths.add(Path.of(entry));
            // The jar's manifest names those beside it.
            paths.add(Path.of(entry).toAbsolutePath().resolveSibling("lib"));
        }
        return paths.stream().map(path -> Files.exists(path) ? real(path) : path).toList();
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    private static List<Integer> open() {
        try (Stream<Path> files = Files.list(OWN)) {
            return files.map(file -> Integer.parseInt(file.getFileName().toString())).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a descriptor leads to; null if it is closed by now. */
    private static Path target(int fd) {
        try {
            return Files.readSymbolicLink(OWN.resolve(Integer.toString(fd)));
        } catch (IOException e) {
            return null;
        }
    }
}
