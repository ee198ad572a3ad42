package dev.msqd.daemon.durability.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A mounted file system. By mount(2) itself: starting a program for each of ten thousand mounts would take most of the time. */
public final class Mount implements AutoCloseable {
    private static final int MS_REMOUNT = 32;
    private static final int BUSY_ATTEMPTS = 200;
    private static final long BUSY_PAUSE_MS = 10;

    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle MOUNT = function("mount",
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT = function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private final String source;
    private final Path target;
    private final String type;
    private boolean mounted = true;

    private Mount(String source, Path target, String type) {
        this.source = source;
        this.target = target;
        this.type = type;
    }

    /**
     * Mounts a file system on a folder.
     *
     * @throws ErrnoException EPERM: not allowed to; else why the file system refuses
     */
    public static Mount of(String source, Path target, String type, String options) {
        mount(source, target, type, 0, options);
        return new Mount(source, target, type);
    }

    public Path path() {
        return target;
    }

    /** Changes its options; EINVAL for a size of less than is in use. */
    public void remount(String options) {
        mount(source, target, type, MS_REMOUNT, options);
    }

    /**
     * Unmounts it; the second call does nothing.
     *
     * @throws ErrnoException EBUSY: something in it stays open
     */
    @Override
    public void close() {
        for (int attempt = 1; mounted; attempt++) {
            int errno = unmount();
            mounted = errno != 0;
            if (mounted && (errno != Errno.EBUSY || attempt == BUSY_ATTEMPTS)) {
                throw new ErrnoException(errno, "unmount " + target);
            }
            if (mounted) {
                pause();
            }
        }
    }

    private int unmount() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(CAPTURED);
            int result = (int) UMOUNT.invokeExact(captured, arena.allocateFrom(target.toString()), 0);
            return result == 0 ? 0 : (int) ERRNO.get(captured, 0L);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private static void mount(String source, Path target, String type, long flags, String options) {
        int errno;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(CAPTURED);
            int result = (int) MOUNT.invokeExact(captured, arena.allocateFrom(source),
                arena.allocateFrom(target.toString()), arena.allocateFrom(type), flags, arena.allocateFrom(options));
            errno = result == 0 ? 0 : (int) ERRNO.get(captured, 0L);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        if (errno != 0) {
            throw new ErrnoException(errno, "mount " + source + " as " + type + " on " + target + " with " + options);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(BUSY_PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor shape) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape,
            Linker.Option.captureCallState("errno"));
    }
}
