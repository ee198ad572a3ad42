package dev.msqd.daemon.differential;

import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.daemon.contract.MsqdQueues;
import dev.msqd.log.QueueMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** msqd, with an embedded daemon of its own, and short segments, so that a program fills some. */
final class MsqdSubject implements Subject {
    private final Daemon daemon;
    private final Msqd msqd;
    private final UnaryOperator<MessageQueues> deviation;

    /**
     * @param folder         in memory, because every msgget waits for its disk
     * @param longestMessage what msgmax is raised to at most, bytes
     * @param deviation      what becomes of each actor's connection
     */
    MsqdSubject(Path folder, long longestMessage, UnaryOperator<MessageQueues> deviation) {
        this.deviation = deviation;
        daemon = Daemon.start(Configuration.load(Map.of(
            "dir", folder.resolve("data").toString(),
            "hot.dir", folder.resolve("hot").toString(),
            "segment.length", Integer.toString(QueueMemory.MIN_SEGMENT_LENGTH),
            // A queue takes no message that is longer than its segments were made for.
            "msgmax", Long.toString(longestMessage)), null));
        msqd = Msqd.connect(daemon.directory());
    }

    Path directory() {
        return daemon.directory();
    }

    @Override
    public String name() {
        return "msqd";
    }

    @Override
    public MessageQueues connect() {
        return deviation.apply(new MsqdQueues(daemon.directory()));
    }

    @Override
    public List<MsqidDs> queues(Set<Integer> known) {
        return msqd.list().stream().map(MsqdQueues::asSystemV).toList();
    }

    @Override
    public void remove(int msqid) {
        msqd.remove(msqid);
    }

    @Override
    public int skipId() {
        int msqid = msqd.get(SysV.IPC_PRIVATE, 0);
        msqd.remove(msqid);
        return msqid;
    }

    @Override
    public void interrupt(Player player) {
        player.thread().interrupt();
    }

    @Override
    public void limit(SystemLimit limit, long value) {
        LimitSettings none = LimitSettings.none();
        msqd.limits(switch (limit) {
            case MSGMAX -> none.withMsgmax(value);
            case MSGMNB -> none.withMsgmnb(value);
            case MSGMNI -> none.withMsgmni(value);
        });
    }

    @Override
    public void close() {
        msqd.close();
        daemon.close();
    }
}
