package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.client.SysV;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A signal that comes in the microseconds between a call and the receipt of its notification ends the call as the kernel's filter sees fit:
 * with SA_RESTART it begins anew after the handler, without, it returns EINTR. Both is wrong for some calls, and both is put right in
 * what the handler returns to, when it returns (rt_sigreturn is notified, too). Only on x86-64. One thread.
 *
 * <pre>
 *  Where the stack pointer is at rt_sigreturn: struct ucontext
 *   0               8              16                              40
 *  +---------------+---------------+-------------------------------+
 *  | uc_flags      | uc_link       | uc_stack                      |
 *  +---------------+---------------+-------------------------------+
 *  | r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip, 8 bytes each
 *  +---------------------------------------------------------------
 * </pre>
 */
final class SignalReturn {
    private static final int REGISTERS_OFFSET = 5 * Long.BYTES;
    private static final int R8_OFFSET = REGISTERS_OFFSET;
    private static final int R10_OFFSET = REGISTERS_OFFSET + 2 * Long.BYTES;
    private static final int RAX_OFFSET = REGISTERS_OFFSET + 13 * Long.BYTES;
    private static final int RCX_OFFSET = RAX_OFFSET + Long.BYTES;
    private static final int RIP_OFFSET = RCX_OFFSET + 2 * Long.BYTES;
    private static final int LENGTH = RIP_OFFSET + Long.BYTES;

    /** The instruction {@code syscall}. */
    private static final int SYSCALL_LENGTH = 2;
    /** The end of {@code mov $NUMBER, %eax; syscall}: a number of 4 bytes, 0F 05. */
    private static final int CODE_LENGTH = Integer.BYTES + SYSCALL_LENGTH;

    private static final int STACK_POINTER_FIELD = 7;

    private final Listener listener;
    private final TargetMemory memory;
    private final MemorySegment context = Arena.ofAuto().allocate(LENGTH, Long.BYTES);
    private final MemorySegment code = Arena.ofAuto().allocate(CODE_LENGTH, Long.BYTES);

    SignalReturn(Listener listener, TargetMemory memory) {
        this.listener = listener;
        this.memory = memory;
    }

    /** Before a handler returns. */
    void mend(Notification call) {
        long address = stackPointer(call.tid());
        if (address == 0 || memory.read(call.tid(), address, context, LENGTH) < LENGTH || !listener.isValid(call)) {
            return;
        }
        long rip = context.get(JAVA_LONG, RIP_OFFSET);
        long rcx = context.get(JAVA_LONG, RCX_OFFSET);
        long rax = context.get(JAVA_LONG, RAX_OFFSET);
        if (rcx == rip + SYSCALL_LENGTH && mayHaveSlept(rax)) {
            // R26: what may sleep returns EINTR, even with SA_RESTART. (What may not begins anew, as if the signal had come first.)
            resume(call, address, -Errno.EINTR, rip + SYSCALL_LENGTH);
        } else if (rcx == rip && rax == -Errno.EINTR) {
            long number = numberBefore(call.tid(), rip);
            if (number == SystemCall.RT_SIGRETURN || SystemCall.changesRights((int) number)) {
                // These never return EINTR, and nobody reckons with it.
                resume(call, address, number, rip - SYSCALL_LENGTH);
            }
        }
    }

    private boolean mayHaveSlept(long number) {
        long flags =
            number == SystemCall.MSGSND ? context.get(JAVA_LONG, R10_OFFSET) : context.get(JAVA_LONG, R8_OFFSET);
        return (number == SystemCall.MSGSND || number == SystemCall.MSGRCV) && (flags & SysV.IPC_NOWAIT) == 0;
    }

    private void resume(Notification call, long address, long rax, long rip) {
        context.set(JAVA_LONG, RAX_OFFSET, rax);
        context.set(JAVA_LONG, RIP_OFFSET, rip);
        memory.write(call.tid(), address + RAX_OFFSET, context.asSlice(RAX_OFFSET), Long.BYTES);
        memory.write(call.tid(), address + RIP_OFFSET, context.asSlice(RIP_OFFSET), Long.BYTES);
    }

    /** The number of the system call that was made just before an address, as far as the code there shows it; else -1. */
    private long numberBefore(int tid, long rip) {
        if (memory.read(tid, rip - CODE_LENGTH, code, CODE_LENGTH) < CODE_LENGTH
            || code.get(JAVA_BYTE, Integer.BYTES) != 0x0F || code.get(JAVA_BYTE, Integer.BYTES + 1) != 0x05) {
            return -1;
        }
        return code.get(JAVA_INT_UNALIGNED, 0);
    }

    /** From /proc/TID/syscall, "number, six arguments, stack pointer, instruction pointer"; 0 if it does not say. */
    private static long stackPointer(int tid) {
        try {
            String[] fields = new String(Files.readAllBytes(Path.of("/proc/" + tid + "/syscall")),
                StandardCharsets.US_ASCII).strip().split(" ");
            return fields.length > STACK_POINTER_FIELD
                ? Long.parseUnsignedLong(fields[STACK_POINTER_FIELD].substring(2), 16) : 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
