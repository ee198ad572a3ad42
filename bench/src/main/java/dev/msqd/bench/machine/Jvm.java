package dev.msqd.bench.machine;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a JVM of the benchmarks is started: with the same java, class path and options as this one, and what the manifest of the jar says,
 * which does not count for a class path: {@code msqd.jvm.options} and {@code chronicle.jvm.options} of the parent pom. The same
 * for all peers.
 */
public final class Jvm {
    private static final List<String> OPTIONS = List.of(
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",
        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
        "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
        "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dchronicle.analytics.disable=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        // Numbers in files are read again; and JMH is started by us alone, which its lock file does not know.
        "-Duser.language=en",
        "-Djmh.ignoreLock=true");

    private Jvm() {}

    /** The options that every JVM is started with, before its own. */
    public static List<String> options() {
        List<String> options = new ArrayList<>();
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-agentlib:jdwp"))
            .forEach(options::add);
        OPTIONS.stream().filter(option -> !options.contains(option)).forEach(options::add);
        return options;
    }

    /** The whole command; {@code prefix} pins it, {@code ownOptions} come last. */
    public static List<String> command(
        List<String> prefix, List<String> ownOptions, Class<?> mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options());
        command.addAll(ownOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
        command.addAll(arguments);
        return command;
    }

    /** The same without a prefix or options. */
    public static ProcessBuilder builder(Class<?> mainClass, String... arguments) {
        return new ProcessBuilder(command(List.of(), List.of(), mainClass, List.of(arguments)));
    }
}
