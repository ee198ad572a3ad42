package dev.msqd.daemon.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads permission bits as chmod and ipcmk take them: octal, 0 to 0777. */
final class OctalMode implements ITypeConverter<Integer> {
    private static final int OCTAL = 8;
    private static final int MAX = 0777;

    @Override
    public Integer convert(String text) {
        try {
            int mode = Integer.parseUnsignedInt(text, OCTAL);
            if (mode >= 0 && mode <= MAX) {
                return mode;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new TypeConversionException("'" + text + "' is not a mode (octal, 0 to 0777)");
    }
}
