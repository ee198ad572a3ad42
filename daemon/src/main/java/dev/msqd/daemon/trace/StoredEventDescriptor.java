package dev.msqd.daemon.trace;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_SHORT;

import dev.msqd.layout.TraceDescriptor;

/**
 * An event in the stored trace: an entry of the Chronicle Queue. Little endian.
 *
 * <pre>
 *  +---------------+---------------+-------------------------------+
 *  |  Version      |  Length of the|  Event id                     |
 *  |               |  host name    |                               |
 *  +---------------+---------------+-------------------------------+
 *  |  Event ({@link TraceDescriptor})                                   ...
 *  +---------------------------------------------------------------+
 *  |  Host name, UTF-8                                            ...
 *  +---------------------------------------------------------------+
 * </pre>
 */
final class StoredEventDescriptor {
    static final int VERSION_OFFSET = 0;
    static final int HOST_LENGTH_OFFSET = VERSION_OFFSET + SIZE_OF_SHORT;
    static final int EVENT_ID_OFFSET = HOST_LENGTH_OFFSET + SIZE_OF_SHORT;
    static final int EVENT_OFFSET = EVENT_ID_OFFSET + SIZE_OF_INT;
    static final int HOST_OFFSET = EVENT_OFFSET + TraceDescriptor.EVENT_LENGTH;
    /** HOST_NAME_MAX of the kernel. */
    static final int MAX_HOST_LENGTH = 64;
    static final int MAX_LENGTH = HOST_OFFSET + MAX_HOST_LENGTH;

    static final short VERSION = 1;

    private StoredEventDescriptor() {}
}
