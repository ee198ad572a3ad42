package dev.msqd.daemon.stress;

import dev.msqd.daemon.TestProcess;
import java.util.List;

/** A client of a storm, as its killer knows it. */
record StormParty(TestProcess process, List<Role> roles) {
    /** How many messages its threads sent and received. */
    long done(Ledger ledger) {
        return roles.stream().mapToLong(role -> done(ledger, role)).sum();
    }

    static long done(Ledger ledger, Role role) {
        return role.sends() ? ledger.acknowledged(role.number()) : ledger.receivedCount(role.number());
    }

    /** Do all its threads work? */
    boolean isAtWork(Ledger ledger) {
        return roles.stream().allMatch(role -> role.sends()
            ? ledger.acknowledged(role.number()) > 0 : ledger.isPresent(role.number()));
    }
}
