package dev.msqd.daemon;

import static java.util.stream.Collectors.joining;

import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import java.util.Arrays;
import java.util.Locale;
import org.agrona.BitUtil;

/** The settings there are; {@code config/msqd.properties} explains each. */
enum ConfigurationKey {
    DIR("dir", "", "a path"),
    HOT_DIR("hot.dir", "", "a path"),
    PRESET("preset", "", "the name of a preset: linux, tru64"),
    MSGMAX("msgmax", "65536", 0, Integer.MAX_VALUE),
    MSGMNB("msgmnb", "67108864", 0, Integer.MAX_VALUE),
    MSGMNI("msgmni", "32000", 0, RegistryDescriptor.ENTRIES),
    MSGTQL("msgtql", "0", 0, Integer.MAX_VALUE),
    SEGMENT_LENGTH("segment.length", "262144", QueueMemory.MIN_SEGMENT_LENGTH, QueueMemory.MAX_SEGMENT_LENGTH) {
        @Override
        long number(String value, String source) {
            long number = super.number(value, source);
            if (!BitUtil.isPowerOfTwo(number)) {
                throw refused(value, source);
            }
            return number;
        }

        @Override
        String allowed() {
            return "a power of two, " + super.allowed();
        }
    },
    DURABILITY("durability", Durability.INTERVAL),
    LOG_INTERVAL("log.interval", "50", 1, 60_000),
    LOG_FILE_LENGTH("log.file.length", "16777216", 1 << 20, 1 << 30),
    LOG_MAX_LAG("log.max.lag", "30", 0, Integer.MAX_VALUE),
    TRACE_MAX_SIZE("trace.max.size", "268435456", 32 << 20, 1L << 40),
    HTTP_PORT("http.port", "0", 0, 65_535),
    HTTP_ADDRESS("http.address", "127.0.0.1", "an address of this machine, or a name of one");

    private final String key;
    private final String builtIn;
    private final String allowed;
    private final long min;
    private final long max;

    ConfigurationKey(String key, String builtIn, String allowed) {
        this.key = key;
        this.builtIn = builtIn;
        this.allowed = allowed;
        this.min = 0;
        this.max = 0;
    }

    ConfigurationKey(String key, String builtIn, long min, long max) {
        this.key = key;
        this.builtIn = builtIn;
        this.allowed = min + " .. " + max;
        this.min = min;
        this.max = max;
    }

    /** One of an enumeration's constants, which are written in small letters. */
    <E extends Enum<E>> ConfigurationKey(String key, E builtIn) {
        this(key, word(builtIn), "one of "
            + Arrays.stream(builtIn.getDeclaringClass().getEnumConstants()).map(ConfigurationKey::word)
                .collect(joining(", ")));
    }

    /** What it is called in a file and, after {@code msqd.}, on the command line. */
    String key() {
        return key;
    }

    /** What it is called in the environment. */
    String environmentVariable() {
        return "MSQD_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** The value that holds when nobody sets it. */
    String builtIn() {
        return builtIn;
    }

    /** What may be written, for messages. */
    String allowed() {
        return allowed;
    }

    /** Whether a number is within the key's range. */
    boolean allows(long number) {
        return number >= min && number <= max;
    }

    /** The key of this name, or null. */
    static ConfigurationKey of(String key) {
        for (ConfigurationKey candidate : values()) {
            if (candidate.key.equals(key)) {
                return candidate;
            }
        }
        return null;
    }

    /** A number within the key's range; K, M and G at its end stand for 1024, 1024² and 1024³. */
    long number(String value, String source) {
        String digits = value.strip();
        int shift = digits.isEmpty() ? 0 : switch (digits.charAt(digits.length() - 1)) {
            case 'K', 'k' -> 10;
            case 'M', 'm' -> 20;
            case 'G', 'g' -> 30;
            default -> 0;
        };
        if (shift > 0) {
            digits = digits.substring(0, digits.length() - 1);
        }
        if (digits.isEmpty() || digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw refused(value, source);
        }
        long number = Long.parseLong(digits);
        if (number > max >>> shift || number << shift < min) {
            throw refused(value, source);
        }
        return number << shift;
    }

    /** The constant that is meant, in small letters. */
    <E extends Enum<E>> E choice(Class<E> type, String value, String source) {
        for (E candidate : type.getEnumConstants()) {
            if (word(candidate).equals(value.strip())) {
                return candidate;
            }
        }
        throw refused(value, source);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** The error that a value is not allowed. */
    ConfigurationException refused(String value, String source) {
        return new ConfigurationException(source + ": " + key + " = " + value + " is not allowed; it is " + allowed());
    }
}
