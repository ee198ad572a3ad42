package dev.msqd.daemon.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.daemon.contract.SharedMemoryFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The comparison itself: what is wrong is found, and shown by few steps. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HarnessTest {
    private static final int MAX_PROGRAMS = 50;
    /** The queue, what fills it, the call that shows it. */
    private static final int FEW_STEPS = 6;

    /** Ways for msqd's side to be wrong. */
    private enum Deviation implements UnaryOperator<MessageQueues> {
        IGNORES_MSG_EXCEPT {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
                        return super.msgrcv(msqid, msgp, msgsz, msgtyp, msgflg & ~SysV.MSG_EXCEPT);
                    }
                };
            }
        },
        SAYS_ENOMSG_WHEN_FULL {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
                        try {
                            super.msgsnd(msqid, mtype, mtext, msgsz, msgflg);
                        } catch (ErrnoException e) {
                            throw e.errno() == Errno.EAGAIN ? new ErrnoException(Errno.ENOMSG, "deviation") : e;
                        }
                    }
                };
            }
        },
        NEVER_SLEEPS {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
                        return super.msgrcv(msqid, msgp, msgsz, msgtyp, msgflg | SysV.IPC_NOWAIT);
                    }
                };
            }
        },
        SLEEPS_WHEN_FULL {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
                        super.msgsnd(msqid, mtype, mtext, msgsz, msgflg & ~SysV.IPC_NOWAIT);
                    }
                };
            }
        },
        SETS_A_LOWER_LIMIT {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public void set(int msqid, int uid, int gid, int mode, long qbytes) {
                        super.set(msqid, uid, gid, mode, Math.max(qbytes - 1, 0));
                    }
                };
            }
        },
        MAKES_QUEUES_THAT_NOBODY_WANTED {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public int msgget(int key, int msgflg) {
                        return super.msgget(key, msgflg | SysV.IPC_CREAT);
                    }
                };
            }
        },
        FORGETS_WHO_SENT {
            @Override
            public MessageQueues apply(MessageQueues queues) {
                return new ForwardingQueues(queues) {
                    @Override
                    public MsqidDs msgctl(int msqid, int cmd) {
                        MsqidDs ds = super.msgctl(msqid, cmd);
                        return ds == null ? null : new MsqidDs(ds.msqid(), ds.key(), ds.name(), ds.uid(), ds.gid(),
                            ds.cuid(), ds.cgid(), ds.mode(), ds.cbytes(), ds.qnum(), ds.qbytes(), 0, ds.lrpid(),
                            ds.stimeSeconds(), ds.rtimeSeconds(), ds.ctimeSeconds(),
                            ds.durability(), ds.retention(), ds.fault());
                    }
                };
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deviation.class)
    void deviationIsFoundAndShownByFewSteps(Deviation deviation,
        @TempDir(factory = SharedMemoryFolder.class) Path folder) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        AtomicBoolean deviates = new AtomicBoolean(true);
        Stage.with(folder, queues -> deviates.get() ? deviation.apply(queues) : queues, stage -> {
            long seed = 1;
            Run found = stage.run(stage.program(seed));
            while (!found.hasDifference() && seed < MAX_PROGRAMS) {
                found = stage.run(stage.program(++seed));
            }
            assertTrue(found.hasDifference(), deviation + " is not found");
            Run shortest = Minimiser.minimise(found, stage::run);
            assertTrue(shortest.hasDifference());
            assertTrue(shortest.length() <= FEW_STEPS, shortest.toString());
            // It is the deviation that was found, and not something that was there without it.
            deviates.set(false);
            assertFalse(stage.run(found.program()).hasDifference(), () -> "" + shortest);
            return null;
        });
    }

    @Test
    void seedMakesTheSameProgram() {
        assertEquals(new ProgramGenerator(Cast.ofManyUsers(), true, true).program(7),
            new ProgramGenerator(Cast.ofManyUsers(), true, true).program(7));
    }
}
