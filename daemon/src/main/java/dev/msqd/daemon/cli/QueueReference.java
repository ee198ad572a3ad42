package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.StoredData;
import dev.msqd.daemon.StoredQueue;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A queue as the user names it: {@code 0x1f} is a key, {@code 12} an id, anything else a name.
 *
 * @param kind  what the text is
 * @param text  as the user wrote it
 * @param value the key or the id; 0 for a name
 */
record QueueReference(Kind kind, String text, int value) {
    enum Kind {
        NAME("name"), KEY("key"), ID("id");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    /** What a queue that send makes on the way permits: reading and writing to its owner. */
    private static final int PRIVATE_MODE = 0600;

    static QueueReference parse(String text) {
        if (text.startsWith("0x") || text.startsWith("0X")) {
            return ofKey(text);
        }
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            try {
                return new QueueReference(Kind.ID, text, Integer.parseInt(text));
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not a queue id (0 to " + Integer.MAX_VALUE + ")");
            }
        }
        if (text.isEmpty()) {
            throw new TypeConversionException("a queue is a name, a key (0x...) or an id, not an empty word");
        }
        return new QueueReference(Kind.NAME, text, 0);
    }

    private static QueueReference ofKey(String text) {
        return new QueueReference(Kind.KEY, text, new Key().convert(text));
    }

    /**
     * The queue among those that are stored, without a daemon.
     *
     * @throws Failure there is none
     */
    StoredQueue find(StoredData data) {
        return data.queues().stream().filter(this::isOf).findFirst().orElseThrow(
            () -> new Failure(ExitStatus.REFUSED, "ENOENT: there is no " + this + " in " + data.directory()));
    }

    private boolean isOf(StoredQueue queue) {
        return switch (kind) {
            case ID -> queue.msqid() == value;
            case KEY -> value != Msqd.IPC_PRIVATE && queue.key() == value;
            case NAME -> queue.name().equals(text);
        };
    }

    /** The id. An id is taken at its word: the first call that uses it tells whether it is one. */
    int find(Msqd msqd) {
        return switch (kind) {
            case ID -> value;
            case KEY -> findByKey(msqd);
            case NAME -> msqd.get(text, 0);
        };
    }

    /** Key 0 finds nothing: msgget would make a queue of it (R1). */
    private int findByKey(Msqd msqd) {
        if (value == Msqd.IPC_PRIVATE) {
            throw new ErrnoException(Errno.EINVAL, "key 0 is that of all private queues: say which by its id");
        }
        return msqd.get(value, 0);
    }

    /** The id, of a new queue if the name or key is unknown. Asks for no permission on one that exists (R6). */
    private int findOrMake(Msqd msqd) {
        try {
            return find(msqd);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            return kind == Kind.KEY
                ? msqd.get(value, Msqd.IPC_CREAT | PRIVATE_MODE)
                : msqd.get(text, Msqd.IPC_CREAT | PRIVATE_MODE);
        }
    }

    /**
     * Attaches to the queue.
     *
     * @param make whether to make it if its name or key is unknown
     */
    MessageQueue open(Msqd msqd, boolean make) {
        return msqd.open(make ? findOrMake(msqd) : find(msqd));
    }

    /** Why the last send into it found no room, as in a sentence. */
    String full(MessageQueue opened, int length) {
        if (opened.refusedByMsgtql()) {
            return "there may be no more messages on all queues together (msgtql)";
        }
        return isTooSmall(opened, length)
            ? "the message is " + length + " bytes long, " + this + " holds no more than " + opened.qbytes()
                + " (qbytes)"
            : this + " is full (qbytes " + opened.qbytes() + ")";
    }

    /** Whether the queue can't take a message of this length even when it is empty (R21, R22). */
    static boolean isTooSmall(MessageQueue opened, int length) {
        return Math.max(length, 1) > opened.qbytes();
    }

    /** How ipcrm names a queue that is not there (R81): invalid id (12), illegal key (0). */
    String invalid() {
        boolean nobodys = kind == Kind.KEY && value == Msqd.IPC_PRIVATE;
        return (nobodys ? "illegal " : "invalid ") + kind.label + " (" + text + ")";
    }

    /** As in a sentence: queue 'files', queue 0x1f, queue 12. */
    @Override
    public String toString() {
        return kind == Kind.NAME ? "queue '" + text + "'" : "queue " + text;
    }

    /** For options that take a key and nothing else, 0x or not. */
    static final class KeyConverter implements ITypeConverter<QueueReference> {
        @Override
        public QueueReference convert(String text) {
            return ofKey(text);
        }
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<QueueReference> {
        @Override
        public QueueReference convert(String text) {
            return parse(text);
        }
    }
}
