package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A system call that was notified, and room for the answer; used again for the next one. One thread at a time.
 *
 * <pre>
 *  struct seccomp_notif                                  struct seccomp_notif_resp
 *   0                               8                     0                               8
 *  +-------------------------------+                     +-------------------------------+
 *  | id                            |                     | id                            |
 *  +---------------+---------------+ 16                  +-------------------------------+ 16
 *  | pid           | flags         |                     | val                           |
 *  +---------------+---------------+                     +---------------+---------------+ 24
 *  | data (struct seccomp_data, 64 bytes) ...            | error         | flags         |
 *  +--------------------------------                     +---------------+---------------+
 *
 *  struct seccomp_notif_addfd
 *   0                               8
 *  +-------------------------------+
 *  | id                            |
 *  +---------------+---------------+ 16
 *  | flags         | srcfd         |
 *  +---------------+---------------+ 24
 *  | newfd         | newfd_flags   |
 *  +---------------+---------------+
 * </pre>
 */
final class Notification {
    static final int ID_OFFSET = 0;
    static final int PID_OFFSET = ID_OFFSET + Long.BYTES;
    static final int DATA_OFFSET = PID_OFFSET + 2 * Integer.BYTES;
    static final int LENGTH = DATA_OFFSET + Filter.DATA_LENGTH;

    static final int RESPONSE_ID_OFFSET = 0;
    static final int RESPONSE_VAL_OFFSET = RESPONSE_ID_OFFSET + Long.BYTES;
    static final int RESPONSE_ERROR_OFFSET = RESPONSE_VAL_OFFSET + Long.BYTES;
    static final int RESPONSE_FLAGS_OFFSET = RESPONSE_ERROR_OFFSET + Integer.BYTES;
    static final int RESPONSE_LENGTH = RESPONSE_FLAGS_OFFSET + Integer.BYTES;

    static final int ADDFD_ID_OFFSET = 0;
    static final int ADDFD_FLAGS_OFFSET = ADDFD_ID_OFFSET + Long.BYTES;
    static final int ADDFD_SRCFD_OFFSET = ADDFD_FLAGS_OFFSET + Integer.BYTES;
    static final int ADDFD_NEWFD_FLAGS_OFFSET = ADDFD_SRCFD_OFFSET + 2 * Integer.BYTES;
    static final int ADDFD_LENGTH = ADDFD_NEWFD_FLAGS_OFFSET + Integer.BYTES;

    private final MemorySegment call = Arena.ofAuto().allocate(LENGTH, Long.BYTES);
    private final MemorySegment response = Arena.ofAuto().allocate(Math.max(RESPONSE_LENGTH, ADDFD_LENGTH), Long.BYTES);

    /** The kernel wants it empty. */
    MemorySegment cleared() {
        return call.fill((byte) 0);
    }

    long id() {
        return call.get(JAVA_LONG, ID_OFFSET);
    }

    MemorySegment idSegment() {
        return call;
    }

    /** The thread that makes the call, as this process sees it. */
    int tid() {
        return call.get(JAVA_INT, PID_OFFSET);
    }

    /** One of {@link SystemCall}. */
    int number() {
        return call.get(JAVA_INT, DATA_OFFSET + Filter.DATA_NR_OFFSET);
    }

    /** An argument, counted from 0. */
    long argument(int index) {
        return call.get(JAVA_LONG, DATA_OFFSET + Filter.DATA_ARGS_OFFSET + (long) index * Long.BYTES);
    }

    /** An argument that C declares as int. */
    int intArgument(int index) {
        return (int) argument(index);
    }

    /** @param error negative error number, or 0 */
    MemorySegment response(long value, int error, int flags) {
        response.set(JAVA_LONG, RESPONSE_ID_OFFSET, id());
        response.set(JAVA_LONG, RESPONSE_VAL_OFFSET, value);
        response.set(JAVA_INT, RESPONSE_ERROR_OFFSET, error);
        response.set(JAVA_INT, RESPONSE_FLAGS_OFFSET, flags);
        return response;
    }

    MemorySegment descriptor(int fd, int flags, int newFdFlags) {
        response.fill((byte) 0);
        response.set(JAVA_LONG, ADDFD_ID_OFFSET, id());
        response.set(JAVA_INT, ADDFD_FLAGS_OFFSET, flags);
        response.set(JAVA_INT, ADDFD_SRCFD_OFFSET, fd);
        response.set(JAVA_INT, ADDFD_NEWFD_FLAGS_OFFSET, newFdFlags);
        return response;
    }
}
