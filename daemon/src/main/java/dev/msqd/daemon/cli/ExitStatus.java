package dev.msqd.daemon.cli;

/** What the command line tells its caller; the top command's help documents the same numbers. */
final class ExitStatus {
    /** Everything asked for was done. */
    static final int OK = 0;
    /** An operation was refused; the message on stderr names the errno. */
    static final int REFUSED = 1;
    /** The command line or the configuration is wrong. */
    static final int USAGE = 2;
    /** Nothing there, or it would have blocked: {@code --nowait}, {@code --timeout}. */
    static final int NOTHING = 3;
    /** No daemon serves the data directory. */
    static final int NO_DAEMON = 4;
    /** Ended by Ctrl-C: 128 + SIGINT, as shells count. */
    static final int INTERRUPTED = 130;
    /** The reader of stdout went away: 128 + SIGPIPE, as if that signal had ended the process. */
    static final int PIPE_CLOSED = 141;

    private ExitStatus() {}
}
