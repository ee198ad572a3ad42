package dev.msqd.daemon.durability;

import dev.msqd.daemon.durability.device.FileSystem;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Power cuts on real file systems. {@code -Dmsqd.power-cut.images=10000} for more of them, {@code -Dmsqd.power-cut.seed=…} for the
 * same workload again, {@code -Dmsqd.power-cut.folder=…} for where the devices' files are (/dev/shm).
 */
@Tag("power-cut")
@Timeout(value = 2, unit = TimeUnit.HOURS)
class PowerCutTest {
    private static final int IMAGES = Integer.getInteger("msqd.power-cut.images", 100);

    /** So many at most until what was left out on purpose is found. */
    private static final int CONTROL_IMAGES = 3000;

    @Test
    void daemonOnExt4() throws Exception {
        PowerCutTrial.of("daemon", new DaemonSubject()).run(FileSystem.EXT4, IMAGES);
    }

    @Test
    void daemonOnXfs() throws Exception {
        PowerCutTrial.of("daemon", new DaemonSubject()).run(FileSystem.XFS, IMAGES / 10);
    }

    @Test
    void daemonOnExt4ThatFails() throws Exception {
        PowerCutTrial.of("daemon", new DaemonSubject()).withFaults().run(FileSystem.EXT4, IMAGES);
    }

    @Test
    void daemonOnXfsThatFails() throws Exception {
        PowerCutTrial.of("daemon", new DaemonSubject()).withFaults().run(FileSystem.XFS, IMAGES / 10);
    }

    /**
     * What is left out on purpose must be found, or the trials above prove nothing. That the daemon does without fsync no journal shows: a new
     * file's fdatasync takes its name along. {@link PosixCutTest} shows it.
     */
    @Test
    void findsThatTheDaemonDoesWithoutFdatasync() throws Exception {
        PowerCutTrial.of("daemon without fdatasync", DaemonSubject.without("fdatasync"))
            .findsWhatIsWrong(FileSystem.EXT4, CONTROL_IMAGES);
    }

    @Test
    void standInOnExt4() throws Exception {
        PowerCutTrial.of("stand-in", new StandIn(StandIn.Omission.NOTHING)).run(FileSystem.EXT4, IMAGES);
    }

    @Test
    void standInOnXfs() throws Exception {
        PowerCutTrial.of("stand-in", new StandIn(StandIn.Omission.NOTHING)).run(FileSystem.XFS, IMAGES / 10);
    }

    @Test
    void standInOnExt4ThatFails() throws Exception {
        PowerCutTrial.of("stand-in", new StandIn(StandIn.Omission.NOTHING)).withFaults().run(FileSystem.EXT4, IMAGES);
    }

    @Test
    void standInOnXfsThatFails() throws Exception {
        PowerCutTrial.of("stand-in", new StandIn(StandIn.Omission.NOTHING)).withFaults()
            .run(FileSystem.XFS, IMAGES / 10);
    }

    /** The same of what is tried above in the daemon's stead, to try the trial. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"NOTHING", "NEW_FILE_AFTER_FAILURE"})
    void finds(StandIn.Omission omission) throws Exception {
        PowerCutTrial.of("stand-in without " + omission, new StandIn(omission))
            .findsWhatIsWrong(FileSystem.EXT4, CONTROL_IMAGES);
    }

    @Test
    void findsThatAFileIsWrittenToAfterAFailure() throws Exception {
        PowerCutTrial.of("stand-in without a new file", new StandIn(StandIn.Omission.NEW_FILE_AFTER_FAILURE))
            .withFaults()
            .findsWhatIsWrong(FileSystem.EXT4, CONTROL_IMAGES);
    }
}
