package dev.msqd.daemon.durability.calls;

import java.nio.file.Path;

/**
 * A system call that succeeded.
 *
 * @param begin  length of the log when it began, or less
 * @param end    length of the log when it had been written down, which was before its caller went on
 * @param path   of the file or folder; absolute
 * @param target the new path of what is renamed; else null
 * @param offset of a write; the new length of what is truncated
 * @param bytes  of a write; else null
 */
public record Call(int begin, int end, Kind kind, Path path, Path target, long offset, byte[] bytes) {
    /** What it does. */
    public enum Kind {
        CREATE, MAKE_FOLDER, RENAME, DELETE, WRITE, TRUNCATE, FSYNC, FDATASYNC
    }

    /** Whether it is about a name: there are few of these among the writes. */
    public boolean isOfName() {
        return kind != Kind.WRITE && kind != Kind.FDATASYNC;
    }

    @Override
    public String toString() {
        return kind + " " + path + (target == null ? "" : " to " + target)
            + (bytes == null ? "" : " at " + offset + ", length " + bytes.length);
    }
}
