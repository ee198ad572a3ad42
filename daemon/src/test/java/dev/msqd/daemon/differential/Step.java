package dev.msqd.daemon.differential;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.MessageQueues;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One step of a program. Its text is how people read it. */
sealed interface Step {
    /** What an actor calls. */
    sealed interface Call extends Step {
        int actor();

        /** What is called, and which of its ways: as coverage counts it. */
        String name();

        /** Makes the call; the result is null, a number, or a value that has equals. */
        Object make(MessageQueues queues, Variables variables, SysV.Message message);

        /** With its amounts as they are now. */
        default Call settled(Scene scene) {
            return this;
        }
    }

    /** A call that names a queue. */
    sealed interface QueueCall extends Call {
        QueueRef queue();
    }

    /** A call that may sleep. */
    sealed interface SleepyCall extends QueueCall {
        int msgflg();

        SleepyCall withoutWaiting();

        @Override
        SleepyCall settled(Scene scene);

        default boolean waits() {
            return (msgflg() & SysV.IPC_NOWAIT) == 0;
        }
    }

    /** msgget, into a variable; IPC_PRIVATE if the key says so. */
    record Get(int actor, int variable, int key, int msgflg) implements Call {
        @Override
        public String name() {
            return "msgget";
        }

        /** Where the id goes. */
        QueueRef result() {
            return new QueueRef(variable, QueueRef.Kind.PRESENT);
        }

        boolean isPrivate() {
            return key == SysV.IPC_PRIVATE;
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            return new Id(queues.msgget(variables.key(key), msgflg));
        }

        @Override
        public String toString() {
            return line(this, "q" + variable + " = msgget(" + (isPrivate() ? "IPC_PRIVATE" : "key " + key) + ", "
                + flags(msgflg, List.of("IPC_CREAT", "IPC_EXCL"), SysV.IPC_CREAT, SysV.IPC_EXCL) + ")");
        }
    }

    /** @param serial tells this message from others */
    record Send(int actor, QueueRef queue, long mtype, Amount size, int serial, int msgflg) implements SleepyCall {
        private static final int SHOWN = 12;

        @Override
        public String name() {
            return "msgsnd";
        }

        @Override
        public Send settled(Scene scene) {
            return new Send(actor, queue, mtype, size.settled(scene, queue), serial, msgflg);
        }

        @Override
        public Send withoutWaiting() {
            return new Send(actor, queue, mtype, size, serial, msgflg | SysV.IPC_NOWAIT);
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            queues.msgsnd(variables.resolve(queue), mtype, text(), size.bytes(), msgflg);
            return null;
        }

        /** What is too long to be sent needs no text, because its size is refused first (R17). */
        private byte[] text() {
            long length = Math.max(size.bytes(), 0);
            byte[] text = new byte[length > Scene.TEXT_ROOM ? 0 : (int) length];
            byte[] serialText = Integer.toString(serial).getBytes(US_ASCII);
            for (int i = 0; i < text.length; i++) {
                text[i] = i < serialText.length ? serialText[i] : (byte) ('a' + (serial + i) % ('z' - 'a' + 1));
            }
            return text;
        }

        @Override
        public String toString() {
            String text = size.base() == Amount.Base.NOTHING && size.bytes() <= SHOWN
                ? "\"" + new String(text(), US_ASCII) + "\"" : "message " + serial;
            return line(this, "msgsnd(" + queue + ", type " + Amount.number(mtype) + ", " + text + ", " + size + ", "
                + flags(msgflg, List.of("IPC_NOWAIT"), SysV.IPC_NOWAIT) + ")");
        }
    }

    record Receive(int actor, QueueRef queue, Amount room, long msgtyp, int msgflg) implements SleepyCall {
        @Override
        public String name() {
            return (msgflg & SysV.MSG_COPY) == 0 ? "msgrcv" : "msgrcv MSG_COPY";
        }

        @Override
        public Receive settled(Scene scene) {
            return new Receive(actor, queue, room.settled(scene, queue), msgtyp, msgflg);
        }

