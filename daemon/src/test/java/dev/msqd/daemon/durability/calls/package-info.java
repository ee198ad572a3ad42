/** A disk that keeps what POSIX promises and nothing more, made of the system calls that a process was seen to do. Needs strace, not root. */
package dev.msqd.daemon.durability.calls;
