package dev.msqd.daemon.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a System V key: 32 bits, hexadecimal after 0x, else decimal (negative too, as /proc/sysvipc/msg has them). */
final class Key implements ITypeConverter<Integer> {
    private static final long UNSIGNED_MAX = 0xFFFF_FFFFL;

    @Override
    public Integer convert(String text) {
        try {
            long key = Long.decode(text);
            if (key >= Integer.MIN_VALUE && key <= UNSIGNED_MAX) {
                return (int) key;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new TypeConversionException("'" + text + "' is not a key (32 bits, such as 0x1f)");
    }

    /** A key as ipcs shows it. */
    static String toString(int key) {
        return String.format("0x%08x", key);
    }
}
