package dev.msqd.daemon.differential;

import dev.msqd.client.SysV;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Writes programs. Each has a temper of its own: how many actors, how many queues, how much is sent and received, how often calls
 * wait, how strict the modes are. So queues are full for a while, or empty, and everybody waits, or nobody.
 */
final class ProgramGenerator {
    private static final int STEPS = 200;
    private static final int[] OPEN_MODES = {0666, 0777, 0666, 0666};
    private static final int[] STRICT_MODES =
        {0600, 0660, 0640, 0620, 0644, 0622, 0444, 0222, 0066, 0006, 0606, 0111, 0, 0700};

    private final Cast cast;
    private final boolean copies;
    private final boolean movesLimits;
    private Dice dice;
    private boolean longMessages;
    private int actors;
    private int queues;
    private int serial;
    private int waitingPercent;
    private int strictPercent;
    private int interruptWeight;
    private int sendWeight;
    private int receiveWeight;

    /**
     * @param copies      does the kernel know MSG_COPY?
     * @param movesLimits may the limits be moved?
     */
    ProgramGenerator(Cast cast, boolean copies, boolean movesLimits) {
        this.cast = cast;
        this.copies = copies;
        this.movesLimits = movesLimits;
    }

    /** The same program for the same seed. */
    Program program(long seed) {
        dice = new Dice(seed);
        List<Integer> places = new ArrayList<>();
        for (int place = 0; place < cast.size(); place++) {
            places.add(place);
        }
        Collections.shuffle(places, new Random(seed));
        actors = dice.of(2, 3, 4, 5, 6, 6);
        queues = dice.of(1, 1, 1, 2, 2, 3, Program.VARIABLES);
        serial = 0;
        waitingPercent = dice.of(10, 60, 90, 97);
        strictPercent = dice.of(0, 0, 0, 10, 40);
        interruptWeight = dice.of(1, 5);
        longMessages = movesLimits && dice.percent(20);
        List<Step> steps = new ArrayList<>();
        if (longMessages) {
            steps.add(new Step.MoveLimit(SystemLimit.MSGMAX, Scene.LONGEST_MESSAGE));
            steps.add(new Step.MoveLimit(SystemLimit.MSGMNB, 3 * Scene.LONGEST_MESSAGE));
        }
        for (int variable = 0; variable < queues; variable++) {
            steps.add(new Step.Get(actor(), variable, key(variable), SysV.IPC_CREAT | mode()));
        }
        while (steps.size() < STEPS) {
            if (steps.size() % 25 == queues) {
                sendWeight = dice.of(15, 35, 55, 55);
                receiveWeight = dice.of(15, 35, 55);
            }
            steps.add(step());
        }
        return new Program(seed, places.subList(0, actors), List.copyOf(steps));
    }

    private Step step() {
        return switch (dice.weighted(sendWeight, receiveWeight, 12, 8, 2, 3, 4, 2, 1, interruptWeight,
            movesLimits ? 2 : 0)) {
            case 0 -> send();
            case 1 -> receive();
            case 2 -> get();
            case 3 -> set();
            case 4 -> new Step.Control(actor(), queue(), SysV.IPC_RMID);
            case 5 -> new Step.Control(actor(), queue(), SysV.IPC_STAT);
            case 6 -> new Step.Control(actor(), index(), dice.of(SysV.MSG_STAT, SysV.MSG_STAT_ANY));
            case 7 -> new Step.Info(actor(), dice.percent(10) ? -1 : dice.of(0, 77),
                dice.of(SysV.IPC_INFO, SysV.MSG_INFO));
            case 8 ->
                new Step.Control(actor(), queue(), dice.of(-1, 4, 10, 14, 99, Integer.MAX_VALUE, Integer.MIN_VALUE));
            case 9 -> new Step.Interrupt(actor());
            default -> moveLimit();
        };
    }

    private Step get() {
        int variable = dice.below(queues);
        int flags = switch (dice.weighted(75, 10, 3, 12)) {
            case 0 -> SysV.IPC_CREAT;
            case 1 -> SysV.IPC_CREAT | SysV.IPC_EXCL;
            case 2 -> SysV.IPC_EXCL;
            default -> 0;
        };
        return new Step.Get(actor(), variable, key(variable), flags | (dice.percent(20) ? 0 : mode()));
    }

    private Step send() {
        long mtype = switch (dice.weighted(92, 5, 3)) {
            case 0 -> dice.of(1L, 1L, 2L, 2L, 3L, 5L);
            case 1 -> dice.of(Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, Long.MAX_VALUE);
            default -> dice.of(0, -1, Long.MIN_VALUE);
        };
        return new Step.Send(actor(), queue(), mtype, size(), ++serial, waiting() | strayFlags());
    }

    private Amount size() {
        return switch (dice.weighted(15, 48, 22, 6, 7, 2)) {
            case 0 -> Amount.of(0);
            case 1 -> Amount.of(longMessages ? dice.between(1, Scene.LONGEST_MESSAGE) : dice.between(1, 8));
            case 2 -> new Amount(Amount.Base.SPACE, dice.of(-1L, 0L, 0L, 1L, 1L));
            case 3 -> new Amount(Amount.Base.QBYTES, dice.of(0L, 1L));
            case 4 -> new Amount(Amount.Base.MSGMAX, dice.of(-1L, 0L, 1L));
            default -> Amount.of(dice.of(-1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32));
        };
    }

