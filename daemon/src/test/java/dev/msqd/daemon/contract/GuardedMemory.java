package dev.msqd.daemon.contract;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/** Memory before a page that nobody may touch: who reads or writes past its end gets EFAULT from the kernel. */
final class GuardedMemory {
    private static final int PAGE_LENGTH = 65_536; // or less
    private static final int LENGTH = 4 * PAGE_LENGTH;
    private static final int PROT_NONE = 0;
    private static final ThreadLocal<MemorySegment> OF_THREAD = ThreadLocal.withInitial(GuardedMemory::allocate);

    private GuardedMemory() {}

    /** The last bytes before the page; the calling thread's until it asks again. */
    static MemorySegment last(long length) {
        return OF_THREAD.get().asSlice(LENGTH - length, length);
    }

    /** For ever: what is protected must not go back to the allocator. */
    @SuppressWarnings("restricted")
    private static MemorySegment allocate() {
        MemorySegment memory = Arena.global().allocate(LENGTH + PAGE_LENGTH, PAGE_LENGTH);
        Linker linker = Linker.nativeLinker();
        try {
            int result = (int) linker
                .downcallHandle(linker.defaultLookup().findOrThrow("mprotect"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
                .invokeExact(memory.asSlice(LENGTH), (long) PAGE_LENGTH, PROT_NONE);
            if (result != 0) {
                throw new IllegalStateException("mprotect fails");
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        return memory;
    }
}
