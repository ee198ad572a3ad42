package dev.msqd.daemon;

import dev.msqd.client.control.DataDirectory;
import dev.msqd.client.control.Limits;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.agrona.BitUtil;

/**
 * What a daemon is started with. Later sources win: what is built in, the preset, the file, the environment, the
 * command line. Unchangeable.
 */
public final class Configuration {
    /** Name of the file that is read in the data directory when none is named. */
    public static final String FILE_NAME = "msqd.properties";
    /** What keys begin with on the command line. */
    public static final String PREFIX = "msqd.";

    /** A record's share of a segment is at most half, so that a long one does not waste most of it. */
    private static final int MIN_MESSAGES_PER_SEGMENT = 2;
    private static final int RECORD_OVERHEAD = 64;
    private static final long MAX_GROWN_SEGMENT_LENGTH = 4 * 1024 * 1024;

    private final Path directory;
    private final Path hotDirectory;
    private final Limits limits;
    private final int segmentLength;
    private final Durability durability;
    private final int logIntervalMs;
    private final int logFileLength;
    private final int logMaxLagSeconds;
    private final int httpPort;
    private final String httpAddress;
    private final long traceMaxSize;

    private Configuration(Map<ConfigurationKey, Setting> settings) {
        directory = directory(settings).toAbsolutePath();
        hotDirectory = path(settings.get(ConfigurationKey.HOT_DIR));
        limits = new Limits(
            number(settings, ConfigurationKey.MSGMAX),
            number(settings, ConfigurationKey.MSGMNB),
            number(settings, ConfigurationKey.MSGMNI),
            number(settings, ConfigurationKey.MSGTQL));
        segmentLength = (int) number(settings, ConfigurationKey.SEGMENT_LENGTH);
        Setting level = settings.get(ConfigurationKey.DURABILITY);
        durability = ConfigurationKey.DURABILITY.choice(Durability.class, level.value, level.source);
        logIntervalMs = (int) number(settings, ConfigurationKey.LOG_INTERVAL);
        logFileLength = (int) number(settings, ConfigurationKey.LOG_FILE_LENGTH);
        logMaxLagSeconds = (int) number(settings, ConfigurationKey.LOG_MAX_LAG);
        httpPort = (int) number(settings, ConfigurationKey.HTTP_PORT);
        httpAddress = word(settings, ConfigurationKey.HTTP_ADDRESS);
        traceMaxSize = number(settings, ConfigurationKey.TRACE_MAX_SIZE);
    }

    /**
     * Puts a configuration together from all its sources.
     *
     * @param commandLine keys without {@link #PREFIX}, and their values
     * @param file        configuration file, or null: {@code msqd.properties} in the data directory, if it is there
     * @throws ConfigurationException an unknown key, a value out of range, a file or preset that is not there
     */
    public static Configuration load(Map<String, String> commandLine, Path file) {
        return load(commandLine, System.getenv(), file);
    }

    /**
     * What an embedded daemon runs with: the data directory's own file and the environment.
     *
     * @throws ConfigurationException as {@link #load(Map, Path)}
     */
    public static Configuration of(Path directory) {
        return load(Map.of(ConfigurationKey.DIR.key(), directory.toString()), null);
    }

    static Configuration load(Map<String, String> commandLine, Map<String, String> environment, Path file) {
        Map<ConfigurationKey, Setting> given = new EnumMap<>(ConfigurationKey.class);
        for (ConfigurationKey key : ConfigurationKey.values()) {
            String value = environment.get(key.environmentVariable());
            if (value != null) {
                given.put(key, new Setting(value, "environment variable " + key.environmentVariable()));
            }
        }
        putAll(given, commandLine, "command line");

        Map<ConfigurationKey, Setting> settings = new EnumMap<>(ConfigurationKey.class);
        for (ConfigurationKey key : ConfigurationKey.values()) {
            settings.put(key, new Setting(key.builtIn(), "built in"));
        }
        Map<ConfigurationKey, Setting> fromFile = new EnumMap<>(ConfigurationKey.class);
        if (file != null) {
            putAll(fromFile, read(file), file.toString());
        } else {
            Path inDirectory = directory(given).resolve(FILE_NAME);
            if (Files.exists(inDirectory)) {
                putAll(fromFile, read(inDirectory), inDirectory.toString());
                if (fromFile.containsKey(ConfigurationKey.DIR)) {
                    throw new ConfigurationException(inDirectory + ": " + ConfigurationKey.DIR.key()
                        + " cannot be set by a file inside the data directory");
                }
            }
        }
        Setting preset = given.getOrDefault(ConfigurationKey.PRESET, fromFile.get(ConfigurationKey.PRESET));
        if (preset != null && !preset.value.isEmpty()) {
            putAll(settings, preset(preset), "preset " + preset.value);
        }
        settings.putAll(fromFile);
        settings.putAll(given);
        return new Configuration(settings);
    }

