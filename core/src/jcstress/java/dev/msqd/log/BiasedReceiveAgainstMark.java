package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.agrona.DirectBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/**
 * The only receiver consumes without a look while the daemon shares what comes before a position and marks the message as logged: what is
 * in the log at last has its mark or its end, so that the end comes into the log, too.
 */
@JCStressTest
@Outcome(id = {"true, true, 0", "true, false, 0"}, expect = ACCEPTABLE,
    desc = "received, and in the log no more, or never")
@Outcome(expect = FORBIDDEN, desc = "received, and in the log for ever")
@State
public class BiasedReceiveAgainstMark {
    private final Disk disk = new Disk();
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final Tailer tailer = new Tailer(sender.chain, 3, disk);

    public BiasedReceiveAgainstMark() {
        sender.send(0, 8);
        receiver.cursor.look();
    }

    @Actor
    public void receiver(ZZJ_Result r) {
        r.r1 = receiver.cursor.receive();
    }

    @Actor
    public void daemon(ZZJ_Result r) {
        round();
        r.r2 = disk.live == 1;
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        round();
        round();
        r.r3 = disk.live;
    }

    private void round() {
        tailer.collect(tailer.endPosition(), false, false);
        tailer.committed();
    }

    private static final class Disk implements Tailer.Sink {
        private long live;

        @Override
        public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
            live++;
            return 1;
        }

        @Override
        public void consumed(long first, long last) {
            live--;
        }

        @Override
        public void released(int file, int payloadLength) {}
    }
}
