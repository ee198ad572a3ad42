package dev.msqd.daemon.journal;

import org.agrona.DirectBuffer;

/** A message of a {@link History}. */
@FunctionalInterface
public interface HistoryHandler {
    /**
     * A message that was sent, received by now or not.
     *
     * @param incarnation of the hot file that it was sent to first: positions of different ones have nothing to do with each other
     * @param position    its place in the order of that hot file
     * @param timeMs      real time at which it came into the log, as far as is known
     * @param buffer      valid during the call
     */
    void onMessage(long incarnation, long position, long timeMs, long mtype, DirectBuffer buffer, int offset,
        int length);
}
