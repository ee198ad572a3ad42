package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import dev.msqd.daemon.contract.MessageQueues;
import java.util.List;
import java.util.Set;

/** One of the two systems that are compared. Of the driver thread, but for {@link #connect}. */
interface Subject extends AutoCloseable {
    String name();

    /** For the calling thread. */
    MessageQueues connect();

    /**
     * The queues there are; nobody's permission is needed.
     *
     * @param known ids that msgget returned; those that are gone are taken out of it
     */
    List<MsqidDs> queues(Set<Integer> known);

    void remove(int msqid);

    /** Makes a queue and removes it at once; its id. */
    int skipId();

    /** Has a call end with EINTR that is asleep. */
    void interrupt(Player player);

    /** Are calls carried out by another process than the one that makes them? Then they look asleep meanwhile. */
    default boolean servesFromElsewhere() {
        return false;
    }

    /** Has that process nothing to do at this moment? Who looks asleep before and after does sleep. */
    default boolean isQuiet() {
        return true;
    }

    void limit(SystemLimit limit, long value);

    @Override
    void close();
}
