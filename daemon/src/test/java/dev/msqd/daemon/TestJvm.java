package dev.msqd.daemon;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What tests start JVMs by, and what they do to them. */
public final class TestJvm {
    /** For a process that does little: it starts sooner with the simpler compiler. */
    public static final String SIMPLE_COMPILER = "-XX:TieredStopAtLevel=1";

    private TestJvm() {}

    /** The command that runs a main class with this process's class path. */
    public static List<String> command(Class<?> main, Object... arguments) {
        return command(List.of(SIMPLE_COMPILER), classPath(), main, arguments);
    }

    /** The same with options and a class path of the caller's. */
    public static List<String> command(List<String> options, String classPath, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-Xshare:auto"));
        command.addAll(moduleOptions());
        command.addAll(List.of("-cp", classPath, main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** What this process's JVM was told about modules and native code: the pom says it once for all. */
    private static List<String> moduleOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith("--add-") || option.startsWith("--enable-native-access")
                || option.startsWith("--sun-misc-unsafe"))
            .toList();
    }

    /** What this process's classes are loaded from, also where Surefire hides it in a jar. */
    public static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Copies of what these classes were loaded from, for a user who may not read the originals. */
    public static String copiedClassPath(Path folder, Class<?>... classes) throws Exception {
        List<String> copies = new ArrayList<>();
        for (Class<?> each : classes) {
            Path source = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path copy = folder.resolve("lib" + copies.size() + "-" + source.getFileName());
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.toList()) {
                    Path target = copy.resolve(source.relativize(file).toString());
                    Files.copy(file, file.equals(source) ? copy : target);
                }
            }
            copies.add(copy.toString());
        }
        return String.join(":", copies);
    }

    /** Whether a program is there. */
    public static boolean hasProgram(String name) {
        for (String folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    /** Sends a signal, as kill does: "INT", "STOP". A process that has ended gets none. */
    public static void signal(Process process, String name) throws IOException {
        if (process.isAlive()) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().onExit().join();
        }
    }
}
