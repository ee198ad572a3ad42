package dev.msqd.daemon.trace;

import dev.msqd.layout.TraceDescriptor;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemEpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that brings events from the clients' rings into the stored trace, from when somebody wants a trace until nobody does. What
 * goes wrong with it is the trace's alone.
 */
final class Recorder implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final int MAX_EVENTS_A_TURN = 1024;
    private static final long IDLE_NS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long ASLEEP_NS = TimeUnit.SECONDS.toNanos(1);

    private final Path folder;
    private final long maxLength;
    private final SystemLimits system;
    private final Collection<ClientRing> rings;
    private volatile boolean wanted;
    private volatile boolean stopping;
    private volatile boolean recording;
    private volatile String failure = "";
    private volatile long dropped;

    /** @param rings goes on changing; who is ended is taken out of it here */
    Recorder(Path folder, long maxLength, SystemLimits system, Collection<ClientRing> rings) {
        this.folder = folder;
        this.maxLength = maxLength;
        this.system = system;
        this.rings = rings;
    }

    /** Whether somebody wants a trace. Takes effect soon; {@link Thread} is to be unparked. */
    void wanted(boolean isWanted) {
        wanted = isWanted;
    }

    /** Ends {@link #run} soon. */
    void stop() {
        stopping = true;
    }

    /** Whether calls are traced and written. */
    boolean isRecording() {
        return recording;
    }

    /** What ended the recording, or empty. It is tried again when somebody new wants a trace. */
    String failure() {
        return failure;
    }

    /** Events of which clients said, since this was made, that there was no room for them. */
    long dropped() {
        return dropped;
    }

    @Override
    public void run() {
        while (!stopping) {
            if (wanted && failure.isEmpty()) {
                record();
            } else {
                if (!wanted) {
                    failure = "";
                }
                removeEnded();
                LockSupport.parkNanos(this, ASLEEP_NS);
            }
        }
        removeEnded();
    }

    private void record() {
        try (TraceStore store = new TraceStore(folder, maxLength, SystemEpochClock.INSTANCE)) {
            system.trace(true);
            recording = true;
            while (wanted && !stopping) {
                if (drain(store) == 0) {
                    LockSupport.parkNanos(this, IDLE_NS);
                }
            }
            system.trace(false);
            drain(store);
        } catch (RuntimeException | InternalError | LinkageError e) {
            failure = e.toString();
            if (!stopping) {
                LOG.error("the trace of calls ends: {}", failure, e);
            }
        } finally {
            system.trace(false);
            recording = false;
        }
    }

    private int drain(TraceStore store) {
        int events = 0;
        long nowNs = System.nanoTime();
        EventHandler handler = (id, event) -> record(store, id, event);
        for (ClientRing ring : rings) {
            boolean ended = ring.isEnded();
            int drained = ring.drain(handler, MAX_EVENTS_A_TURN, nowNs);
            if (ended && drained == 0) {
                remove(ring);
            }
            events += drained;
        }
        return events;
    }

    private void record(TraceStore store, int eventId, DirectBuffer event) {
        store.onEvent(eventId, event);
        if (eventId == TraceDescriptor.LOST) {
            dropped += event.getLong(TraceDescriptor.SIZE_OFFSET);
        }
    }

    private void removeEnded() {
        for (ClientRing ring : rings) {
            if (ring.isEnded()) {
                remove(ring);
            }
        }
    }

    private void remove(ClientRing ring) {
        rings.remove(ring);
        ring.close();
        ClientRing.delete(ring.file());
    }
}
