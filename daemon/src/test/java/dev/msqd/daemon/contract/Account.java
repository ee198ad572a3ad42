package dev.msqd.daemon.contract;

import java.util.ArrayList;
import java.util.List;

/** Somebody, as setpriv(1) makes a process his. */
enum Account {
    /** Who makes the queues. */
    CREATOR(20_001, 20_001),
    /** Who is given them. */
    HEIR(20_002, 20_002),
    /** In the creator's group by the effective group id. */
    MEMBER(20_003, 20_001),
    /** In the creator's group by a supplementary group. */
    ASSOCIATE(20_004, 20_004, "--groups=20001,20009"),
    /** In the heir's group. */
    HEIRS_MEMBER(20_005, 20_002),
    STRANGER(20_006, 20_006),
    /** A stranger but for CAP_IPC_OWNER. */
    IPC_OWNER(20_007, 20_007, "--clear-groups", "--inh-caps=+ipc_owner", "--ambient-caps=+ipc_owner"),
    /** A stranger but for CAP_SYS_ADMIN. */
    SYS_ADMIN(20_008, 20_008, "--clear-groups", "--inh-caps=+sys_admin", "--ambient-caps=+sys_admin");

    private final int uid;
    private final int gid;
    private final String[] privileges;

    Account(int uid, int gid) {
        this(uid, gid, "--clear-groups");
    }

    Account(int uid, int gid, String... privileges) {
        this.uid = uid;
        this.gid = gid;
        this.privileges = privileges;
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    List<String> command() {
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid));
        command.addAll(List.of(privileges));
        return command;
    }
}
