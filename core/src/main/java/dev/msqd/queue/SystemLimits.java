package dev.msqd.queue;

import static dev.msqd.layout.SystemDescriptor.BELL_OFFSET;
import static dev.msqd.layout.SystemDescriptor.COUNT_OFFSET;
import static dev.msqd.layout.SystemDescriptor.LOGGED_OFFSET;
import static dev.msqd.layout.SystemDescriptor.MAX_LAG_OFFSET;
import static dev.msqd.layout.SystemDescriptor.MSGMAX_OFFSET;
import static dev.msqd.layout.SystemDescriptor.MSGTQL_OFFSET;
import static dev.msqd.layout.SystemDescriptor.PAGE_LENGTH;
import static dev.msqd.layout.SystemDescriptor.READY;
import static dev.msqd.layout.SystemDescriptor.READY_OFFSET;
import static dev.msqd.layout.SystemDescriptor.TRACE_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Futex;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.calls.Words;
import dev.msqd.layout.SystemDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What holds for all queues together: msgmax (R20), msgtql and the number of messages that it limits (R78). Any thread.
 *
 * <p>Messages are counted only while there is a msgtql. A sender counts its message before it claims a record; whoever consumes or
 * gives up a record uncounts it afterwards. What a death leaves counted, the daemon puts right with a count of its own
 * ({@link #correct}), without anybody waiting for it.
 */
public final class SystemLimits implements AutoCloseable {
    private static final String LIMITS_FILE = "limits";
    private static final String MESSAGES_FILE = "messages";

    private final int limitsFd;
    private final int messagesFd;
    private final Mapping limitsMapping;
    private final Mapping messagesMapping;
    private final Words limits;
    private final UnsafeBuffer messages;
    private boolean closed;

    private SystemLimits(int limitsFd, int messagesFd, Mapping limitsMapping, Mapping messagesMapping) {
        this.limitsFd = limitsFd;
        this.messagesFd = messagesFd;
        this.limitsMapping = limitsMapping;
        this.messagesMapping = messagesMapping;
        this.limits = limitsMapping.words(0, PAGE_LENGTH);
        this.messages = messagesMapping.buffer(0, PAGE_LENGTH);
    }

    /**
     * The limits in a hot directory, for the daemon. What an earlier daemon left there goes on: its clients use it.
     *
     * @throws ErrnoException ENOSPC; EIO where a file is not one of this version, or is cut short
     */
    public static SystemLimits serve(Path hotDirectory) {
        Path limitsFile = hotDirectory.resolve(LIMITS_FILE);
        Path messagesFile = hotDirectory.resolve(MESSAGES_FILE);
        Mapping limitsMapping = prepare(limitsFile);
        Mapping messagesMapping;
        try {
            messagesMapping = prepare(messagesFile);
        } catch (RuntimeException e) {
            limitsMapping.close();
            throw e;
        }
        int readOnly = LinuxFile.open(limitsFile, LinuxFile.O_RDONLY | LinuxFile.O_CLOEXEC, 0);
        int readWrite = LinuxFile.open(messagesFile, LinuxFile.O_RDWR | LinuxFile.O_CLOEXEC, 0);
        return new SystemLimits(readOnly, readWrite, limitsMapping, messagesMapping);
    }

    /**
     * The limits behind the descriptors that the daemon hands over. They are this object's from now on.
     *
     * @throws ErrnoException EIO where a file is not one of this version, or is cut short
     */
    public static SystemLimits adopt(int limitsFd, int messagesFd) {
        Mapping limitsMapping = null;
        try {
            checkLength(limitsFd, LIMITS_FILE);
            checkLength(messagesFd, MESSAGES_FILE);
            limitsMapping = checked(Mapping.sharedReadOnly(limitsFd, 0, PAGE_LENGTH, LIMITS_FILE), LIMITS_FILE);
            return new SystemLimits(limitsFd, messagesFd, limitsMapping,
                checked(Mapping.shared(messagesFd, 0, PAGE_LENGTH, MESSAGES_FILE), MESSAGES_FILE));
        } catch (RuntimeException e) {
            if (limitsMapping != null) {
                limitsMapping.close();
            }
            LinuxFile.close(limitsFd);
            LinuxFile.close(messagesFd);
            throw e;
        }
    }

    /** Deletes what {@link #serve} makes. Who has it mapped keeps it. */
    public static void delete(Path hotDirectory) throws IOException {
        Files.deleteIfExists(hotDirectory.resolve(LIMITS_FILE));
        Files.deleteIfExists(hotDirectory.resolve(MESSAGES_FILE));
    }

    /** Are these the files behind two other descriptors? They are not when the hot directory was made anew. */
    public boolean isSame(int otherLimitsFd, int otherMessagesFd) {
        return LinuxFile.isSame(limitsFd, otherLimitsFd) && LinuxFile.isSame(messagesFd, otherMessagesFd);
    }

    /** The descriptor that lets another process read the limits; it stays this object's. */
    public int limitsFd() {
        return limitsFd;
    }

    /** The descriptor that lets another process count messages; it stays this object's. */
    public int messagesFd() {
        return messagesFd;
    }

    /** Longest message in bytes. */
    public long msgmax() {
        return limits.getLongVolatile(MSGMAX_OFFSET);
    }

    /** Most messages on all queues together; 0 for no limit. */
    public long msgtql() {
        return limits.getLongVolatile(MSGTQL_OFFSET);
    }

    /** Changes the limits. For the daemon. Who waits for a message less looks again. */
    public void set(long msgmax, long msgtql) {
        limits.putLongVolatile(MSGMAX_OFFSET, msgmax);
        limits.putLongVolatile(MSGTQL_OFFSET, msgtql);
        ring();
    }

    /** Are calls traced at the moment? */
    public boolean isTraced() {
        return SystemDescriptor.isTraced(limits.getIntVolatile(TRACE_OFFSET));
    }

    /** Another number each time that tracing is turned on. */
    public int traceSession() {
        return limits.getIntVolatile(TRACE_OFFSET);
    }

    /** Has calls traced, or no more. For the daemon. */
    public void trace(boolean on) {
        if (isTraced() != on) {
            limits.putIntVolatile(TRACE_OFFSET, limits.getInt(TRACE_OFFSET) + 1);
        }
    }

    /** For how long senders go on while nobody writes the log: nanoseconds; 0 for ever. For the daemon. */
    public void maxLag(long maxLagNs) {
        limits.putLongVolatile(MAX_LAG_OFFSET, maxLagNs);
    }

    /** All that there was to log at {@code nanoTime} is logged. For the daemon. */
    public void logged(long nanoTime) {
        limits.putLongVolatile(LOGGED_OFFSET, nanoTime);
    }

    /** How long ago all was logged that there was to log: nanoseconds. */
    public long logAgeNs() {
        return System.nanoTime() - limits.getLongVolatile(LOGGED_OFFSET);
    }

    /** Has nobody written the log for longer than queues that are logged go on without? */
    boolean isLogLate() {
        long maxLagNs = limits.getLong(MAX_LAG_OFFSET);
        return maxLagNs != 0 && CoarseClock.nanoTime() - limits.getLongVolatile(LOGGED_OFFSET) > maxLagNs;
    }

    /** Counts a message that is about to be sent, unless it would be one too many. Only while there is a msgtql. */
    boolean count(long msgtql) {
        while (true) {
            long count = messages.getLongVolatile(COUNT_OFFSET);
            long counted = SystemDescriptor.messages(count);
            if (counted >= msgtql) {
                return false;
            }
            if (moveCount(count, counted + 1)) {
                return true;
            }
        }
    }

    /** Messages are gone, or were not sent after all: who waits for that looks again. Does nothing without a msgtql. */
    void uncount(int gone) {
        if (gone == 0 || msgtql() == 0) {
            return;
        }
        long count;
        do {
            count = messages.getLongVolatile(COUNT_OFFSET);
            // Counting may have begun between a message's send and now.
        } while (!moveCount(count, Math.max(0, SystemDescriptor.messages(count) - gone)));
        ring();
    }

    /** The count as a word that changes whenever a message is counted or uncounted. */
    public long countWord() {
        return messages.getLongVolatile(COUNT_OFFSET);
    }

    /** Messages counted at the moment. */
    public long messages() {
        return SystemDescriptor.messages(countWord());
    }

    /** Sets the count right, if nobody counted or uncounted since {@code word} was read. For the daemon. */
    public boolean correct(long word, long counted) {
        boolean held = moveCount(word, counted);
        if (held) {
            // Also when the number is the same: somebody may have died between his change of it and the bell.
            ring();
        }
        return held;
    }

    // ---- waiting for a message less

    /** Says that somebody is about to wait. Look again before waiting on {@link #bellAddress} with what this returned. */
    int armBell() {
        int bell = messages.getIntVolatile(BELL_OFFSET);
        while (!SystemDescriptor.isArmed(bell)
            && !messages.compareAndSetInt(BELL_OFFSET, bell, SystemDescriptor.armed(bell))) {
            bell = messages.getIntVolatile(BELL_OFFSET);
        }
        return SystemDescriptor.armed(bell);
    }

    long bellAddress() {
        return messagesMapping.address() + BELL_OFFSET;
    }

    /** Wakes all who wait: which of them can go on, none of them knows before. */
    public void ring() {
        int bell = messages.getIntVolatile(BELL_OFFSET);
        if (SystemDescriptor.isArmed(bell)
            && messages.compareAndSetInt(BELL_OFFSET, bell, SystemDescriptor.rung(bell))) {
            Futex.wake(bellAddress(), Integer.MAX_VALUE);
        }
    }

    /** What a straggling thread still stores is lost. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        limitsMapping.close();
        messagesMapping.close();
        LinuxFile.close(limitsFd);
        LinuxFile.close(messagesFd);
    }

    private boolean moveCount(long from, long counted) {
        return messages.compareAndSetLong(COUNT_OFFSET, from, SystemDescriptor.changed(from, counted));
    }

    /** Makes the file if there is none, or if its making was cut short. */
    private static Mapping prepare(Path file) {
        int fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT | LinuxFile.O_CLOEXEC, 0600);
        try {
            if (LinuxFile.size(fd) == 0) {
                LinuxFile.fallocate(fd, 0, PAGE_LENGTH);
            }
            checkLength(fd, file.toString());
            Mapping mapping = Mapping.shared(fd, 0, PAGE_LENGTH, file.toString());
            UnsafeBuffer page = mapping.buffer(0, PAGE_LENGTH);
            if (page.getLongVolatile(READY_OFFSET) == 0) {
                page.putLongVolatile(READY_OFFSET, READY);
            }
            return checked(mapping, file.toString());
        } finally {
            LinuxFile.close(fd);
        }
    }

    private static void checkLength(int fd, String what) {
        if (LinuxFile.size(fd) < PAGE_LENGTH) {
            throw new ErrnoException(Errno.EIO,
                what + " is cut short: " + LinuxFile.size(fd) + " bytes of " + PAGE_LENGTH);
        }
    }

    private static Mapping checked(Mapping mapping, String what) {
        long ready = mapping.buffer(0, PAGE_LENGTH).getLongVolatile(READY_OFFSET);
        if (ready == READY) {
            return mapping;
        }
        mapping.close();
        throw new ErrnoException(Errno.EIO, SystemDescriptor.isMagic(ready)
            ? what + " has version " + SystemDescriptor.version(ready) + "; this msqd reads version "
                + SystemDescriptor.version(READY)
            : what + " is not a daemon's limits");
    }
}
