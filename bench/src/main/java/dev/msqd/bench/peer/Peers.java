package dev.msqd.bench.peer;

/** All peers, by the names that tell a process which one it measures. */
public enum Peers {
    MSQD(new MsqdPeer()),
    MSQD_CLAIM(new MsqdClaimPeer()),
    KERNEL(new KernelPeer()),
    KERNEL_C(new KernelCPeer()),
    POSIX_MQ(new PosixMqPeer()),
    PIPE(new PipePeer()),
    UNIX_SOCKET(new UnixSocketPeer()),
    AGRONA(new AgronaPeer()),
    AERON(new AeronPeer()),
    CHRONICLE(new ChroniclePeer()),
    CACHE_LINE(new CacheLinePeer()),
    BARE_RING(new BareRingPeer()),
    MEMCPY(new MemcpyPeer()),
    FUTEX(new FutexPeer());

    private final Peer peer;

    Peers(Peer peer) {
        this.peer = peer;
    }

    public Peer peer() {
        return peer;
    }

    public String label() {
        return peer.label();
    }
}
