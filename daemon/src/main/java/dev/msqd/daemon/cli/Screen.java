package dev.msqd.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A terminal as a screen of lines: keys come one by one without being shown, and everything is as before afterwards. It speaks ANSI, and has
 * {@code stty} do what takes more than that.
 */
final class Screen implements AutoCloseable {
    static final int NO_KEY = -1;

    private static final String ENTER = "\033[?1049h\033[?25l";
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String HOME = "\033[H";
    private static final String CLEAR_LINE = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";
    private static final String REVERSE = "\033[7m";
    private static final String BOLD = "\033[1m";
    private static final String PLAIN = "\033[0m";
    private static final int USUAL_ROWS = 24;
    private static final int USUAL_COLUMNS = 80;

    private final PrintWriter out;
    private final String before;
    private int rows = USUAL_ROWS;
    private int columns = USUAL_COLUMNS;

    /** Takes the terminal. What is drawn goes to {@code out}. */
    Screen(PrintWriter out) {
        this.out = out;
        this.before = stty("-g");
        stty("-icanon", "-echo", "min", "0", "time", "0");
        out.print(ENTER);
        out.flush();
    }

    int rows() {
        return rows;
    }

    /** How large it is by now. */
    void measure() {
        String[] size = stty("size").split(" ");
        if (size.length == 2 && !size[0].equals("0")) {
            rows = Integer.parseInt(size[0]);
            columns = Integer.parseInt(size[1]);
        }
    }

    /** Shows lines in place of what was there. The first is bold, one of them the table's head. */
    void show(List<String> lines, int head) {
        StringBuilder screen = new StringBuilder(HOME);
        for (int i = 0; i < Math.min(lines.size(), rows); i++) {
            String line = lines.get(i);
            String fitting = line.codePointCount(0, line.length()) <= columns
                ? line : line.substring(0, line.offsetByCodePoints(0, columns));
            screen.append(i > 0 ? "\r\n" : "").append(i == head ? REVERSE : i == 0 ? BOLD : "").append(fitting)
                .append(CLEAR_LINE).append(PLAIN);
        }
        out.print(screen.append(CLEAR_BELOW));
        out.flush();
    }

    /** The key that was pressed, if one was. */
    int key() throws IOException {
        return System.in.available() > 0 ? System.in.read() : NO_KEY;
    }

    @Override
    public void close() {
        out.print(LEAVE);
        out.flush();
        if (!before.isEmpty()) {
            stty(before);
        }
    }

    /** Best effort: a terminal that it can't change shows the figures all the same. */
    private static String stty(String... arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
