package dev.msqd.daemon.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Libc;
import dev.msqd.calls.LinuxFile;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the filter lets pass, by an interpreter of its program. */
class FilterTest {
    private static final int AUDIT_ARCH_I386 = 0x4000_0003;
    private static final int AT_FDCWD = -100;
    private static final int X32_BIT = 0x4000_0000;
    private static final int SYS_READ = Libc.AARCH64 ? 63 : 0;
    private static final int OURS = Libc.AARCH64 ? Filter.AUDIT_ARCH_AARCH64 : Filter.AUDIT_ARCH_X86_64;

    private final Filter all = new Filter(true);
    private final Filter withoutFiles = new Filter(false);

    @Test
    void queueCallsAreNotified() {
        for (int number : new int[] {SystemCall.MSGGET, SystemCall.MSGSND, SystemCall.MSGRCV, SystemCall.MSGCTL}) {
            assertTrue(notifies(all, OURS, number));
            assertTrue(notifies(withoutFiles, OURS, number));
        }
        assertFalse(notifies(all, OURS, SYS_READ));
    }

    @Test
    void otherInstructionSetsPass() {
        for (int number = 0; number < 500; number++) {
            // i386's setreuid has the number of x86-64's msgrcv.
            assertFalse(notifies(all, AUDIT_ARCH_I386, number));
            assertFalse(notifies(all, OURS, number | X32_BIT));
        }
    }

    @Test
    void whatChangesRightsIsNotified() {
        for (int number : SystemCall.CHANGING_RIGHTS) {
            assertTrue(notifies(withoutFiles, OURS, number));
        }
    }

    @Test
    void onlyFilesThatMayBeOursAreNotified() {
        assertTrue(notifies(all, OURS, SystemCall.OPENAT, AT_FDCWD, 0, LinuxFile.O_RDONLY));
        assertTrue(notifies(all, OURS, SystemCall.OPENAT, AT_FDCWD, 0,
            LinuxFile.O_WRONLY | LinuxFile.O_TRUNC | LinuxFile.O_CREAT));
        assertTrue(notifies(all, OURS, SystemCall.OPENAT, AT_FDCWD & 0xFFFF_FFFFL, 0, LinuxFile.O_CLOEXEC));
        assertFalse(notifies(all, OURS, SystemCall.OPENAT, AT_FDCWD, 0, LinuxFile.O_DIRECTORY));
        assertFalse(notifies(all, OURS, SystemCall.OPENAT, AT_FDCWD, 0, LinuxFile.O_PATH));
        assertFalse(notifies(all, OURS, SystemCall.OPENAT, 7, 0, LinuxFile.O_RDONLY));
        assertTrue(notifies(all, OURS, SystemCall.OPENAT2));
        if (!Libc.AARCH64) {
            assertTrue(notifies(all, OURS, SystemCall.OPEN, 0, LinuxFile.O_RDONLY));
            assertFalse(notifies(all, OURS, SystemCall.OPEN, 0, LinuxFile.O_DIRECTORY));
        }
        for (int number : new int[] {SystemCall.OPENAT, SystemCall.OPENAT2}) {
            assertFalse(notifies(withoutFiles, OURS, number, AT_FDCWD, 0, 0));
        }
    }

    private static boolean notifies(Filter filter, int arch, int number, long... arguments) {
        List<Filter.Instruction> program = filter.instructions();
        int accumulator = 0;
        int at = 0;
        while (program.get(at).code() != Filter.RETURN) {
            Filter.Instruction instruction = program.get(at++);
            boolean holds = switch (instruction.code()) {
                case Filter.JUMP_EQUAL -> accumulator == instruction.k();
                case Filter.JUMP_ANY_BIT -> (accumulator & instruction.k()) != 0;
                case Filter.LOAD_WORD -> {
                    accumulator = word(instruction.k(), arch, number, arguments);
                    yield true;
                }
                default -> throw new IllegalStateException("" + instruction);
            };
            if (instruction.code() != Filter.LOAD_WORD) {
                at += holds ? instruction.jt() : instruction.jf();
            }
        }
        int action = program.get(at).k();
        assertTrue(action == Filter.USER_NOTIF || action == Filter.ALLOW);
        return action == Filter.USER_NOTIF;
    }

    private static int word(int offset, int arch, int number, long... arguments) {
        return switch (offset) {
            case Filter.DATA_NR_OFFSET -> number;
            case Filter.DATA_ARCH_OFFSET -> arch;
            default -> (int) arguments[(offset - Filter.DATA_ARGS_OFFSET) / Long.BYTES];
        };
    }
}
