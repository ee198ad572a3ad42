package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.client.SysV.IPC_PRIVATE;
import static dev.msqd.client.SysV.IPC_STAT;
import static dev.msqd.client.SysV.MSG_NOERROR;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.function.Executable;

/** What the parts of the contract stand on. The calls of {@link #queues} come from this process, which may be root's. */
interface Contract {
    /** Room for every message that the tests send, but for the longest. */
    int ROOM = 100;
    /** Clocks that tick now and then may be so much behind. */
    int CLOCK_LAG_SECONDS = 1;

    /** The system's queues, from this process. */
    MessageQueues queues();

    /** The system's queues, from a process of somebody else's; the test is skipped where there can't be one. */
    Actor as(Account account);

    /** Returns when the system knows that a receiver of the queue is stopped. */
    void awaitStopNoticed(int msqid);

    /** Another such system, without a queue in it. */
    MessageQueues emptySystem(int msgmni);

    /** Has the queue removed after the test. */
    int made(int msqid);

    default int newQueue() {
        return newQueue(0600);
    }

    default int newQueue(int mode) {
        return made(queues().msgget(IPC_PRIVATE, mode));
    }

    /** A queue that holds so many bytes and messages. */
    default int newQueue(int mode, long qbytes) {
        int msqid = newQueue(mode);
        setQbytes(msqid, qbytes);
        return msqid;
    }

    /** A key that is not in use. */
    default int newKey() {
        while (true) {
            int key = ThreadLocalRandom.current().nextInt();
            try {
                queues().msgget(key, 0);
            } catch (ErrnoException e) {
                assertEquals(Errno.ENOENT, e.errno(), e.getMessage());
                return key;
            }
        }
    }

    /** The id of a queue that is gone. */
    default int goneQueue() {
        int msqid = newQueue();
        remove(msqid);
        return msqid;
    }

    default void remove(int msqid) {
        queues().msgctl(msqid, SysV.IPC_RMID);
    }

    default MsqidDs stat(int msqid) {
        return queues().msgctl(msqid, IPC_STAT);
    }

    default void setQbytes(int msqid, long qbytes) {
        MsqidDs now = stat(msqid);
        queues().set(msqid, now.uid(), now.gid(), now.mode(), qbytes);
    }

    default void setMode(int msqid, int mode) {
        MsqidDs now = stat(msqid);
        queues().set(msqid, now.uid(), now.gid(), mode, now.qbytes());
    }

    default KernelQueue.Info limits() {
        return queues().info(0, SysV.IPC_INFO);
    }

    /** Sends, without waiting. */
    default void send(int msqid, long mtype, String text) {
        send(queues(), msqid, mtype, text, IPC_NOWAIT);
    }

    static void send(MessageQueues queues, int msqid, long mtype, String text, int msgflg) {
        queues.msgsnd(msqid, mtype, text.getBytes(US_ASCII), text.length(), msgflg);
    }

    /** Receives the first message, without waiting: its type and its text. */
    default String receive(int msqid) {
        return receive(msqid, 0, 0);
    }

    /** Receives without waiting: the message's type and text, separated by a blank. */
    default String receive(int msqid, long msgtyp, int msgflg) {
        return receive(queues(), msqid, msgtyp, msgflg | IPC_NOWAIT);
    }

    static String receive(MessageQueues queues, int msqid, long msgtyp, int msgflg) {
        return receive(queues, msqid, ROOM, msgtyp, msgflg);
    }

    static String receive(MessageQueues queues, int msqid, int room, long msgtyp, int msgflg) {
        SysV.Message message = new SysV.Message(room);
        int length = (int) queues.msgrcv(msqid, message, room, msgtyp, msgflg);
        return message.mtype + " " + new String(message.mtext, 0, length, US_ASCII);
    }

    /** A sender that sleeps. */
    default Sleeper<Void> sendAsleep(MessageQueues queues, int msqid, long mtype, String text) throws Exception {
        return Sleeper.start(queues, () -> {
            send(queues, msqid, mtype, text, 0);
            return null;
        });
    }

    default Sleeper<Void> sendAsleep(int msqid, long mtype, String text) throws Exception {
        return sendAsleep(queues(), msqid, mtype, text);
    }

    /** A receiver that sleeps; its result is the message's type and text. */
    default Sleeper<String> receiveAsleep(MessageQueues queues, int msqid, int room, long msgtyp, int msgflg)
        throws Exception {
        return Sleeper.start(queues, () -> receive(queues, msqid, room, msgtyp, msgflg));
    }

    default Sleeper<String> receiveAsleep(int msqid, long msgtyp) throws Exception {
        return receiveAsleep(queues(), msqid, ROOM, msgtyp, 0);
    }

    /** Empties a queue, and checks what was in it, in this order. */
    default void assertHolds(int msqid, String... messages) {
        for (String message : messages) {
            assertEquals(message, receive(msqid, 0, MSG_NOERROR));
        }
        refused(Errno.ENOMSG, () -> receive(msqid));
    }

    /** Is this a time of this moment, or a little before? */
    static void assertNow(long seconds, long beforeSeconds) {
        assertTrue(seconds >= beforeSeconds - CLOCK_LAG_SECONDS && seconds <= nowSeconds(),
            seconds + " is not between " + beforeSeconds + " and " + nowSeconds());
    }

    static long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    static void refused(int errno, Executable call) {
        ErrnoException refusal = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), refusal.errnoName(), refusal.getMessage());
    }
}
