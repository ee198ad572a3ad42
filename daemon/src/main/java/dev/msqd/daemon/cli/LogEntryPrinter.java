package dev.msqd.daemon.cli;

import dev.msqd.daemon.LogCheck;
import dev.msqd.daemon.journal.LogEntryHandler;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.agrona.DirectBuffer;

/**
 * Prints the entries of a log, those of each batch once, however often it is read. What may be damage, or the work of a daemon that was
 * not through with it, holds up what comes behind it, until somebody says that it is damage.
 */
final class LogEntryPrinter implements LogEntryHandler {
    /** Bytes of a payload that are shown. */
    private static final int SHOWN_LENGTH = 32;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);

    private final PrintWriter out;
    private final boolean json;
    private final Set<String> damage = new HashSet<>();
    private final List<String> suspicion = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private int lastFile;
    private long lastSequence;
    private boolean skipped;
    private int file;
    private long sequence;
    private long timeMs;

    LogEntryPrinter(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** The log is read from now on. */
    void beginLook() {
        suspicion.clear();
        remarks.clear();
    }

    /** The titles of the columns. */
    void begin() {
        if (!json) {
            line("FILE", "SEQUENCE", "TIME", "KIND", "POSITION", "TYPE", "LENGTH", "PAYLOAD");
        }
    }

    /** Number of the file that the last batch was in, 0 before the first. */
    int lastFile() {
        return lastFile;
    }

    /** What may be damage and is not known to be. */
    List<String> suspicion() {
        return suspicion;
    }

    /** This is damage; returns what of it is news. */
    List<String> accept(List<String> known) {
        return known.stream().filter(damage::add).toList();
    }

    boolean foundDamage() {
        return !damage.isEmpty();
    }

    /** What else there is to tell, and is well. */
    List<String> remarks() {
        return remarks;
    }

    /** @throws Failure the reader of stdout went away */
    void flush() {
        if (out.checkError()) {
            throw new Failure(ExitStatus.PIPE_CLOSED, "");
        }
    }

    @Override
    public void onBatch(int ofFile, long offset, long ofSequence, int replayFrom, long lastSend, long lastReceive,
        long writtenMs) {
        if (Thread.interrupted()) {
            throw new Failure(ExitStatus.INTERRUPTED, "");
        }
        skipped = ofFile < lastFile || ofFile == lastFile && ofSequence <= lastSequence || !suspicion.isEmpty();
        if (!skipped) {
            flush();
            lastFile = ofFile;
            lastSequence = ofSequence;
        }
        file = ofFile;
        sequence = ofSequence;
        timeMs = writtenMs;
    }

    @Override
    public void onSend(long place, long position, long mtype, DirectBuffer buffer, int offset, int length) {
        if (skipped) {
            return;
        }
        byte[] shown = new byte[Math.min(length, SHOWN_LENGTH)];
        buffer.getBytes(offset, shown);
        if (json) {
            out.println(object("send").put("position", position).put("type", mtype).put("length", length)
                .putPayload(shown, shown.length < length));
        } else {
            print("send", position, mtype, length, printable(shown) + (shown.length < length ? "…" : ""));
        }
    }

    @Override
    public void onConsumed(long first, long last) {
        if (skipped) {
            return;
        }
        if (json) {
            out.println(object("consumed").put("first", first).put("last", last));
        } else {
            print("consumed", first == last ? first : first + "-" + last, "", "", "");
        }
    }

    @Override
    public void onCheckpointBegin(long incarnation) {
        if (skipped) {
            return;
        }
        if (json) {
            out.println(object("checkpoint").put("incarnation", incarnation));
        } else {
            print("checkpoint", "", "", "", "of the hot file " + Long.toHexString(incarnation));
        }
    }

    @Override
    public void onCheckpointEnd() {
        mark("checkpoint-end");
    }

    @Override
    public void onCleanStop() {
        mark("stop");
    }

    @Override
    public void onDamage(int ofFile, long offset, String what) {
        String seen = LogCheck.damage(ofFile, offset, what);
        if (!damage.contains(seen)) {
            suspicion.add(seen);
        }
    }

    @Override
    public void onTornTail(int ofFile, long offset) {
        remarks.add("file " + ofFile + ", offset " + offset
            + ": the log ends in the middle of a write, as after a power cut");
    }

    @Override
    public void onUnfinishedFile(int ofFile) {
        remarks.add("file " + ofFile + " was never finished making");
    }

    private void mark(String kind) {
        if (skipped) {
            return;
        }
        if (json) {
            out.println(object(kind));
        } else {
            print(kind, "", "", "", "");
        }
    }

    private Json object(String kind) {
        return new Json().put("file", file).put("sequence", sequence)
            .put("time", Instant.ofEpochMilli(timeMs).toString())
            .put("kind", kind);
    }

    private void print(String kind, Object position, Object mtype, Object length, String payload) {
        line(file, sequence, TIME.format(Instant.ofEpochMilli(timeMs).atZone(ZoneId.systemDefault())), kind, position,
            mtype, length, payload);
    }

    private void line(Object... columns) {
        out.println(String.format(Locale.ROOT, "%-5s %-9s %-23s %-14s %-19s %-6s %-7s %s", columns).stripTrailing());
    }

    /** What is not of ASCII's visible characters is a dot, as dumps show it. */
    private static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(each >= ' ' && each <= '~' ? (char) each : '.');
        }
        return text.toString();
    }
}
