package dev.msqd.daemon.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;

/** Stdout, which remembers why it failed: the writers on top of it only know that it did. */
final class StandardOutput extends OutputStream {
    private static final String NO_READER = "Broken pipe";

    private final OutputStream stdout = new FileOutputStream(FileDescriptor.out);
    private IOException failure;

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            stdout.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** What a write failed with last, or null. */
    IOException failure() {
        return failure;
    }

    /** How a command ends that could not write: silently if nobody wants to read any more, or if it was interrupted. */
    static Failure unwritten(IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new Failure(ExitStatus.INTERRUPTED, "", e);
        }
        return NO_READER.equals(e.getMessage())
            ? new Failure(ExitStatus.PIPE_CLOSED, "", e)
            : new Failure(ExitStatus.REFUSED, "stdout: " + e.getMessage(), e);
    }
}
