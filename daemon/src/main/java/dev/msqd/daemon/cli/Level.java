package dev.msqd.daemon.cli;

import dev.msqd.layout.Durability;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads and shows a durability, in small letters. */
final class Level implements ITypeConverter<Durability> {
    @Override
    public Durability convert(String text) {
        return Stream.of(Durability.values()).filter(level -> toString(level).equals(text)).findFirst()
            .orElseThrow(() -> new TypeConversionException(
                "'" + text + "' is not a durability (" + String.join(", ", new Words()) + ")"));
    }

    static String toString(Durability durability) {
        return durability.name().toLowerCase(Locale.ROOT);
    }

    /** What a shell may complete. */
    static final class Words implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Durability.values()).map(Level::toString).iterator();
        }
    }
}
