package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.file.Path;

/** What is compared. */
enum Candidate {
    BARE("bare, prewritten blocks", inGroups(BareFile::prewritten)),
    BARE_RESERVED("bare, reserved blocks", inGroups(BareFile::reserved)),
    BARE_GROWING("bare, growing file", inGroups(BareFile::growing)),
    BARE_DIRECT("bare, O_DIRECT|O_DSYNC", inGroups(BareFile::direct)),
    MSQD("msqd, sync queue", SyncQueue::create),
    MSQD_LOG("msqd, log file alone", inGroups(LogFileAlone::create)),
    CHRONICLE("Chronicle Queue, sync()", inGroups(ChronicleLog::create)),
    SQLITE("SQLite, WAL, FULL", inGroups(SqliteLog::create));

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

    String label() {
        return label;
    }

    Durable create(Path path) throws IOException {
        return factory.create(path);
    }

    private static Factory<Durable> inGroups(Factory<DurableLog> factory) {
        return path -> new GroupCommit(factory.create(path));
    }
}
