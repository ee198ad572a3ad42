package dev.msqd.daemon.differential;

import java.util.Arrays;

/** A user and groups, as a single thread may be them. */
record Identity(int uid, int gid, int... groups) {
    @Override
    public String toString() {
        return "uid " + uid + ", gid " + gid + (groups.length == 0 ? "" : ", groups " + Arrays.toString(groups));
    }
}
