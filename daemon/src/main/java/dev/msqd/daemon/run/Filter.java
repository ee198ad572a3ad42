package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The seccomp filter: which system calls of a program are notified. Everything else passes, at the price of a look into the kernel's
 * own table of calls that always pass; so do all calls of the processor's other instruction sets, whose numbers mean something else.
 *
 * <pre>
 *  struct sock_filter                                   struct sock_fprog
 *   0         2    3    4               8                0         2               8              16
 *  +---------+----+----+---------------+                +---------+---------------+---------------+
 *  | code    | jt | jf | k             |                | length  | (padding)     | filter        |
 *  +---------+----+----+---------------+                +---------+---------------+---------------+
 *
 *  struct seccomp_data, what the filter looks at
 *   0               4               8                              16
 *  +---------------+---------------+-------------------------------+
 *  | nr            | arch          | instruction_pointer           |
 *  +---------------+---------------+-------------------------------+
 *  | args, 8 bytes each ...
 *  +---------------------------------------------------------------
 * </pre>
 */
final class Filter {
    static final int DATA_NR_OFFSET = 0;
    static final int DATA_ARCH_OFFSET = DATA_NR_OFFSET + Integer.BYTES;
    static final int DATA_IP_OFFSET = DATA_ARCH_OFFSET + Integer.BYTES;
    static final int DATA_ARGS_OFFSET = DATA_IP_OFFSET + Long.BYTES;
    static final int DATA_LENGTH = DATA_ARGS_OFFSET + 6 * Long.BYTES;

    static final int AUDIT_ARCH_X86_64 = 0xC000_003E;
    static final int AUDIT_ARCH_AARCH64 = 0xC000_00B7;
    private static final int AUDIT_ARCH = Libc.AARCH64 ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64;

    private static final int INSTRUCTION_LENGTH = 8;
    private static final int INSTRUCTION_JT_OFFSET = 2;
    private static final int INSTRUCTION_JF_OFFSET = 3;
    private static final int INSTRUCTION_K_OFFSET = 4;
    private static final int PROGRAM_FILTER_OFFSET = 8;
    private static final int PROGRAM_LENGTH = 16;

    static final short LOAD_WORD = 0x20;
    static final short JUMP_EQUAL = 0x15;
    static final short JUMP_ANY_BIT = 0x45;
    static final short RETURN = 0x06;
    static final int ALLOW = 0x7FFF_0000;
    static final int USER_NOTIF = 0x7FC0_0000;

    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int FLAG_NEW_LISTENER = 1 << 3;
    private static final int FLAG_WAIT_KILLABLE_RECV = 1 << 5;
    private static final int PR_SET_NO_NEW_PRIVS = 38;

    private static final int O_DIRECTORY = Libc.AARCH64 ? 0x4000 : 0x1_0000;
    private static final int O_PATH = 0x20_0000;
    private static final int AT_FDCWD = -100;

    private static final MethodHandle SYSCALL = Libc.variadic("syscall", 1);
    private static final MethodHandle PRCTL = Libc.variadic("prctl", 1);

    /** One of the filter's program. */
    record Instruction(short code, int jt, int jf, int k) {}

    private final List<Instruction> instructions = new ArrayList<>();

    /** @param files whether opening files is notified, too */
    Filter(boolean files) {
        load(DATA_ARCH_OFFSET);
        add(JUMP_EQUAL, 1, 0, AUDIT_ARCH);
        result(ALLOW);
        load(DATA_NR_OFFSET);
        for (int number : new int[] {SystemCall.MSGSND, SystemCall.MSGRCV, SystemCall.MSGCTL, SystemCall.MSGGET}) {
            notifyOf(number);
        }
        if (files) {
            open();
        }
        if (!Libc.AARCH64) {
            notifyOf(SystemCall.RT_SIGRETURN);
        }
        for (int number : SystemCall.CHANGING_RIGHTS) {
            notifyOf(number);
        }
        result(ALLOW);
    }

