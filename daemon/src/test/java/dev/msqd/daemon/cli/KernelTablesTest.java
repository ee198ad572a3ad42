package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Processes;
import dev.msqd.daemon.TestJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own queues as the kernel and util-linux show them, and as our tables would (R79, R80). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelTablesTest {
    /**
     * In the order of the columns that lsipc is asked for. Its times are in another form, and where a user or group has no
     * name it shows nothing, we the number.
     */
    private static final Pattern JSON_FIELD = Pattern.compile(
        "\"(key|id|perms|owner|usedbytes|msgs|lspid|lrpid|cuid|cuser|cgid|cgroup|uid|gid)\":\"?([^\",]*)");

    @TempDir
    private static Path folder;

    @BeforeAll
    @Timeout(60)
    static void show() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0, "only root can make an IPC namespace");
        for (String program : List.of("unshare", "ipcs", "lsipc")) {
            assumeTrue(TestJvm.hasProgram(program), "there is no " + program);
        }
        List<String> command = new ArrayList<>(List.of("unshare", "--ipc"));
        command.addAll(TestJvm.command(KernelTables.class, folder));
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], command);
        assertEquals(0, result.status(), result.err());
    }

    private static List<String> lines(String name) throws Exception {
        return Files.readAllLines(folder.resolve(name));
    }

    @Test
    void procIsTheKernels() throws Exception {
        // R79
        assertEquals(5, lines("proc.theirs").size());
        assertEquals(Files.readString(folder.resolve("proc.theirs")), Files.readString(folder.resolve("proc.ours")));
    }

    @Test
    void tablesAreThoseOfIpcsWithTheNameAtTheEnd() throws Exception {
        for (String table : List.of("list", "times", "processes", "creators")) {
            List<String> theirs = lines(table + ".theirs");
            List<String> ours = lines(table + ".ours");
            assertEquals(theirs.size(), ours.size(), table);
            for (int i = 0; i < theirs.size(); i++) {
                // R80
                assertTrue(ours.get(i).startsWith(theirs.get(i)), table + ": " + ours.get(i) + "\n" + theirs.get(i));
                String rest = ours.get(i).substring(theirs.get(i).length()).strip();
                assertTrue(own(table).contains(rest.replaceAll(" +", " ")), table + ": " + rest);
            }
        }
    }

    /** What follows ipcs's columns: nothing, our columns' titles, their values for a queue of the kernel's. */
    private static List<String> own(String table) {
        return table.equals("list") ? List.of("", "durability keep NAME", "process none") : List.of("", "NAME");
    }

    @Test
    void limitsAndSummaryAreThoseOfIpcs() throws Exception {
        // R80
        assertEquals(lines("limits.theirs"), lines("limits.ours"));
        assertEquals(lines("summary.theirs"), lines("summary.ours"));
    }

    @Test
    void detailsAreThoseOfIpcsWithTheNameAtTheEnd() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                .filter(name -> name.matches("details-.*\\.theirs")).toList();
            assertEquals(4, names.size());
            for (String name : names) {
                List<String> ours = new ArrayList<>(lines(name.replace("theirs", "ours")));
                // R80
                assertTrue(ours.remove("name="), ours.toString());
                assertEquals(lines(name), ours);
            }
        }
    }

    @Test
    void jsonHasTheValuesOfLsipc() throws Exception {
        List<String> ours = new ArrayList<>();
        for (String object : lines("json.ours")) {
            Matcher fields = JSON_FIELD.matcher(object);
            List<String> values = new ArrayList<>();
            while (fields.find()) {
                values.add(fields.group(2));
            }
            ours.add(String.join(" ", values));
        }
        // R80
        assertEquals(lines("json.theirs"), ours);
    }
}
