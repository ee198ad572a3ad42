package dev.msqd.daemon.run;

import dev.msqd.client.TracedThread;
import dev.msqd.client.control.Credentials;

/** A thread of a program, as it was when it was last looked at. Any thread. */
final class Target {
    private final int process;
    private final int shownProcess;
    private final Credentials credentials;
    private final long ipcNamespace;
    private final TracedThread traced;
    private volatile QueueSystem.Connection connection;

    /**
     * @param process      its thread-group id, in this process's pid namespace
     * @param shownProcess the same in the program's own pid namespace: what lspid and lrpid say
     * @param credentials  effective user, groups and capabilities
     * @param ipcNamespace inode number of its IPC namespace
     * @param traced       what the trace says of it
     */
    Target(int process, int shownProcess, Credentials credentials, long ipcNamespace, TracedThread traced) {
        this.process = process;
        this.shownProcess = shownProcess;
        this.credentials = credentials;
        this.ipcNamespace = ipcNamespace;
        this.traced = traced;
    }

    int process() {
        return process;
    }

    int shownProcess() {
        return shownProcess;
    }

    Credentials credentials() {
        return credentials;
    }

    long ipcNamespace() {
        return ipcNamespace;
    }

    TracedThread traced() {
        return traced;
    }

    /** The queues that it sees, with its rights. */
    QueueSystem.Connection connection(QueueSystems systems) {
        QueueSystem.Connection known = connection;
        if (known == null) {
            known = systems.of(this).of(credentials);
            connection = known;
        }
        return known;
    }
}