    /** The data directory, absolute. */
    public Path directory() {
        return directory;
    }

    /** Where the queues' memory is, or null: a place under /dev/shm that follows from the data directory. */
    public Path hotDirectory() {
        return hotDirectory;
    }

    /** The limits at start. */
    public Limits limits() {
        return limits;
    }

    /**
     * How long a new queue's segments are: as configured, or the next power of two that holds two of the longest
     * messages; 4 MiB at most unless more is configured. A message that is longer gets a segment of its own.
     */
    public int segmentLength() {
        long needed = MIN_MESSAGES_PER_SEGMENT * (limits.msgmax() + RECORD_OVERHEAD);
        long powerOfTwo = BitUtil.findNextPositivePowerOfTwo(needed);
        return (int) Math.max(segmentLength, Math.min(powerOfTwo, MAX_GROWN_SEGMENT_LENGTH));
    }

    /** What the messages of a new queue survive whose maker names nothing. */
    public Durability durability() {
        return durability;
    }

    /** How old a live message of an {@link Durability#INTERVAL} queue becomes at most before it is in the log, ms. */
    public int logIntervalMs() {
        return logIntervalMs;
    }

    /** How long a file of a queue's log is, bytes, unless one message needs more. */
    public int logFileLength() {
        return logFileLength;
    }

    /** How far the log may fall behind before senders wait for it, seconds; 0: they never do. */
    public int logMaxLagSeconds() {
        return logMaxLagSeconds;
    }

    /** Where metrics and the page are served; 0: nowhere. */
    public int httpPort() {
        return httpPort;
    }

    /** On which of this machine's addresses. */
    public String httpAddress() {
        return httpAddress;
    }

    /** How long the stored trace becomes, bytes. */
    public long traceMaxSize() {
        return traceMaxSize;
    }

    private record Setting(String value, String source) {}

    private static void putAll(Map<ConfigurationKey, Setting> settings, Map<String, String> values, String source) {
        values.forEach((name, value) -> {
            ConfigurationKey key = ConfigurationKey.of(name);
            if (key == null) {
                throw new ConfigurationException(source + ": there is no setting '" + name + "'; there are "
                    + String.join(", ", keys()));
            }
            settings.put(key, new Setting(value, source));
        });
    }

    private static Iterable<String> keys() {
        return Arrays.stream(ConfigurationKey.values()).map(ConfigurationKey::key).toList();
    }

    private static long number(Map<ConfigurationKey, Setting> settings, ConfigurationKey key) {
        Setting setting = settings.get(key);
        return key.number(setting.value, setting.source);
    }

    /** Neither empty nor more than one. */
    private static String word(Map<ConfigurationKey, Setting> settings, ConfigurationKey key) {
        Setting setting = settings.get(key);
        String word = setting.value.strip();
        if (word.isEmpty() || word.chars().anyMatch(Character::isWhitespace)) {
            throw key.refused(setting.value, setting.source);
        }
        return word;
    }

    private static Path directory(Map<ConfigurationKey, Setting> settings) {
        Path directory = path(settings.get(ConfigurationKey.DIR));
        return directory == null ? DataDirectory.byDefault() : directory;
    }

    private static Path path(Setting setting) {
        return setting == null || setting.value.isBlank() ? null : Path.of(setting.value.strip()).toAbsolutePath();
    }

    private static Map<String, String> read(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            return properties(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigurationException("cannot read the configuration file " + file + ": " + e, e);
        }
    }

    private static Map<String, String> preset(Setting preset) {
        String name = preset.value.strip();
        boolean plain = name.chars().allMatch(Character::isLetterOrDigit);
        try (InputStream stream =
            plain ? Configuration.class.getResourceAsStream("config/" + name + ".properties") : null) {
            if (stream == null) {
                throw ConfigurationKey.PRESET.refused(name, preset.source);
            }
            return properties(new InputStreamReader(stream, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ConfigurationException("cannot read the preset " + name + ": " + e, e);
        }
    }

    private static Map<String, String> properties(Reader reader) throws IOException {
        Properties properties = new Properties();
        properties.load(reader);
        Map<String, String> values = new LinkedHashMap<>();
        properties.stringPropertyNames().stream().sorted()
            .forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }
}
