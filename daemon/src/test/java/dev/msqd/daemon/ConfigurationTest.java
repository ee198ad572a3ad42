package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.control.Limits;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    @TempDir
    private Path folder;

    private Configuration load(String... settings) {
        Map<String, String> commandLine = new HashMap<>(Map.of("dir", folder.toString()));
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            commandLine.put(parts[0], parts[1]);
        }
        return Configuration.load(commandLine, Map.of(), null);
    }

    private String refusal(String... settings) {
        return assertThrows(ConfigurationException.class, () -> load(settings)).getMessage();
    }

    private static Properties resource(String name) throws IOException {
        Properties properties = new Properties();
        try (InputStream stream = Configuration.class.getResourceAsStream("config/" + name)) {
            properties.load(stream);
        }
        return properties;
    }

    /** The file that documents the settings, and the code, name the same keys and the same values. */
    @Test
    void isDocumentedInItsFile() throws IOException {
        Properties file = resource("msqd.properties");
        Set<String> keys =
            Arrays.stream(ConfigurationKey.values()).map(ConfigurationKey::key).collect(Collectors.toSet());
        assertEquals(keys, file.stringPropertyNames());
        for (ConfigurationKey key : ConfigurationKey.values()) {
            assertEquals(key.builtIn(), file.getProperty(key.key()), key.key());
        }
    }

    @Test
    void hasWhatIsBuiltIn() {
        Configuration configuration = load();
        assertEquals(new Limits(65_536, 67_108_864, 32_000, 0), configuration.limits());
        assertEquals(262_144, configuration.segmentLength());
        assertEquals(Durability.INTERVAL, configuration.durability());
        assertEquals(50, configuration.logIntervalMs());
        assertEquals(16 << 20, configuration.logFileLength());
        assertEquals(30, configuration.logMaxLagSeconds());
        assertEquals(folder, configuration.directory());
        assertNull(configuration.hotDirectory());
    }

    /** R75; Tru64's own. */
    @Test
    void knowsThePresets() {
        assertEquals(new Limits(8192, 16_384, 32_000, 0), load("preset=linux").limits());
        assertEquals(new Limits(8192, 16_384, 32_000, 40), load("preset=tru64").limits());
    }

    @Test
    void letsLaterSourcesWin() throws IOException {
        Path file = Files.writeString(folder.resolve("x.properties"), "preset=tru64\nmsgmnb=2\nmsgmni=2\nmsgtql=2\n");
        Map<String, String> environment = Map.of("MSQD_MSGMNI", "3", "MSQD_MSGTQL", "3", "MSQD_HOT_DIR", "/hot");
        Configuration configuration =
            Configuration.load(Map.of("dir", "/data", "msgtql", "4"), environment, file);
        assertEquals(new Limits(8192, 2, 3, 4), configuration.limits());
        assertEquals(Path.of("/hot"), configuration.hotDirectory());
        assertEquals(Path.of("/data"), configuration.directory());
    }

    @Test
    void readsTheFileInTheDataDirectory() throws IOException {
        Files.writeString(folder.resolve("msqd.properties"), "msgmax=1K\n");
        assertEquals(1024, load().limits().msgmax());
        assertEquals(1024, Configuration.of(folder).limits().msgmax());
        Files.writeString(folder.resolve("msqd.properties"), "dir=/elsewhere\n");
        assertTrue(refusal().contains("dir cannot be set by a file inside the data directory"));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "64k,65536", "64K,65536", "1M,1048576", "1G,1073741824", "2147483647,2147483647"})
    void takesSizes(String text, long bytes) {
        assertEquals(bytes, load("msgmax=" + text).limits().msgmax());
    }

    @ParameterizedTest
    @CsvSource({"process,PROCESS", "interval,INTERVAL", "sync,SYNC", "' sync ',SYNC"})
    void takesADurability(String text, Durability durability) {
        assertEquals(durability, load("durability=" + text).durability());
    }

    @Test
    void takesWhatConcernsTheLog() {
        assertEquals(1, load("log.interval=1").logIntervalMs());
        assertEquals(60_000, load("log.interval=60000").logIntervalMs());
        assertEquals(1 << 20, load("log.file.length=1M").logFileLength());
        assertEquals(1 << 30, load("log.file.length=1G").logFileLength());
        assertEquals(0, load("log.max.lag=0").logMaxLagSeconds());
        assertEquals(Integer.MAX_VALUE, load("log.max.lag=2147483647").logMaxLagSeconds());
    }

    @Test
    void servesNothingOverHttpUnlessToldTo() {
        assertEquals(0, load().httpPort());
        assertEquals("127.0.0.1", load().httpAddress());
        assertEquals(9464, load("http.port=9464").httpPort());
        assertEquals("::1", load("http.address= ::1 ").httpAddress());
    }

    /** R76. */
    @ParameterizedTest
    @CsvSource({
        "msgmax, 2147483648, 0 .. 2147483647",
        "msgmax, -1, 0 .. 2147483647",
        "msgmax, 2G, 0 .. 2147483647",
        "msgmax, 99999999999999999999, 0 .. 2147483647",
        "msgmax, 8388608T, 0 .. 2147483647",
        "msgmax, K, 0 .. 2147483647",
        "msgmax, '', 0 .. 2147483647",
        "msgmax, 1 2, 0 .. 2147483647",
        "msgmnb, x, 0 .. 2147483647",
        "msgmni, 32769, 0 .. 32768",
        "msgtql, -1, 0 .. 2147483647",
        "segment.length, 8K, 'a power of two, 16384 .. 536870912'",
        "segment.length, 100000, 'a power of two, 16384 .. 536870912'",
        "segment.length, 1G, 'a power of two, 16384 .. 536870912'",
        "durability, '', 'one of process, interval, sync'",
        "durability, fsync, 'one of process, interval, sync'",
        "durability, SYNC, 'one of process, interval, sync'",
        "log.interval, 0, 1 .. 60000",
        "log.interval, 60001, 1 .. 60000",
        "log.interval, 50ms, 1 .. 60000",
        "log.file.length, 1048575, 1048576 .. 1073741824",
        "log.file.length, 2G, 1048576 .. 1073741824",
        "log.max.lag, -1, 0 .. 2147483647",
        "log.max.lag, 2G, 0 .. 2147483647",
        "http.port, 65536, 0 .. 65535",
        "http.port, -1, 0 .. 65535",
        "http.port, http, 0 .. 65535",
        "http.address, '', 'an address of this machine, or a name of one'",
        "http.address, 'one two', 'an address of this machine, or a name of one'",
        "preset, solaris, 'the name of a preset: linux, tru64'",
        "preset, ../x, 'the name of a preset: linux, tru64'"})
    void refusesWithTheKeyAndTheRange(String key, String value, String allowed) {
        assertEquals("command line: " + key + " = " + value + " is not allowed; it is " + allowed,
            refusal(key + "=" + value));
    }

    @Test
    void namesTheSourceOfAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("x.properties"), "msgmax=many\n");
        assertTrue(assertThrows(ConfigurationException.class, () -> Configuration.load(Map.of(), Map.of(), file))
            .getMessage().startsWith(file + ": msgmax = many"));
        assertTrue(assertThrows(ConfigurationException.class,
            () -> Configuration.load(Map.of("dir", "/x"), Map.of("MSQD_MSGMAX", "many"), null))
            .getMessage().startsWith("environment variable MSQD_MSGMAX: msgmax = many"));
        assertTrue(assertThrows(ConfigurationException.class,
            () -> Configuration.load(Map.of(), Map.of(), folder.resolve("absent")))
            .getMessage().contains(folder.resolve("absent").toString()));
        assertTrue(refusal("msgmx=1").startsWith("command line: there is no setting 'msgmx'; there are dir, hot.dir"));
    }

    /** A record is at most about half a segment, as long as segments don't become longer than 4 MiB by it. */
    @ParameterizedTest
    @CsvSource({
        "65536, 262144, 262144",
        "130880, 262144, 262144",
        "131008, 262144, 262144",
        "131009, 262144, 524288",
        "8192, 16384, 32768",
        "0, 16384, 16384",
        "2097088, 16384, 4194304",
        "2097089, 16384, 4194304",
        "2147483647, 16384, 4194304",
        "2147483647, 4194304, 4194304",
        "2147483647, 8388608, 8388608",
        "8192, 536870912, 536870912"})
    void makesSegmentsLongEnough(String msgmax, String configured, int expected) {
        assertEquals(expected, load("msgmax=" + msgmax, "segment.length=" + configured).segmentLength());
    }
}