    private Step receive() {
        if (copies && dice.percent(10)) {
            int flags = (dice.percent(90) ? SysV.IPC_NOWAIT : 0) | (dice.percent(10) ? SysV.MSG_EXCEPT : 0);
            return new Step.Receive(actor(), queue(), room(), dice.of(-1L, 0L, 0L, 1L, 2L, 5L, Long.MAX_VALUE),
                flags | SysV.MSG_COPY | noError());
        }
        long msgtyp = switch (dice.weighted(30, 40, 18, 12)) {
            case 0 -> 0;
            case 1 -> dice.of(1L, 1L, 2L, 2L, 3L, 5L);
            case 2 -> dice.of(-1L, -2L, -3L, -5L, -4L);
            default -> dice.of(Long.MIN_VALUE, -Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE,
                Integer.MAX_VALUE + 1L, -Integer.MAX_VALUE, 4L);
        };
        return new Step.Receive(actor(), queue(), room(), msgtyp,
            waiting() | noError() | (dice.percent(15) ? SysV.MSG_EXCEPT : 0) | strayFlags());
    }

    private Amount room() {
        return switch (dice.weighted(30, 50, 10, 8, 2)) {
            case 0 -> Amount.of(dice.between(0, longMessages ? Scene.LONGEST_MESSAGE : 8));
            case 1 -> Amount.of(longMessages ? Scene.LONGEST_MESSAGE : dice.of(64L, 100L));
            case 2 -> Amount.of(Long.MAX_VALUE);
            case 3 -> new Amount(dice.of(List.of(Amount.Base.MSGMAX, Amount.Base.QUEUED)), dice.of(0L, -1L));
            default -> Amount.of(dice.of(-1L, Long.MIN_VALUE));
        };
    }

    private Step set() {
        if (dice.percent(30)) {
            // Who was waiting for room gets it, and is refused (R29).
            return new Step.Set(actor(), queue(), cast.identity(0).uid(), cast.identity(0).gid(),
                dice.of(0, 0444, 0500),
                new Amount(Amount.Base.MSGMNB, 0));
        }
        Identity owner = cast.identity(dice.below(cast.size()));
        Identity group = cast.identity(dice.below(cast.size()));
        return new Step.Set(actor(), queue(), dice.percent(4) ? -1 : owner.uid(), dice.percent(4) ? -1 : group.gid(),
            mode() | (dice.percent(10) ? ~0777 : 0), qbytes());
    }

    private Amount qbytes() {
        return switch (dice.weighted(60, 15, 15, 10)) {
            case 0 -> Amount.of(longMessages ? dice.between(0, 3 * Scene.LONGEST_MESSAGE)
                : dice.of(0L, 1L, 2L, 5L, 8L, 10L, 16L, 20L, 32L));
            case 1 -> new Amount(Amount.Base.QUEUED, dice.of(-1L, 0L, 1L, 5L));
            case 2 -> new Amount(Amount.Base.MSGMNB, dice.of(-1L, 0L, 1L));
            default -> Amount.of(dice.of(1_000L, 1L << 31, (1L << 32) - 1));
        };
    }

    /** Mostly what leaves something to do. */
    private Step moveLimit() {
        return switch (dice.below(SystemLimit.values().length)) {
            case 0 -> new Step.MoveLimit(SystemLimit.MSGMAX,
                dice.of(0L, 8L, 64L, 64L, 100L, 4_096L, (long) Scene.LONGEST_MESSAGE, -1L));
            case 1 -> new Step.MoveLimit(SystemLimit.MSGMNB,
                dice.of(0L, 8L, 20L, 40L, 40L, 16_384L, (long) Integer.MAX_VALUE, Integer.MAX_VALUE + 1L));
            default ->
                new Step.MoveLimit(SystemLimit.MSGMNI, dice.of(0L, 1L, 2L, 3L, 3L, 4L, 32_000L, 32_768L, 32_769L, -1L));
        };
    }

    private int actor() {
        return dice.below(actors);
    }

    private QueueRef queue() {
        QueueRef.Kind kind = dice.percent(97) ? QueueRef.Kind.PRESENT
            : dice
                .of(List.of(QueueRef.Kind.FORMER, QueueRef.Kind.FORMER, QueueRef.Kind.UNKNOWN, QueueRef.Kind.NEGATIVE));
        return new QueueRef(dice.below(queues), kind);
    }

    private QueueRef index() {
        return new QueueRef(dice.below(queues), dice.of(List.of(QueueRef.Kind.INDEX, QueueRef.Kind.INDEX,
            QueueRef.Kind.INDEX_AND_MORE, QueueRef.Kind.NEGATIVE, QueueRef.Kind.UNKNOWN)));
    }

    private int key(int variable) {
        return variable < Program.KEYED ? 1 + variable : SysV.IPC_PRIVATE;
    }

    private int mode() {
        return dice.of(dice.percent(strictPercent) ? STRICT_MODES : OPEN_MODES);
    }

    private int waiting() {
        return dice.percent(waitingPercent) ? 0 : SysV.IPC_NOWAIT;
    }

    private int noError() {
        return dice.percent(25) ? SysV.MSG_NOERROR : 0;
    }

    /** Flags that mean nothing to the call. */
    private int strayFlags() {
        return dice.percent(2) ? dice.of(1, 0600, SysV.IPC_CREAT) : 0;
    }
}
