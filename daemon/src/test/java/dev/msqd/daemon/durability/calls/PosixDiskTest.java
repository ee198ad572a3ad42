package dev.msqd.daemon.durability.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few calls, and all that a cut may leave of them: files by name and content. */
class PosixDiskTest {
    private static final int CUTS = 500;
    private static final Path ROOT = Path.of("/there");

    @TempDir
    private Path folder;
    private final PosixDisk disk = new PosixDisk(ROOT);
    private int length;

    private void done(Call.Kind kind, String path) {
        apply(kind, path, null, length, null);
    }

    private void written(String path, String text) {
        apply(Call.Kind.WRITE, path, null, length, text);
    }

    private void renamed(String path, String target) {
        apply(Call.Kind.RENAME, path, ROOT.resolve(target), length, null);
    }

    private void apply(Call.Kind kind, String path, Path target, int begin, String text) {
        length++;
        byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        disk.apply(new Call(begin, length, kind, ROOT.resolve(path), target, 0, bytes));
    }

    /** What each of many cuts at this moment leaves, such as "a=text log/b=". */
    private Set<String> cuts() throws IOException {
        Set<String> found = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < CUTS; i++) {
            Path image = Files.createDirectory(folder.resolve("image"));
            disk.cut(image, random);
            found.add(describe(image));
            IoUtil.delete(image.toFile(), false);
        }
        return found;
    }

    private static String describe(Path image) throws IOException {
        List<String> files = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(image)) {
            for (Path path : paths.filter(path -> !path.equals(image)).sorted().toList()) {
                files.add(image.relativize(path) + (Files.isDirectory(path) ? "/" : "=" + Files.readString(path)));
            }
        }
        return String.join(" ", files);
    }

    @Test
    void aSyncOfAFileIsNotForItsName() throws IOException {
        done(Call.Kind.CREATE, "a");
        written("a", "text");
        assertEquals(Set.of("", "a=", "a=text"), cuts());
        done(Call.Kind.FDATASYNC, "a");
        assertEquals(Set.of("", "a=text"), cuts());
        done(Call.Kind.FSYNC, "");
        assertEquals(Set.of("a=text"), cuts());
    }

    @Test
    void aSyncOfAFolderIsNotForWhatIsInItsFiles() throws IOException {
        done(Call.Kind.MAKE_FOLDER, "log");
        done(Call.Kind.CREATE, "log/a");
        written("log/a", "text");
        done(Call.Kind.FSYNC, "log");
        assertEquals(Set.of("", "log/ log/a=", "log/ log/a=text"), cuts());
        done(Call.Kind.FSYNC, "");
        assertEquals(Set.of("log/ log/a=", "log/ log/a=text"), cuts());
    }

    @Test
    void whatIsRenamedHasOneNameOfTheTwo() throws IOException {
        done(Call.Kind.CREATE, "a");
        done(Call.Kind.CREATE, "b");
        done(Call.Kind.FSYNC, "");
        written("b", "text");
        done(Call.Kind.FSYNC, "b");
        renamed("b", "a");
        assertEquals(Set.of("a= b=text", "a=text"), cuts());
        done(Call.Kind.FSYNC, "");
        assertEquals(Set.of("a=text"), cuts());
    }

    @Test
    void whatIsDeletedMayComeBack() throws IOException {
        done(Call.Kind.CREATE, "a");
        done(Call.Kind.CREATE, "b");
        done(Call.Kind.FSYNC, "");
        done(Call.Kind.DELETE, "b");
        done(Call.Kind.DELETE, "a");
        assertEquals(Set.of("", "a=", "b=", "a= b="), cuts());
        done(Call.Kind.FSYNC, "");
        assertEquals(Set.of(""), cuts());
    }

    @Test
    void aSyncIsNotForWhatIsDoneMeanwhile() throws IOException {
        done(Call.Kind.CREATE, "a");
        int begin = length;
        done(Call.Kind.CREATE, "b");
        apply(Call.Kind.FSYNC, "", null, begin, null);
        assertEquals(Set.of("a=", "a= b="), cuts());
    }
}