    /**
     * Puts the filter onto the calling thread, and whatever it starts from now on; for good.
     *
     * @param privileged whether the thread has CAP_SYS_ADMIN; if not, neither it nor what it starts gains privileges any more
     * @return the descriptor of the listener, closed on exec
     * @throws ErrnoException EBUSY: there is a listener already; EINVAL: before Linux 5.19; ENOSYS: without seccomp
     */
    int install(boolean privileged) {
        if (!privileged) {
            Libc.check(Libc.callInt(PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl PR_SET_NO_NEW_PRIVS");
        }
        try (Arena arena = Arena.ofConfined()) {
            int result = Libc.callInt(SYSCALL, SystemCall.SECCOMP, SECCOMP_SET_MODE_FILTER,
                FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE_RECV, program(arena).address());
            return switch (-result) {
                case Errno.EBUSY -> throw new ErrnoException(Errno.EBUSY, "this process runs under 'msqd run' itself, "
                    + "or under another program that answers its system calls: there can be only one. "
                    + "Under 'msqd run' the program needs no second one");
                case Errno.EINVAL -> throw new ErrnoException(Errno.ENOSYS,
                    "'msqd run' needs Linux 5.19 (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)");
                default -> (int) Libc.check(result, "install the seccomp filter");
            };
        }
    }

    /** Folders, paths and what is opened relative to a folder pass: the fewer files are notified, the better. */
    private void open() {
        if (!Libc.AARCH64) {
            add(JUMP_EQUAL, 0, 4, SystemCall.OPEN);
            load(DATA_ARGS_OFFSET + Long.BYTES);
            add(JUMP_ANY_BIT, 0, 1, O_DIRECTORY | O_PATH);
            result(ALLOW);
            result(USER_NOTIF);
        }
        add(JUMP_EQUAL, 0, 6, SystemCall.OPENAT);
        load(DATA_ARGS_OFFSET);
        add(JUMP_EQUAL, 0, 2, AT_FDCWD);
        load(DATA_ARGS_OFFSET + 2 * Long.BYTES);
        add(JUMP_ANY_BIT, 0, 1, O_DIRECTORY | O_PATH);
        result(ALLOW);
        result(USER_NOTIF);
        notifyOf(SystemCall.OPENAT2);
    }

    private void notifyOf(int number) {
        add(JUMP_EQUAL, 0, 1, number);
        result(USER_NOTIF);
    }

    private void load(int offset) {
        add(LOAD_WORD, 0, 0, offset);
    }

    private void result(int action) {
        add(RETURN, 0, 0, action);
    }

    private void add(short code, int jt, int jf, int k) {
        instructions.add(new Instruction(code, jt, jf, k));
    }

    /** The program; for tests. */
    List<Instruction> instructions() {
        return List.copyOf(instructions);
    }

    private MemorySegment program(Arena arena) {
        MemorySegment code = arena.allocate((long) instructions.size() * INSTRUCTION_LENGTH, Long.BYTES);
        for (int i = 0; i < instructions.size(); i++) {
            Instruction instruction = instructions.get(i);
            long offset = (long) i * INSTRUCTION_LENGTH;
            code.set(JAVA_SHORT, offset, instruction.code);
            code.set(JAVA_BYTE, offset + INSTRUCTION_JT_OFFSET, (byte) instruction.jt);
            code.set(JAVA_BYTE, offset + INSTRUCTION_JF_OFFSET, (byte) instruction.jf);
            code.set(JAVA_INT, offset + INSTRUCTION_K_OFFSET, instruction.k);
        }
        MemorySegment program = arena.allocate(PROGRAM_LENGTH, Long.BYTES);
        program.set(JAVA_SHORT, 0, (short) instructions.size());
        program.set(JAVA_LONG, PROGRAM_FILTER_OFFSET, code.address());
        return program;
    }
}
