package dev.msqd.calls;

/**
 * The kernel's structures that cross a call, for 64-bit little-endian Linux. Where musl declares a 4-byte field and
 * padding for what the kernel reads as 8 bytes, the 8-byte field holds the same value in the same place.
 */
final class Structs {

    // struct timespec
    //
    //   0                               8                              16
    //  +-------------------------------+-------------------------------+
    //  | tv_sec                        | tv_nsec                       |
    //  +-------------------------------+-------------------------------+

    static final int TIMESPEC_SEC_OFFSET = 0;
    static final int TIMESPEC_NSEC_OFFSET = TIMESPEC_SEC_OFFSET + Long.BYTES;
    static final int TIMESPEC_LENGTH = TIMESPEC_NSEC_OFFSET + Long.BYTES;

    // struct pollfd
    //
    //   0                   4         6         8
    //  +-------------------+---------+---------+
    //  | fd                | events  | revents |
    //  +-------------------+---------+---------+

    static final int POLLFD_FD_OFFSET = 0;
    static final int POLLFD_EVENTS_OFFSET = POLLFD_FD_OFFSET + Integer.BYTES;
    static final int POLLFD_REVENTS_OFFSET = POLLFD_EVENTS_OFFSET + Short.BYTES;
    static final int POLLFD_LENGTH = POLLFD_REVENTS_OFFSET + Short.BYTES;

    // struct epoll_event: packed on x86-64, aligned on AArch64. msqd keeps a descriptor in the first half of data.
    //
    //  x86-64
    //   0               4                               12
    //  +---------------+-------------------------------+
    //  | events        | data                          |
    //  +---------------+-------------------------------+
    //
    //  AArch64
    //   0               4               8                              16
    //  +---------------+---------------+-------------------------------+
    //  | events        | (padding)     | data                          |
    //  +---------------+---------------+-------------------------------+

    static final int EPOLL_EVENT_EVENTS_OFFSET = 0;
    static final int EPOLL_EVENT_DATA_OFFSET = EPOLL_EVENT_EVENTS_OFFSET + (Libc.AARCH64 ? Long.BYTES : Integer.BYTES);
    static final int EPOLL_EVENT_LENGTH = EPOLL_EVENT_DATA_OFFSET + Long.BYTES;

    // struct sockaddr_un
    //
    //   0       2                                                     110
    //  +-------+-------------------------------------------------------+
    //  | family| sun_path, ended by a zero                             |
    //  +-------+-------------------------------------------------------+

    static final int SOCKADDR_UN_FAMILY_OFFSET = 0;
    static final int SOCKADDR_UN_PATH_OFFSET = SOCKADDR_UN_FAMILY_OFFSET + Short.BYTES;
    static final int SOCKADDR_UN_PATH_LENGTH = 108;
    static final int SOCKADDR_UN_LENGTH = SOCKADDR_UN_PATH_OFFSET + SOCKADDR_UN_PATH_LENGTH;

    // struct ucred
    //
    //   0               4               8              12
    //  +---------------+---------------+---------------+
    //  | pid           | uid           | gid           |
    //  +---------------+---------------+---------------+

    static final int UCRED_PID_OFFSET = 0;
    static final int UCRED_UID_OFFSET = UCRED_PID_OFFSET + Integer.BYTES;
    static final int UCRED_GID_OFFSET = UCRED_UID_OFFSET + Integer.BYTES;
    static final int UCRED_LENGTH = UCRED_GID_OFFSET + Integer.BYTES;

    // struct iovec
    //
    //   0                               8                              16
    //  +-------------------------------+-------------------------------+
    //  | iov_base                      | iov_len                       |
    //  +-------------------------------+-------------------------------+

    static final int IOVEC_BASE_OFFSET = 0;
    static final int IOVEC_LEN_OFFSET = IOVEC_BASE_OFFSET + Long.BYTES;
    static final int IOVEC_LENGTH = IOVEC_LEN_OFFSET + Long.BYTES;

    // struct msghdr
    //
    //   0                               8              12              16
    //  +-------------------------------+---------------+---------------+
    //  | msg_name                      | msg_namelen   | (padding)     |
    //  +-------------------------------+---------------+---------------+ 32
    //  | msg_iov                       | msg_iovlen                    |
    //  +-------------------------------+-------------------------------+ 48
    //  | msg_control                   | msg_controllen                |
    //  +---------------+---------------+-------------------------------+ 56
    //  | msg_flags     | (padding)     |
    //  +---------------+---------------+

    static final int MSGHDR_NAME_OFFSET = 0;
    static final int MSGHDR_NAMELEN_OFFSET = MSGHDR_NAME_OFFSET + Long.BYTES;
    static final int MSGHDR_IOV_OFFSET = MSGHDR_NAMELEN_OFFSET + Long.BYTES;
    static final int MSGHDR_IOVLEN_OFFSET = MSGHDR_IOV_OFFSET + Long.BYTES;
    static final int MSGHDR_CONTROL_OFFSET = MSGHDR_IOVLEN_OFFSET + Long.BYTES;
    static final int MSGHDR_CONTROLLEN_OFFSET = MSGHDR_CONTROL_OFFSET + Long.BYTES;
    static final int MSGHDR_FLAGS_OFFSET = MSGHDR_CONTROLLEN_OFFSET + Long.BYTES;
    static final int MSGHDR_LENGTH = MSGHDR_FLAGS_OFFSET + Long.BYTES;

    // struct cmsghdr and its data; the next one begins at a multiple of 8
    //
    //   0                               8              12              16
    //  +-------------------------------+---------------+---------------+
    //  | cmsg_len: header and data     | cmsg_level    | cmsg_type     |
    //  +-------------------------------+---------------+---------------+
    //  | data (SCM_RIGHTS: descriptors, 4 bytes each) ...
    //  +---------------------------------------------------------------

    static final int CMSGHDR_LEN_OFFSET = 0;
    static final int CMSGHDR_LEVEL_OFFSET = CMSGHDR_LEN_OFFSET + Long.BYTES;
    static final int CMSGHDR_TYPE_OFFSET = CMSGHDR_LEVEL_OFFSET + Integer.BYTES;
    static final int CMSGHDR_DATA_OFFSET = CMSGHDR_TYPE_OFFSET + Integer.BYTES;
    static final int CMSGHDR_ALIGNMENT = Long.BYTES;

    private Structs() {}
}
