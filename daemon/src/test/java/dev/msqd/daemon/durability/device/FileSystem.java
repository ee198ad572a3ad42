package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.nio.file.Path;

/** File systems that are tried: how they are made, and how big they must be. */
public enum FileSystem {
    /** Nothing is initialised lazily: that would be writes that have nothing to do with the trial. */
    EXT4("ext4", "e2fsprogs", 64L << 20, "", "mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-E",
        "nodiscard,lazy_itable_init=0,lazy_journal_init=0"),
    /** The smallest that mkfs.xfs makes is 300 MiB. */
    XFS("xfs", "xfsprogs", 304L << 20, "nouuid", "mkfs.xfs", "-q", "-f", "-K");

    private final String type;
    private final String debianPackage;
    private final long length;
    private final String options;
    private final String[] maker;

    FileSystem(String type, String debianPackage, long length, String options, String... maker) {
        this.type = type;
        this.debianPackage = debianPackage;
        this.length = length;
        this.options = options;
        this.maker = maker;
    }

    /** Bytes of the device. */
    public long length() {
        return length;
    }

    /** Makes a file system in a file. */
    public void make(Path file) throws IOException {
        Program.require(maker[0], debianPackage);
        Object[] command = new Object[maker.length + 1];
        System.arraycopy(maker, 0, command, 0, maker.length);
        command[maker.length] = file;
        Program.run(command);
    }

    /** Mounts a device; what its journal holds is put in place first. */
    public Mount mount(LoopDevice device, Path folder) {
        return Mount.of(device.path().toString(), folder, type, options);
    }
}
