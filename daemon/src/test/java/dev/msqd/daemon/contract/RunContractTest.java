package dev.msqd.daemon.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** msqd keeps the contract towards C programs under {@code msqd run}, signals included. */
class RunContractTest extends DaemonContractTest {
    private Path program;

    @Override
    MessageQueues connect(Path dataDirectory) throws Exception {
        if (program == null) {
            program = RunActors.compile(folder());
            assumeTrue(program != null, "there is no cc");
        }
        return new RunActors(folder(), program, dataDirectory);
    }

    @Override
    Actor actor(List<String> command) {
        try {
            return ((RunActors) queues()).spawn(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who is stopped has left the line: its call ended, and begins anew when it is continued. */
    @Override
    public void awaitStopNoticed(int msqid) {}
}
