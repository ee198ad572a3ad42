package dev.msqd.daemon.differential;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.concurrent.Callable;

/**
 * What became of a call.
 *
 * @param failure an error's name, what else was thrown, or empty
 * @param result  if it didn't fail
 */
record Outcome(String failure, Object result) {
    /** Makes a call. A failure that is none of System V's shows with all that it says. */
    static Outcome of(Callable<?> call) {
        Outcome outcome;
        try {
            outcome = new Outcome("", call.call());
        } catch (ErrnoException e) {
            outcome = new Outcome(Errno.name(e.errno()), null);
        } catch (Throwable e) {
            outcome = new Outcome(e + " at " + (e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]), null);
        }
        return Thread.interrupted() ? new Outcome(outcome + ", and the interrupt flag is left set", null) : outcome;
    }

    Outcome with(Object otherResult) {
        return new Outcome(failure, otherResult);
    }

    boolean failed() {
        return !failure.isEmpty();
    }

    @Override
    public String toString() {
        return failed() ? failure : result == null ? "done" : result.toString();
    }
}
