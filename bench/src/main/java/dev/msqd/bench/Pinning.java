package dev.msqd.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/**
 * Which processor a process runs on, if taskset(1) is there and both processors may be used.
 *
 * @param near  processor of the near process
 * @param far   processor of the far one
 * @param works whether taskset can do it
 */
record Pinning(int near, int far, boolean works) {
    private static final String TASKSET = "taskset";

    static Pinning to(int near, int far) throws IOException, InterruptedException {
        return new Pinning(near, far, canUse(near) && canUse(far));
    }

    /** What stands before the command of a process. */
    List<String> prefix(MeasuringProcess.Role role) {
        return works ? prefix(role == MeasuringProcess.Role.NEAR ? near : far) : List.of();
    }

    /**
     * What the JVM is told besides. A pinned JVM counts one processor and behaves as on a machine that has one: msqd
     * would not spin before it sleeps, since nobody could send meanwhile. It is the thread's place that is to be fixed,
     * not its behaviour.
     */
    List<String> jvmOptions() {
        return works ? List.of("-XX:ActiveProcessorCount=" + Runtime.getRuntime().availableProcessors()) : List.of();
    }

    @Override
    public String toString() {
        return works ? "pinned to processors " + near + " and " + far
            : "not pinned (no taskset for processors " + near + " and " + far + ")";
    }

    private static List<String> prefix(int processor) {
        return List.of(TASKSET, "-c", Integer.toString(processor));
    }

    private static boolean canUse(int processor) throws InterruptedException {
        try {
            return new ProcessBuilder(TASKSET, "-c", Integer.toString(processor), "true")
                .redirectErrorStream(true).redirectOutput(Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
