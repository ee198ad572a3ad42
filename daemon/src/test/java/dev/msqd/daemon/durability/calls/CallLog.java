package dev.msqd.daemon.durability.calls;

import dev.msqd.daemon.durability.device.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of some processes, one after the other or at once, that change files or sync them, as strace writes them down: what a process
 * did before it answered somebody is in the file by then. Any thread may ask for the length.
 */
public final class CallLog implements AutoCloseable {
    private static final String TRACED = "openat,mkdir,rename,unlink,rmdir,pwrite64,ftruncate,fsync,fdatasync";
    private static final String MAX_WRITE = Integer.toString(64 << 20);
    private static final String UNFINISHED = "<unfinished ...>";
    private static final String RESUMED = " resumed>";
    private static final String ESCAPE = "\\x";
    private static final int HEX = 16;

    private final Path file;
    private final FileChannel channel;

    /** A call of which the beginning was written down. */
    private record Begun(int begin, String text) {}

    /** Makes a log that is empty. */
    public CallLog(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** The beginning of a command that runs the rest of it in the same process, and adds its calls. */
    public List<String> command() {
        Program.require("strace", "strace");
        return List.of("strace", "-D", "-f", "-qq", "-y", "--seccomp-bpf", "-xx", "-s", MAX_WRITE, "-A", "-o",
            file.toString(), "-e", "trace=" + TRACED);
    }

    /** How long it is by now. */
    public int length() {
        try {
            return Math.toIntExact(channel.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What was done to a folder and in it, in the order of the ends. What was under way when a process was killed counts as not done.
     *
     * @throws IOException a line makes no sense
     */
    public List<Call> calls(Path folder) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Map<String, Begun> begun = new HashMap<>();
        List<Call> calls = new ArrayList<>();
        int end;
        for (int begin = 0; begin < bytes.length; begin = end) {
            end = begin;
            while (bytes[end++] != '\n') {
                continue;
            }
            String line = new String(bytes, begin, end - 1 - begin, StandardCharsets.ISO_8859_1);
            int space = line.indexOf(' ');
            String thread = line.substring(0, space);
            Begun call = new Begun(begin, line.substring(space).strip());
            if (call.text.startsWith("<... ")) {
                Begun earlier = begun.remove(thread);
                call = new Begun(earlier.begin,
                    earlier.text + call.text.substring(call.text.indexOf(RESUMED) + RESUMED.length()));
            }
            if (call.text.endsWith(UNFINISHED)) {
                String text = call.text.substring(0, call.text.length() - UNFINISHED.length());
                begun.put(thread, new Begun(call.begin, text.stripTrailing()));
            } else if (Character.isLetter(call.text.charAt(0))) {
                try {
                    add(call, end, folder, calls);
                } catch (RuntimeException e) {
                    throw new IOException("a line of " + file + " makes no sense: " + line, e);
                }
            }
        }
        return calls;
    }

    private static void add(Begun call, int end, Path folder, List<Call> calls) {
        int equals = call.text.lastIndexOf(" = ");
        String result = call.text.substring(equals + " = ".length());
        if (!Character.isDigit(result.charAt(0))) {
            return; // it failed, or its thread was killed
        }
        int open = call.text.indexOf('(');
        String[] arguments = call.text.substring(open + 1, call.text.lastIndexOf(')', equals)).split(", ");
        if (arguments[0].endsWith("(deleted)")) {
            return; // for those alone who have it open
        }
        Call.Kind kind;
        Path path = path(arguments[0]);
        Path target = null;
        long offset = 0;
        byte[] bytes = null;
        switch (call.text.substring(0, open)) {
            case "openat" -> {
                if (!arguments[2].contains("O_CREAT")) {
                    return;
                }
                kind = Call.Kind.CREATE;
                path = path(result);
            }
            case "mkdir" -> kind = Call.Kind.MAKE_FOLDER;
            case "rename" -> {
                kind = Call.Kind.RENAME;
                target = path(arguments[1]);
            }
            case "unlink", "rmdir" -> kind = Call.Kind.DELETE;
            case "pwrite64" -> {
                kind = Call.Kind.WRITE;
                bytes = bytes(arguments[1].substring(1, arguments[1].length() - 1), Integer.parseInt(result));
                offset = Long.parseLong(arguments[3]);
            }
            case "ftruncate" -> {
                kind = Call.Kind.TRUNCATE;
                offset = Long.parseLong(arguments[1]);
            }
            case "fsync" -> kind = Call.Kind.FSYNC;
            case "fdatasync" -> kind = Call.Kind.FDATASYNC;
            default -> throw new IllegalArgumentException();
        }
        if (path.startsWith(folder)) {
            calls.add(new Call(call.begin, end, kind, path, target, offset, bytes));
        }
    }

    /** Of a path in quotes, or of a descriptor, with the path that it had at that moment. */
    private static Path path(String argument) {
        boolean quoted = argument.startsWith("\"");
        int begin = quoted ? 1 : argument.indexOf('<') + 1;
        String hex = argument.substring(begin, quoted ? argument.length() - 1 : argument.lastIndexOf('>'));
        return Path.of(new String(bytes(hex, Integer.MAX_VALUE), StandardCharsets.UTF_8));
    }

    private static byte[] bytes(String hex, int most) {
        int each = ESCAPE.length() + 2;
        byte[] bytes = new byte[Math.min(hex.length() / each, most)];
        for (int i = 0; i < bytes.length; i++) {
            int digits = i * each + ESCAPE.length();
            bytes[i] =
                (byte) (Character.digit(hex.charAt(digits), HEX) << 4 | Character.digit(hex.charAt(digits + 1), HEX));
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
