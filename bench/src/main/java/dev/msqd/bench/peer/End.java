package dev.msqd.bench.peer;

/** What a line is used for by the process that opens it. */
public enum End {
    SENDS, RECEIVES
}
