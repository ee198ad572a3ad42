package dev.msqd.daemon.durability.device;

import java.util.StringJoiner;

/**
 * What fails from now on.
 *
 * @param kind  what
 * @param after how many of them succeed before
 * @param count how many of them fail
 */
public record Fault(Kind kind, int after, int count) {
    private static final int EIO = 5;

    /** By qemu's names of the moments. */
    public enum Kind {
        WRITE("pwritev"), FLUSH("flush_to_disk");

        private final String event;

        Kind(String event) {
            this.event = event;
        }
    }

    /** The rules for qemu's blkdebug: each event leads to the next state; in the last ones the error is injected. */
    String rules() {
        StringJoiner states = new StringJoiner(", ", "[", "]");
        StringJoiner errors = new StringJoiner(", ", "[", "]");
        for (int state = 1; state <= after + count; state++) {
            String when = "{\"event\": \"" + kind.event + "\", \"state\": " + state + ", ";
            states.add(when + "\"new_state\": " + (state + 1) + "}");
            if (state > after) {
                errors.add(when + "\"errno\": " + EIO + ", \"once\": true}");
            }
        }
        return "\"set-state\": " + states + ", \"inject-error\": " + errors;
    }
}
