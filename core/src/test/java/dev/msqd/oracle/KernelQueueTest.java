package dev.msqd.oracle;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.client.control.SystemInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The oracle itself: that what the kernel says arrives here undistorted. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelQueueTest {
    private static final int ROOM = 64;

    private final int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0640);

    @AfterEach
    void removeQueue() {
        KernelQueue.remove(msqid);
    }

    @Test
    void messageComesOutAsItWentIn() {
        KernelQueue.msgsnd(msqid, message(Long.MAX_VALUE, "hello"), 5, 0); // R18

        MsqidDs queued = KernelQueue.stat(msqid);
        assertEquals(msqid, queued.msqid());
        assertEquals(0640, queued.mode());
        assertEquals(Processes.effectiveUid(), queued.uid());
        assertEquals(Processes.effectiveGid(), queued.cgid());
        assertEquals(1, queued.qnum()); // R33
        assertEquals(5, queued.cbytes());
        assertEquals(Processes.self(), queued.lspid());
        assertEquals(0, queued.lrpid());
        assertTrue(queued.stimeSeconds() >= queued.ctimeSeconds());
        assertEquals(0, queued.rtimeSeconds());
        assertEquals(queued, KernelQueue.stat(queued.index(), SysV.MSG_STAT)); // R72
        assertEquals(queued, KernelQueue.stat(queued.index(), SysV.MSG_STAT_ANY)); // R73

        MemorySegment received = message(0, "");
        assertEquals(5, KernelQueue.msgrcv(msqid, received, ROOM, 0, SysV.IPC_NOWAIT));
        assertEquals(Long.MAX_VALUE, received.get(JAVA_LONG, KernelQueue.MTYPE_OFFSET));
        assertEquals("hello", received.getString(KernelQueue.MTEXT_OFFSET));
        assertEquals(Processes.self(), KernelQueue.stat(msqid).lrpid()); // R58
        assertEquals(0, KernelQueue.stat(msqid).qnum());
    }

    @Test
    void settingsArrive() {
        MsqidDs before = KernelQueue.stat(msqid);
        KernelQueue.set(msqid, before.uid(), before.gid(), 0600, 7); // R64
        assertEquals(0600, KernelQueue.stat(msqid).mode());
        assertEquals(7, KernelQueue.stat(msqid).qbytes());

        assertTrue(KernelQueue.trySend(msqid, message(1, "seven b"), 7)); // R21
        assertFalse(KernelQueue.trySend(msqid, message(1, "more"), 1)); // R24
        assertErrno(Errno.EAGAIN, () -> KernelQueue.msgsnd(msqid, message(1, "more"), 1, SysV.IPC_NOWAIT));
        KernelQueue.setQbytes(msqid, 8);
        assertTrue(KernelQueue.trySend(msqid, message(1, "more"), 1));
        assertEquals(0600, KernelQueue.stat(msqid).mode());
    }

    @Test
    void refusalsKeepTheirNumbers() {
        MemorySegment received = message(0, "");
        assertEquals(KernelQueue.NONE, KernelQueue.tryReceive(msqid, received, ROOM, 0)); // R43
        assertErrno(Errno.ENOMSG, () -> KernelQueue.msgrcv(msqid, received, ROOM, 0, SysV.IPC_NOWAIT));
        assertErrno(Errno.EINVAL, () -> KernelQueue.msgsnd(msqid, message(0, "x"), 1, 0)); // R18
        assertErrno(Errno.EFAULT, () -> KernelQueue.msgsnd(msqid, MemorySegment.ofAddress(1), 1, 0)); // R17
        assertErrno(Errno.EFAULT, () -> KernelQueue.msgctl(msqid, SysV.IPC_STAT, MemorySegment.NULL)); // R60

        KernelQueue.msgsnd(msqid, message(3, "three"), 5, 0);
        assertErrno(Errno.E2BIG, () -> KernelQueue.tryReceive(msqid, received, 2, 0)); // R41
        assertEquals(5, KernelQueue.msgrcv(msqid, received, ROOM, 0, SysV.IPC_NOWAIT | SysV.MSG_COPY)); // R44
        assertEquals(2, KernelQueue.msgrcv(msqid, received, 2, 3, SysV.MSG_NOERROR)); // R42

        int removed = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
        KernelQueue.remove(removed);
        assertErrno(Errno.EINVAL, () -> KernelQueue.stat(removed)); // R15
    }

    @Test
    void limitsAreTheMachines() throws IOException {
        KernelQueue.Info info = KernelQueue.info(SysV.IPC_INFO); // R71
        assertEquals(SystemInfo.MSGPOOL, info.msgpool());
        assertEquals(SystemInfo.MSGMAP, info.msgmap());
        assertEquals(SystemInfo.MSGSSZ, info.msgssz());
        assertEquals(SystemInfo.MSGTQL, info.msgtql());
        assertEquals(SystemInfo.MSGSEG, info.msgseg());
        assertEquals(limit("msgmax"), info.msgmax());
        assertEquals(limit("msgmnb"), info.msgmnb());
        assertEquals(limit("msgmni"), info.msgmni());
        assertEquals(limit("msgmnb"), KernelQueue.stat(msqid).qbytes()); // R10
        assertTrue(KernelQueue.info(SysV.MSG_INFO).msgpool() >= 1);
    }

    @Test
    void callsMaySleep() throws Exception {
        MemorySegment received = message(0, "");
        CompletableFuture<Long> receiver =
            CompletableFuture.supplyAsync(() -> KernelQueue.msgrcv(msqid, received, ROOM, 7, 0));
        TimeUnit.MILLISECONDS.sleep(20); // most likely it is asleep by now; either way it gets the message
        KernelQueue.msgsnd(msqid, message(7, "wake up"), 7, 0);
        assertEquals(7, receiver.get());
        assertEquals("wake up", received.getString(KernelQueue.MTEXT_OFFSET));
    }

    private static long limit(String name) throws IOException {
        // By lines: readString begins with a single byte, and the kernel answers only the first read of such a file.
        return Long.parseLong(Files.readAllLines(Path.of("/proc/sys/kernel", name)).getFirst());
    }

    /** With room for {@link #ROOM} bytes of text, zeros behind what is given. */
    private static MemorySegment message(long mtype, String text) {
        MemorySegment message = Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + ROOM, Long.BYTES);
        message.set(JAVA_LONG, KernelQueue.MTYPE_OFFSET, mtype);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, message, JAVA_BYTE, KernelQueue.MTEXT_OFFSET, bytes.length);
        return message;
    }

    private static void assertErrno(int errno, Executable call) {
        assertEquals(Errno.name(errno), assertThrows(ErrnoException.class, call).errnoName());
    }
}
