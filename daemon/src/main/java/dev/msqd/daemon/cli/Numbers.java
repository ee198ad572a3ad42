package dev.msqd.daemon.cli;

import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers as picocli does. What can't be read is told with what can; picocli names the Java type. */
final class Numbers {
    private Numbers() {}

    /** For all options of a command and of its subcommands that have no converter of their own. */
    static void register(CommandLine commandLine) {
        ITypeConverter<Integer> ints = reader(Integer::valueOf, whole(Integer.MIN_VALUE, Integer.MAX_VALUE));
        ITypeConverter<Long> longs = reader(Long::valueOf, whole(Long.MIN_VALUE, Long.MAX_VALUE));
        ITypeConverter<Double> doubles = reader(Double::valueOf, "a number (such as 10 or 0.5)");
        commandLine
            .registerConverter(int.class, ints).registerConverter(Integer.class, ints)
            .registerConverter(long.class, longs).registerConverter(Long.class, longs)
            .registerConverter(double.class, doubles).registerConverter(Double.class, doubles);
    }

    private static String whole(long least, long most) {
        return "a whole number from " + least + " to " + most;
    }

    private static <T> ITypeConverter<T> reader(Function<String, T> read, String allowed) {
        return text -> {
            try {
                return read.apply(text);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not " + allowed);
            }
        };
    }
}
