package dev.msqd.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A {@link MeasuringProcess} from outside: the same java, the same options, the same class path. */
final class MeasuringJvm implements AutoCloseable {
    /** What the manifest of the jar says, which does not count for a class path. */
    private static final List<String> MSQD_OPTIONS = List.of(
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED");

    private final MeasuringProcess.Role role;
    private final Process process;

    private MeasuringJvm(MeasuringProcess.Role role, Process process) {
        this.role = role;
        this.process = process;
    }

    /** What it prints to stderr goes to ours. */
    static MeasuringJvm start(
        MeasuringProcess.Role role,
        Transport transport,
        Path dataDirectory,
        QueuePair queues,
        Plan plan,
        Pinning pinning) throws IOException {
        List<String> command = new ArrayList<>(pinning.prefix(role));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-agentlib:jdwp"))
            .forEach(command::add);
        command.addAll(MSQD_OPTIONS);
        command.addAll(pinning.jvmOptions());
        command.addAll(List.of(
            "-cp", System.getProperty("java.class.path"), MeasuringProcess.class.getName(),
            "--role=" + role.name().toLowerCase(Locale.ROOT),
            "--transport=" + transport.name().toLowerCase(Locale.ROOT),
            "--data-directory=" + dataDirectory,
            "--outward=" + queues.outward(),
            "--homeward=" + queues.homeward()));
        command.addAll(List.of(plan.options()));
        return new MeasuringJvm(role, new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
    }

    /** When this one fails, the other one waits in vain. */
    void takeAlongOnFailure(MeasuringJvm other) {
        process.onExit().thenAccept(ended -> {
            if (ended.exitValue() != 0) {
                other.process.destroyForcibly();
            }
        });
    }

    /** Waits until it has ended well, or so long; returns the line that it printed, or null if it printed none. */
    String result(long timeoutMinutes) throws IOException, InterruptedException {
        if (!process.waitFor(timeoutMinutes, TimeUnit.MINUTES)) {
            throw new IOException("the " + role.name().toLowerCase(Locale.ROOT) + " process has not ended after "
                + timeoutMinutes + " minutes");
        }
        if (process.exitValue() != 0) {
            throw new IOException("the " + role.name().toLowerCase(Locale.ROOT) + " process ended with status "
                + process.exitValue());
        }
        return process.inputReader().readLine();
    }

    /** Kills it if it is still there, and waits until it is dead. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
