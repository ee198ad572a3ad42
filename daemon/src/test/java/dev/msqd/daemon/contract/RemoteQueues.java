package dev.msqd.daemon.contract;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.client.SysV;
import dev.msqd.layout.Durability;
import dev.msqd.oracle.KernelQueue;
import java.util.HexFormat;
import java.util.stream.Stream;

/** The calls as words that another process carries out and answers: {@code errno} and a space, then the result, or a text where errno is not 0. */
abstract class RemoteQueues implements MessageQueues {
    /**
     * Has a call made.
     *
     * @return its result
     * @throws ErrnoException as the call
     */
    abstract String call(Object... words);

    static String line(Object... words) {
        return String.join(" ", Stream.of(words).map(Object::toString).toList());
    }

    /** What a reply says. */
    final String result(String reply) {
        int errno = Integer.parseInt(reply.substring(0, reply.indexOf(' ')));
        String rest = reply.substring(reply.indexOf(' ') + 1);
        if (errno != 0) {
            throw new ErrnoException(errno, "in process " + pid() + ": " + rest);
        }
        return rest;
    }

    @Override
    public int msgget(int key, int msgflg) {
        return Integer.parseInt(call("msgget", key, msgflg));
    }

    @Override
    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
        call("msgsnd", msqid, mtype, HexFormat.of().formatHex(mtext), msgsz, msgflg);
    }

    @Override
    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
        String[] reply = call("msgrcv", msqid, msgp.mtext.length, msgsz, msgtyp, msgflg).split(" ", -1);
        msgp.mtype = Long.parseLong(reply[0]);
        byte[] text = HexFormat.of().parseHex(reply[1]);
        System.arraycopy(text, 0, msgp.mtext, 0, text.length);
        return text.length;
    }

    @Override
    public MsqidDs msgctl(int msqid, int cmd) {
        String reply = call("msgctl", msqid, cmd);
        if (reply.isEmpty()) {
            return null;
        }
        long[] ds = numbers(reply);
        return new MsqidDs((int) ds[0], (int) ds[1], "", (int) ds[2], (int) ds[3], (int) ds[4], (int) ds[5],
            (int) ds[6], ds[7], ds[8], ds[9], (int) ds[10], (int) ds[11], ds[12], ds[13], ds[14],
            Durability.PROCESS, Retention.NONE, "");
    }

    @Override
    public void set(int msqid, int uid, int gid, int mode, long qbytes) {
        call("set", msqid, uid, gid, mode, qbytes);
    }

    @Override
    public KernelQueue.Info info(int msqid, int cmd) {
        long[] info = numbers(call("info", msqid, cmd));
        return new KernelQueue.Info((int) info[0], (int) info[1], (int) info[2], (int) info[3], (int) info[4],
            (int) info[5], (int) info[6], (int) info[7], (int) info[8]);
    }

    private static long[] numbers(String reply) {
        return Stream.of(reply.split(" ")).mapToLong(Long::parseLong).toArray();
    }
}
