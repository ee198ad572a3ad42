package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.file.Path;

/** What is compared. */
public enum Candidate {
    BARE("bare file, group commit", inGroups(BareFile::prewritten)),
    BARE_RESERVED("bare file, reserved blocks", inGroups(BareFile::reserved)),
    BARE_GROWING("bare file, growing", inGroups(BareFile::growing)),
    BARE_DIRECT("bare file, O_DIRECT|O_DSYNC", inGroups(BareFile::direct)),
    MSQD("msqd, sync queue", SyncQueue::create),
    MSQD_LOG("msqd, log file alone", inGroups(LogFileAlone::create)),
    CHRONICLE("Chronicle Queue, sync()", inGroups(ChronicleLog::create)),
    ARTEMIS_NIO("Artemis journal, NIO", ArtemisJournal::nio),
    ARTEMIS_MAPPED("Artemis journal, mapped", ArtemisJournal::mapped),
    SQLITE("SQLite, WAL, FULL", inGroups(SqliteLog::create)),
    REDIS("Redis, appendfsync always", RedisServer::create);

    /** Makes what keeps messages where nothing is yet. */
    @FunctionalInterface
    interface Factory<T> {
        T create(Path path) throws IOException;
    }

    private final String label;
    private final Factory<Durable> factory;

    Candidate(String label, Factory<Durable> factory) {
        this.label = label;
        this.factory = factory;
    }

    public String label() {
        return label;
    }

    /** Why it can't be had on this machine; null if it can. */
    public String hindrance() {
        return this == REDIS && !RedisServer.isInstalled() ? "redis-server is not installed" : null;
    }

    Durable create(Path path) throws IOException {
        return factory.create(path);
    }

    private static Factory<Durable> inGroups(Factory<DurableLog> factory) {
        return path -> new GroupCommit(factory.create(path));
    }
}
