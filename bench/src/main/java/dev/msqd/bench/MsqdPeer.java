package dev.msqd.bench;

import dev.msqd.calls.Processes;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueParameters;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.Sender;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A queue in a hot directory of its own, without a daemon: messages do not pass through one anyway. */
public class MsqdPeer extends Peer {
    static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final long MTYPE = 1;
    private static final int READ_AND_WRITE = 6;
    private static final int CLIENT_ID = 1;
    /** msqd's default. */
    private static final long MSGMAX = 64 * 1024;

    private final UnsafeBuffer outgoing = newBuffer();
    private final UnsafeBuffer incoming = newBuffer();
    private Path folder;
    private QueueMemory memory;
    private SystemLimits system;
    private Endpoint endpoint;
    private Sender sender;
    private Receiver receiver;

    @Override
    void open() throws IOException {
        folder = Files.createTempDirectory(SHARED_MEMORY, "msqd-bench-");
        int uid = Processes.effectiveUid();
        int gid = Processes.effectiveGid();
        memory = QueueMemory.create(folder, new QueueParameters(
            0, 0, 1, 2, uid, gid, uid, gid, 0600, QBYTES, System.currentTimeMillis() / 1000, SEGMENT_LENGTH,
            Durability.PROCESS));
        system = SystemLimits.serve(folder);
        system.set(MSGMAX, 0);
        SegmentChain chain = new SegmentChain(memory);
        endpoint = new Endpoint(chain, CLIENT_ID, Processes.self(), system, state -> READ_AND_WRITE, () -> {});
        sender = endpoint.sender();
        receiver = endpoint.receiver();
    }

    @Override
    void close() {
        endpoint.close();
        memory.close();
        system.close();
        IoUtil.delete(folder.toFile(), true);
    }

    @Override
    boolean send(long number) {
        outgoing.putLong(NUMBER_OFFSET, number);
        return sender.send(MTYPE, outgoing, 0, MESSAGE_LENGTH, 0);
    }

    /** The same in place: claim, copy, commit. */
    boolean sendClaimed(long number) {
        outgoing.putLong(NUMBER_OFFSET, number);
        long where = sender.tryClaim(MTYPE, MESSAGE_LENGTH);
        if (where < 0) {
            return false;
        }
        int payloadOffset = (int) where;
        memory.segment((int) (where >>> Integer.SIZE)).putBytes(payloadOffset, outgoing, 0, MESSAGE_LENGTH);
        sender.commit(payloadOffset);
        return true;
    }

    @Override
    long receive() {
        if (receiver.take(Selector.any(), MESSAGE_LENGTH, 0) != Receiver.TAKEN) {
            return NONE;
        }
        incoming.putBytes(0, receiver.buffer(), receiver.offset(), receiver.length());
        return receiver.consume() ? incoming.getLong(NUMBER_OFFSET) : NONE;
    }
}
