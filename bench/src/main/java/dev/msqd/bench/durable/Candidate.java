package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.file.Path;

/** What is compared. */
enum Candidate {
    BARE("bare, prewritten blocks", BareFile::prewritten),
    BARE_RESERVED("bare, reserved blocks", BareFile::reserved),
    BARE_GROWING("bare, growing file", BareFile::growing),
    BARE_DIRECT("bare, O_DIRECT|O_DSYNC", BareFile::direct),
    BATCH_FILE("batch file, 8-byte steps", path -> BatchFile.create(path, Long.BYTES)),
    BATCH_FILE_PAGES("batch file, page steps", path -> BatchFile.create(path, BareFile.PAGE_LENGTH)),
    CHRONICLE("Chronicle Queue, sync()", ChronicleLog::create),
    SQLITE("SQLite, WAL, FULL", SqliteLog::create);

    /** Makes a log where nothing is yet. */
    @FunctionalInterface
    interface Factory {
        DurableLog create(Path path) throws IOException;
    }

    private final String label;
    private final Factory factory;

    Candidate(String label, Factory factory) {
        this.label = label;
        this.factory = factory;
    }

    String label() {
        return label;
    }

    DurableLog create(Path path) throws IOException {
        return factory.create(path);
    }
}
