package dev.msqd.daemon.durability;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What is tried: something that keeps queues in a directory. */
interface Subject {
    /** Starts it on a directory, which may be empty. */
    Service start(Path directory) throws Exception;

    /** What queues and messages a directory holds after a power cut, oldest first: {@link Payload} numbers. May change it. */
    Map<String, long[]> recover(Path directory) throws Exception;

    /** How it ends. */
    enum End {
        /** In good order. */
        STOPPED,
        /** By SIGKILL. What is in shared memory stays. */
        KILLED,
        /** With the machine: what is in shared memory is gone; all that was written is written. */
        REBOOTED
    }

    /** It, at work. Closing it stops it in good order. */
    interface Service extends AutoCloseable {
        /** Makes a queue, or opens the one of that name. */
        Queue open(String name, Level level) throws Exception;

        void remove(String name) throws Exception;

        /** Ends and starts again, and has something done in between. Unless it is killed, nobody has a queue open then. */
        void restart(End end, Runnable meanwhile) throws Exception;

        /** Ends and starts again. */
        default void restart(End end) throws Exception {
            restart(end, () -> {});
        }

        /** Whether it can be killed while queues are open. */
        default boolean canBeKilledInUse() {
            return false;
        }

        @Override
        void close() throws IOException;
    }

    /** A queue in use by one thread. */
    interface Queue extends AutoCloseable {
        /** Returns when the message is sent, with what is promised of it. */
        void send(long mtype, byte[] bytes) throws Exception;

        /** Takes a message if one comes soon: its {@link Payload} number, or 0. */
        long receive(long mtype) throws Exception;

        @Override
        void close();
    }
}
