package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Poller;
import dev.msqd.client.Msqd;
import dev.msqd.client.control.LimitSettings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits, and msg_next_id, that programs write as files: each such file is a pipe, read as soon as something is in it, and before every queue call that
 * comes after the write. What is wrong with the number can't be told to the writer any more: it is logged. Any thread.
 */
final class WrittenLimits {
    private static final Logger LOG = LoggerFactory.getLogger(WrittenLimits.class);

    private static final int O_NONBLOCK = 0x800;

    private static final MethodHandle PIPE2 = Libc.function("pipe2");
    private static final MethodHandle READ = Libc.function("read");

    private final List<Pipe> pipes = new CopyOnWriteArrayList<>();

    /**
     * A descriptor to write a limit to. It becomes the caller's.
     *
     * @param set what to do with each number
     * @throws ErrnoException EACCES: the writer may not change limits
     */
    int open(String path, Msqd msqd, LongConsumer set) {
        try {
            msqd.limits(LimitSettings.none()); // changes nothing, and is refused to the same people
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EPERM ? new ErrnoException(Errno.EACCES, path + ": " + e.getMessage(), e) : e;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fds = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            Libc.check(Libc.callInt(PIPE2, fds.address(), LinuxFile.O_CLOEXEC | O_NONBLOCK), "pipe2");
            Pipe pipe = new Pipe(fds.get(JAVA_INT, 0), path, set);
            pipes.add(pipe);
            Thread.ofPlatform().daemon().name("msqd-run-limits").start(() -> {
                pipe.follow();
                pipes.remove(pipe);
                pipe.close();
            });
            return fds.get(JAVA_INT, Integer.BYTES);
        }
    }

    /** Applies what was written by now. */
    void apply() {
        for (Pipe pipe : pipes) {
            pipe.drain();
        }
    }

    /** One open file, its read end. */
    private static final class Pipe {
        private static final int ROOM = 64;

        private final int fd;
        private final String path;
        private final LongConsumer set;
        private final MemorySegment room = Arena.ofAuto().allocate(ROOM);
        private boolean ended;

        Pipe(int fd, String path, LongConsumer set) {
            this.fd = fd;
            this.path = path;
            this.set = set;
        }

        /** Until nobody can write any more. */
        void follow() {
            try (Poller poller = new Poller()) {
                poller.add(fd, Poller.IN);
                while (!drain()) {
                    poller.poll(-1, (ready, events) -> {});
                }
            }
        }

        /** Each write is a number, as in the kernel. True when there won't be any more. */
        synchronized boolean drain() {
            int count = 0;
            while (!ended && (count = Libc.callIntAgain(READ, fd, room.address(), ROOM)) > 0) {
                String text = new String(room.asSlice(0, count).toArray(JAVA_BYTE), StandardCharsets.US_ASCII);
                try {
                    set.accept(number(text));
                } catch (NumberFormatException | ErrnoException e) {
                    LOG.warn("{}: '{}' was written: {}", path, text.strip(), e.getMessage());
                }
            }
            ended |= count == 0;
            return ended;
        }

        /** The first number of a text, as the kernel reads it: decimal, or 0x and hexadecimal digits, or 0 and octal ones. */
        private static long number(String text) {
            String first = text.strip().split("\\s")[0];
            if (!first.matches("-?[0-9].*")) {
                throw new NumberFormatException(first);
            }
            return Long.decode(first);
        }

        synchronized void close() {
            ended = true;
            LinuxFile.close(fd);
        }
    }
}
