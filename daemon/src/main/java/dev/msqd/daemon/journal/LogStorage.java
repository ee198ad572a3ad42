package dev.msqd.daemon.journal;

import dev.msqd.calls.ErrnoException;

/**
 * The directory of one queue's log: the seam at which a test cuts the power. Every method throws {@link
 * ErrnoException} for what the operating system refuses.
 */
public interface LogStorage {
    /** The numbers of all files, ascending. */
    int[] list();

    /**
     * Makes an empty file for writing. Its entry is on disk after {@link #syncDirectory}.
     *
     * @param number from 1.
     * @throws ErrnoException EEXIST: there is one with this number; ENOSPC, EDQUOT, EMFILE...
     */
    LogFile create(int number);

    /**
     * Opens a file for reading.
     *
     * @throws ErrnoException ENOENT: there is none.
     */
    LogFile open(int number);

    /**
     * Deletes a file. It may come back by a power cut before {@link #syncDirectory}.
     *
     * @throws ErrnoException ENOENT: there is none.
     */
    void delete(int number);

    /** What was created and deleted is so on disk when this returns. */
    void syncDirectory();

    /** What the log is called in messages: the directory. */
    String name();
}
