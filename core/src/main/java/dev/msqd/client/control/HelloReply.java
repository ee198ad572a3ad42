package dev.msqd.client.control;

import java.util.UUID;

/**
 * The daemon's greeting.
 *
 * @param clientId    this client's id: the one it had before when the daemon still knows it, else a new one; 1 or more,
 *                    never used twice in a boot
 * @param epoch       goes up each time a daemon starts on the directory
 * @param directoryId the data directory's identity
 * @param limits      the limits as they are now
 * @param credentials who the daemon takes the client for
 */
public record HelloReply(int clientId, long epoch, UUID directoryId, Limits limits, Credentials credentials) {}
