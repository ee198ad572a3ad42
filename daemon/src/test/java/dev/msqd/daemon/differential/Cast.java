package dev.msqd.daemon.differential;

import dev.msqd.calls.Processes;
import java.util.List;

/** Everybody that may act. Programs choose some of them. */
record Cast(List<Identity> identities) {
    /** An owner in two places, somebody of his group by either way, root, and a stranger. */
    static Cast ofManyUsers() {
        return new Cast(List.of(
            new Identity(20_001, 20_001),
            new Identity(20_001, 20_001),
            new Identity(20_002, 20_001),
            new Identity(0, 0),
            new Identity(20_003, 20_003, 20_001, 20_009),
            new Identity(20_004, 20_004)));
    }

    /** The same user six times: where nobody may be anybody else. */
    static Cast ofOneUser() {
        Identity self = new Identity(Processes.effectiveUid(), Processes.effectiveGid());
        return new Cast(List.of(self, self, self, self, self, self));
    }

    int size() {
        return identities.size();
    }

    Identity identity(int place) {
        return identities.get(place);
    }
}
