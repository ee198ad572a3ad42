package dev.msqd.daemon.contract;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/** The process of an {@link Actor}: makes the calls that it reads, a line each, and writes what became of them. */
final class ActorMain {
    private ActorMain() {}

    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (MessageQueues queues = args.length == 0 ? new KernelQueues() : new MsqdQueues(Path.of(args[0]))) {
            System.out.println(queues.task());
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String reply;
                try {
                    reply = "0 " + call(queues, line.split(" ", -1));
                } catch (ErrnoException e) {
                    reply = e.errno() + " " + e.getMessage();
                }
                System.out.println(reply);
            }
        }
    }

    private static String call(MessageQueues queues, String[] line) {
        return switch (line[0]) {
            case "msgget" -> "" + queues.msgget(number(line[1]), number(line[2]));
            case "msgsnd" -> {
                queues.msgsnd(number(line[1]), Long.parseLong(line[2]), HexFormat.of().parseHex(line[3]),
                    Long.parseLong(line[4]), number(line[5]));
                yield "";
            }
            case "msgrcv" -> {
                SysV.Message message = new SysV.Message(number(line[2]));
                int length = (int) queues.msgrcv(number(line[1]), message, Long.parseLong(line[3]),
                    Long.parseLong(line[4]), number(line[5]));
                yield message.mtype + " " + HexFormat.of().formatHex(message.mtext, 0, length);
            }
            case "msgctl" -> text(queues.msgctl(number(line[1]), number(line[2])));
            case "set" -> {
                queues.set(number(line[1]), number(line[2]), number(line[3]), number(line[4]),
                    Long.parseLong(line[5]));
                yield "";
            }
            case "info" -> text(queues.info(number(line[1]), number(line[2])));
            default -> throw new IllegalArgumentException(line[0]);
        };
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static String text(MsqidDs ds) {
        return ds == null ? "" : String.join(" ", "" + ds.msqid(), "" + ds.key(), "" + ds.uid(), "" + ds.gid(),
            "" + ds.cuid(), "" + ds.cgid(), "" + ds.mode(), "" + ds.cbytes(), "" + ds.qnum(), "" + ds.qbytes(),
            "" + ds.lspid(), "" + ds.lrpid(), "" + ds.stimeSeconds(), "" + ds.rtimeSeconds(), "" + ds.ctimeSeconds());
    }

    private static String text(KernelQueue.Info info) {
        return String.join(" ", "" + info.highestIndex(), "" + info.msgpool(), "" + info.msgmap(), "" + info.msgmax(),
            "" + info.msgmnb(), "" + info.msgmni(), "" + info.msgssz(), "" + info.msgtql(), "" + info.msgseg());
    }
}
