package dev.msqd.queue;

/**
 * For whom an endpoint's thread makes its calls: for itself, or for a program elsewhere whose call it carries out. Asked by the thread
 * that is in the call.
 */
public interface Caller {
    /** What lspid and lrpid say (R33, R50). */
    int pid();

    /** The other process for which it is, as this one's pid namespace numbers it; 0 for this process itself. */
    int otherProcess();

    /** Whether a call that sleeps is to end with EINTR (R26, R27, R55). Asked before each sleep. */
    boolean interrupted();

    /** The call is in the line of those who wait, or waits for a disk, and its thread is about to sleep. Told before each sleep. */
    void sleeps();

    /** Whether it is worth looking again for a while before each sleep: somebody else may do something meanwhile. */
    boolean spins();

    /** The thread itself, as a part of this process. */
    static Caller ofThisProcess(int pid) {
        return new Caller() {
            @Override
            public int pid() {
                return pid;
            }

            @Override
            public int otherProcess() {
                return 0;
            }

            @Override
            public boolean interrupted() {
                return Thread.interrupted();
            }

            @Override
            public void sleeps() {
                // nobody needs to know
            }

            @Override
            public boolean spins() {
                return true;
            }
        };
    }
}