        @Override
        public Receive withoutWaiting() {
            return new Receive(actor, queue, room, msgtyp, msgflg | SysV.IPC_NOWAIT);
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            int length = (int) queues.msgrcv(variables.resolve(queue), message, room.bytes(), msgtyp, msgflg);
            return new Received(message.mtype, new String(message.mtext, 0, length, US_ASCII));
        }

        @Override
        public String toString() {
            return line(this, "msgrcv(" + queue + ", room " + room + ", type " + Amount.number(msgtyp) + ", "
                + flags(msgflg, List.of("IPC_NOWAIT", "MSG_NOERROR", "MSG_EXCEPT", "MSG_COPY"), SysV.IPC_NOWAIT,
                    SysV.MSG_NOERROR, SysV.MSG_EXCEPT, SysV.MSG_COPY)
                + ")");
        }
    }

    /** msgctl with a command that needs no more than a reference: IPC_STAT, IPC_RMID, MSG_STAT, one that is not. */
    record Control(int actor, QueueRef queue, int cmd) implements QueueCall {
        @Override
        public String name() {
            return switch (cmd) {
                case SysV.IPC_RMID -> "IPC_RMID";
                case SysV.IPC_STAT -> "IPC_STAT";
                case SysV.MSG_STAT -> "MSG_STAT";
                case SysV.MSG_STAT_ANY -> "MSG_STAT_ANY";
                default -> "unknown command";
            };
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            return queues.msgctl(variables.resolve(queue), cmd);
        }

        @Override
        public String toString() {
            return line(this, "msgctl(" + queue + ", " + (name().startsWith("unknown") ? "command " + cmd : name())
                + ")");
        }
    }

    /** msgctl IPC_SET. */
    record Set(int actor, QueueRef queue, int uid, int gid, int mode, Amount qbytes) implements QueueCall {
        @Override
        public String name() {
            return "IPC_SET";
        }

        @Override
        public Set settled(Scene scene) {
            return new Set(actor, queue, uid, gid, mode, qbytes.settled(scene, queue));
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            queues.set(variables.resolve(queue), uid, gid, mode, qbytes.bytes());
            return null;
        }

        @Override
        public String toString() {
            return line(this, "msgctl(" + queue + ", IPC_SET, uid " + uid + ", gid " + gid + ", mode 0"
                + Integer.toOctalString(mode) + ", qbytes " + qbytes + ")");
        }
    }

    /** msgctl IPC_INFO and MSG_INFO. */
    record Info(int actor, int msqid, int cmd) implements Call {
        @Override
        public String name() {
            return cmd == SysV.IPC_INFO ? "IPC_INFO" : "MSG_INFO";
        }

        @Override
        public Object make(MessageQueues queues, Variables variables, SysV.Message message) {
            return queues.info(msqid, cmd);
        }

        @Override
        public String toString() {
            return line(this, "msgctl(" + msqid + ", " + name() + ")");
        }
    }

    /** A signal that is caught, or its like, to an actor asleep. */
    record Interrupt(int target) implements Step {
        @Override
        public String toString() {
            return "interrupt A" + target;
        }
    }

    /** A limit of the system moves. */
    record MoveLimit(SystemLimit limit, long value) implements Step {
        @Override
        public String toString() {
            return limit.file() + " = " + Amount.number(value);
        }
    }

    /** A queue's id, as msgget gave it. */
    record Id(int msqid) {
        @Override
        public String toString() {
            return "id " + msqid;
        }
    }

    /** What msgrcv brought. */
    record Received(long mtype, String text) {
        private static final int SHOWN = 40;

        @Override
        public String toString() {
            return "type " + Amount.number(mtype) + " \""
                + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…") + "\" (" + text.length() + ")";
        }
    }

    private static String line(Call call, String text) {
        return "A" + call.actor() + " " + text;
    }

    private static String flags(int flags, List<String> names, int... bits) {
        List<String> shown = new ArrayList<>();
        int rest = flags;
        for (int i = 0; i < bits.length; i++) {
            if ((flags & bits[i]) != 0) {
                shown.add(names.get(i));
                rest &= ~bits[i];
            }
        }
        if (rest != 0 || shown.isEmpty()) {
            shown.add(String.format(Locale.ROOT, "0%o", rest));
        }
        return String.join("|", shown);
    }
}
