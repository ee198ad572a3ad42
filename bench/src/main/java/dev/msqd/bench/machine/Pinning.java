package dev.msqd.bench.machine;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which processor a process runs on, by taskset(1), if that is there and the processors may be used.
 *
 * @param processors the first for what sends, the second for what receives, and round and round for more
 * @param works      whether taskset can do it
 */
public record Pinning(List<Integer> processors, boolean works) {
    private static final String TASKSET = "taskset";

    public static Pinning to(List<Integer> processors) throws IOException, InterruptedException {
        for (int processor : processors) {
            if (!canUse(processor)) {
                return new Pinning(processors, false);
            }
        }
        return new Pinning(processors, true);
    }

    /** What stands before the command of the process with this number, from 0. */
    public List<String> prefix(int process) {
        return works ? prefix(processors.get(process % processors.size()).toString()) : List.of();
    }

    /**
     * What its JVM is told besides. A pinned JVM counts one processor and behaves as on a machine that has one: msqd
     * would not spin before it sleeps, since nobody could send meanwhile. It is the process's place that is to be fixed,
     * not its behaviour.
     */
    public List<String> jvmOptions() {
        return works ? List.of("-XX:ActiveProcessorCount=" + Runtime.getRuntime().availableProcessors()) : List.of();
    }

    @Override
    public String toString() {
        String all = processors.stream().map(Object::toString).collect(Collectors.joining(", "));
        return works ? "each process pinned to one of processors " + all + " (taskset)"
            : "not pinned (no taskset for processors " + all + ")";
    }

    private static List<String> prefix(String processor) {
        return List.of(TASKSET, "-c", processor);
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
