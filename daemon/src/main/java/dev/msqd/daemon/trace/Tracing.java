package dev.msqd.daemon.trace;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Who is traced, and for whom. The conductor's alone; the events are the {@link Recorder}'s, which is a thread of its own once there was
 * somebody who traces.
 */
public final class Tracing implements AutoCloseable {
    private final Path ringFolder;
    private final SystemLimits system;
    private final Consumer<Thread> join;
    private final Set<ClientRing> rings = ConcurrentHashMap.newKeySet();
    private final Map<Integer, ClientRing> byClient = new HashMap<>();
    private final Recorder recorder;
    private Thread thread;
    private int tracers;

    /**
     * Nobody traces at first, whatever an earlier daemon left.
     *
     * @param ringFolder  of the clients' rings, in the hot directory; made if it is not there
     * @param traceFolder of the stored trace; made when somebody traces
     * @param maxLength   of the stored trace, bytes
     * @param join        waits for a thread's end, whatever interrupts it
     * @throws ErrnoException EIO naming the folder
     */
    public Tracing(Path ringFolder, Path traceFolder, long maxLength, SystemLimits system,
        Consumer<Thread> join) {
        this.ringFolder = ringFolder;
        this.system = system;
        this.join = join;
        this.recorder = new Recorder(traceFolder, maxLength, system, rings);
        try {
            Files.createDirectories(ringFolder);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot make " + ringFolder + ": " + e, e);
        }
        system.trace(false);
    }

    /**
     * A client comes, or was there before this daemon.
     *
     * @param pid process id, or 0 if it is not known
     */
    public void enter(int clientId, int pid, int uid) {
        ClientRing ring = new ClientRing(file(clientId), pid, uid, System.nanoTime());
        byClient.put(clientId, ring);
        rings.add(ring);
    }

    /**
     * A descriptor of a client's trace ring; the caller closes it.
     *
     * @throws ErrnoException ENOSPC, EMFILE naming the file
     */
    public int openRing(int clientId) {
        return byClient.get(clientId).openFile();
    }

    /** A client is gone: its ring goes when what is in it was read. */
    public void leave(int clientId) {
        ClientRing ring = byClient.remove(clientId);
        if (ring == null) {
            ClientRing.delete(file(clientId));
            return;
        }
        ring.end();
        if (thread == null) {
            rings.remove(ring);
            ClientRing.delete(ring.file());
        }
    }

    /**
     * Somebody traces, one more than before. It takes effect when {@link #isOn} says so.
     *
     * @throws ErrnoException EOPNOTSUPP when this JVM can't
     */
    public void begin() {
        ChronicleAccess.prepare();
        tracers++;
        if (thread == null) {
            thread = Thread.ofPlatform().name("msqd-trace").daemon().start(recorder);
        }
        recorder.wanted(true);
        LockSupport.unpark(thread);
    }

    /** One of those who trace does not any more. */
    public void end() {
        tracers--;
        if (tracers == 0) {
            recorder.wanted(false);
            LockSupport.unpark(thread);
        }
    }

    /**
     * Whether calls are traced by now.
     *
     * @throws ErrnoException EIO when the trace could not be written; calls are not traced any more then
     */
    public boolean isOn() {
        if (!recorder.failure().isEmpty()) {
            throw new ErrnoException(Errno.EIO, "the trace could not be written: " + recorder.failure());
        }
        return recorder.isRecording();
    }

    /** Events that were dropped since this was made. Any thread. */
    public long dropped() {
        return recorder.dropped();
    }

    /** Ends the trace; what is in the rings of those who stay is left to the next daemon. */
    @Override
    public void close() {
        if (thread != null) {
            recorder.stop();
            LockSupport.unpark(thread);
            join.accept(thread);
        }
        rings.forEach(ClientRing::close);
        system.trace(false);
    }

    private Path file(int clientId) {
        return ringFolder.resolve(Integer.toString(clientId));
    }
}
