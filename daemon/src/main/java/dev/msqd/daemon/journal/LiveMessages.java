package dev.msqd.daemon.journal;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Applies a log's entries, in order.
 *
 * <p>While a checkpoint is being read there are two sets: the one that it will replace, and the one that it makes. If
 * its incarnation is that of the first, it lists messages of the same hot file, and other entries concern both. If
 * not, the first set is of a hot file that is gone, and nothing concerns it any more. If the checkpoint doesn't end,
 * the first set is what counts.
 */
final class LiveMessages implements LogEntryHandler {
    private record Damage(int file, String text) {}

    /** What counts. */
    LiveSet live = new LiveSet();
    boolean complete;
    long incarnation;
    long lastSend;
    long lastReceive;
    boolean cleanStop;

    /** What the checkpoint at hand makes; null: there is none. */
    private LiveSet next;
    private long nextIncarnation;
    private int checkpointFile;

    private int replayFrom;
    private int file;
    private long batchLastSend;
    private long batchLastReceive;

    private int files;
    private long batches;
    private final List<String> tornTails = new ArrayList<>();
    private final List<Integer> unfinished = new ArrayList<>();
    private final List<Damage> damage = new ArrayList<>();

    /**
     * @param replayFrom of the newest file's header: if not 0, there is a complete checkpoint at that file or before.
     */
    LiveMessages(int replayFrom) {
        this.replayFrom = replayFrom;
    }

    @Override
    public void onFile(int file, long incarnation, long madeMs) {
        this.file = file;
        if (files++ == 0 && replayFrom != 0) {
            complete = true;
            this.incarnation = incarnation;
        } else if (!complete && next == null || incarnation != (next != null ? nextIncarnation : this.incarnation)) {
            onCheckpointBegin(incarnation); // says the header, so damage of the first batch can't mix messages of two
        }
    }

    @Override
    public void onBatch(int file, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
        long timeMs) {
        batches++;
        this.replayFrom = Math.max(this.replayFrom, replayFrom);
        batchLastSend = lastSend;
        batchLastReceive = lastReceive;
        if (next != null && replayFrom >= checkpointFile) {
            onCheckpointEnd(); // in this batch, or in one that is damaged
        }
        if (concernsLive()) {
            this.lastSend = lastSend;
            this.lastReceive = lastReceive;
        }
    }

    @Override
    public void onSend(long place, long position, long mtype, DirectBuffer buffer, int offset, int length) {
        long where = Places.place(file, place);
        if (next != null) {
            next.put(position, where);
        }
        if (concernsLive()) {
            live.put(position, where);
            cleanStop = false;
        }
    }

    @Override
    public void onConsumed(long first, long last) {
        if (next != null) {
            next.remove(first, last);
        }
        if (concernsLive()) {
            live.remove(first, last);
            cleanStop = false;
        }
    }

    @Override
    public void onCheckpointBegin(long incarnation) {
        next = new LiveSet();
        nextIncarnation = incarnation;
        checkpointFile = file;
        cleanStop &= !concernsLive();
    }

    @Override
    public void onCheckpointEnd() {
        if (next != null) {
            live = next;
            next = null;
            incarnation = nextIncarnation;
            lastSend = batchLastSend;
            lastReceive = batchLastReceive;
            complete = true;
            cleanStop = false;
        }
    }

    @Override
    public void onCleanStop() {
        cleanStop |= concernsLive();
    }

    @Override
    public void onDamage(int file, long offset, String what) {
        damage.add(new Damage(file, "file " + file + ", offset " + offset + ": " + what));
    }

    @Override
    public void onTornTail(int file, long offset) {
        tornTails.add("file " + file + ", offset " + offset);
    }

    @Override
    public void onUnfinishedFile(int file) {
        unfinished.add(file);
    }

    /** The end of the log. */
    void settle() {
        next = null;
        if (!complete) {
            live = new LiveSet();
        }
        live.settle(Places.place(replayFrom, 0));
    }

    ReplayReport report() {
        List<String> texts = damage.stream().filter(d -> d.file >= replayFrom).map(Damage::text).toList();
        return new ReplayReport(files, batches, List.copyOf(unfinished), String.join("; ", tornTails), texts);
    }

    private boolean concernsLive() {
        return next == null || complete && nextIncarnation == incarnation;
    }
}
