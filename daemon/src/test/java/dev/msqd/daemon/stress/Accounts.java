package dev.msqd.daemon.stress;

import dev.msqd.layout.Durability;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was promised in a storm, against what the ledger says was kept.
 *
 * <pre>
 *  message                                              received
 *  ---------------------------------------------------  ---------------------------------------
 *  acknowledged to its sender                           once
 *  ... but in a killed receiver's hand                  at most once
 *  its sender was killed in the call                    at most once
 *  not sent                                             never
 *
 *  and when all died together with the hot directory
 *  level process: sent before                           at most once
 *  level interval: sent less than the interval before   at most once
 *                  received less than that before       once more at most
 *  level sync                                           no difference
 * </pre>
 */
final class Accounts {
    private final Ledger ledger;
    private final Map<Role, Durability> roles = new HashMap<>();
    private final Set<Integer> killedSenders = new HashSet<>();
    private final Set<Long> inTheDark = new HashSet<>();
    /** By sender, from which of its messages on they may be lost. */
    private final Map<Integer, Long> lostFrom = new HashMap<>();
    /** How often a message may be received again. */
    private final Map<Long, Integer> again = new HashMap<>();
    private int receiversHit;

    private long acknowledged;
    private long received;
    private long lost;
    private long repeated;
    private long strict;
    private long outOfOrder;

    Accounts(Ledger ledger) {
        this.ledger = ledger;
    }

    void joins(Role role, Durability level) {
        roles.put(role, level);
    }

    /** The process of this role was killed, and is gone. */
    void killed(Role role) {
        if (role.sends()) {
            killedSenders.add(role.number());
            return;
        }
        receiversHit++;
        if (ledger.inHand(role.number()) != 0) {
            inTheDark.add(ledger.inHand(role.number()));
        }
    }

    /** The process of this role was stopped for a while. */
    void stopped(Role role) {
        if (!role.sends()) {
            receiversHit++;
        }
    }

    /** Everybody is dead, and the hot directory gone. */
    void rebooted(Collection<Role> everybody, IntervalMark mark) {
        for (Role role : everybody) {
            int number = role.number();
            switch (roles.get(role)) {
                case PROCESS -> {
                    if (role.sends()) {
                        lostFrom.put(number, 0L);
                    }
                }
                case INTERVAL -> {
                    if (role.sends()) {
                        lostFrom.put(number, mark.safelySent(number));
                    } else {
                        mayComeAgain(number, mark.safelyReceived(number));
                    }
                }
                case SYNC -> {
                    // what was acknowledged holds
                }
            }
        }
    }

    private void mayComeAgain(int receiver, long from) {
        long count = ledger.receivedCount(receiver);
        if (count - from > Ledger.MAX_LAST) {
            throw new IllegalStateException("receiver " + receiver + " received " + (count - from)
                + " messages that may come again, more than a ledger notes: let senders rest");
        }
        for (long index = from; index < count; index++) {
            again.merge(ledger.received(receiver, index), 1, Integer::sum);
        }
    }

    /** What was not kept, at the end, with every queue empty. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        acknowledged = 0;
        received = 0;
        lost = 0;
        repeated = 0;
        strict = 0;
        outOfOrder = 0;
        roles.forEach((role, level) -> {
            if (role.sends()) {
                checkSender(role, level, faults);
            } else {
                checkReceiver(role, faults);
            }
        });
        // Invariant 6: only a message that went back to its place comes late: one in a hand at most for each blow.
        if (outOfOrder > receiversHit) {
            faults.add(outOfOrder + " messages out of order, but only " + receiversHit + " receivers were hit");
        }
        return faults;
    }

    private void checkReceiver(Role role, List<String> faults) {
        long corrupt = ledger.corruptCount(role.number());
        if (corrupt > 0) {
            faults.add(role + " received " + corrupt + " corrupt messages");
        }
        outOfOrder += ledger.outOfOrderCount(role.number());
        received += ledger.receivedCount(role.number());
    }

    private void checkSender(Role role, Durability level, List<String> faults) {
        int sender = role.number();
        long count = ledger.acknowledged(sender);
        acknowledged += count;
        long mayBeLostFrom = lostFrom.getOrDefault(sender, Long.MAX_VALUE);
        for (long sequence = 0; sequence < Math.min(count + 1000, Ledger.MAX_MESSAGES); sequence++) {
            long id = Ledger.id(sender, sequence);
            int receipts = ledger.receipts(sender, sequence);
            boolean mayBeMissing = sequence >= count || inTheDark.contains(id) || sequence >= mayBeLostFrom;
            int least = mayBeMissing ? 0 : 1;
            boolean sent = sequence < count || sequence == count && killedSenders.contains(sender);
            int most = sent ? 1 + again.getOrDefault(id, 0) : 0;
            strict += least == 1 && most == 1 ? 1 : 0;
            lost += sequence < count && receipts == 0 ? 1 : 0;
            repeated += Math.max(0, receipts - 1);
            if (receipts < least || receipts > most) {
                faults
                    .add(level + " queue, " + role + " of " + count + ": message " + sequence + " received " + receipts
                        + " times, not " + (least == most ? "" + least : least + " to " + most));
            }
        }
    }

    int inTheDark() {
        return inTheDark.size();
    }

    long outOfOrder() {
        return outOfOrder;
    }

    long acknowledged() {
        return acknowledged;
    }

    /** Messages that had to be received exactly once. */
    long strict() {
        return strict;
    }

    @Override
    public String toString() {
        return String.format(
            "%,d acknowledged, %,d of all messages to be received exactly once, %,d receipts, %d in the dark, %d came late, "
                + "%,d lost and %,d repeated as the level allows",
            acknowledged, strict, received, inTheDark.size(), outOfOrder, lost, repeated);
    }
}
