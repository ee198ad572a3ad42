package dev.msqd.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Who used the processors since a moment: this process, its children and theirs, or anybody else. The kernel counts in ticks of 10
 * ms (proc_stat(5), proc_pid_stat(5)); interrupts count for nobody, and what the hypervisor took counts as somebody else's. One thread.
 */
public final class Processors {
    /** Others may take so much of one processor, and so many ticks besides, before a measurement is worth nothing. */
    private static final double ALLOWED = 0.03;
    private static final long ALLOWED_TICKS = 8;
    private static final long NS_PER_TICK = TimeUnit.MILLISECONDS.toNanos(10);

    // /proc/stat: cpu user nice system idle iowait irq softirq steal
    private static final int[] BUSY = {1, 2, 3, 8};
    // /proc/PID/stat, behind the name in brackets: utime, stime, and those of children that were waited for
    private static final int UTIME = 11;
    private static final int TIMES = 4;

    private final long startNs = System.nanoTime();
    private final long busy;
    private final long own;

    private Processors() throws IOException {
        busy = busyTicks();
        own = ownTicks();
    }

    /** From now on. */
    public static Processors watch() throws IOException {
        return new Processors();
    }

    /** What is wrong with the time since then: who used how much; null if nobody else used much. */
    public String disturbance() throws IOException {
        long others = busyTicks() - busy - (ownTicks() - own);
        double ticks = (double) (System.nanoTime() - startNs) / NS_PER_TICK;
        return others <= ALLOWED * ticks + ALLOWED_TICKS ? null
            : String.format(Locale.ROOT, "others used %.0f %% of a processor", 100 * others / ticks);
    }

    private static long busyTicks() throws IOException {
        String[] fields = Files.readAllLines(Path.of("/proc/stat")).getFirst().trim().split("\\s+");
        long ticks = 0;
        for (int field : BUSY) {
            ticks += Long.parseLong(fields[field]);
        }
        return ticks;
    }

    private static long ownTicks() throws IOException {
        long ticks = ticks(ProcessHandle.current().pid());
        for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
            ticks += ticks(child.pid());
        }
        return ticks;
    }

    private static long ticks(long pid) throws IOException {
        String stat;
        try {
            stat = Files.readAllLines(Path.of("/proc", Long.toString(pid), "stat")).getFirst();
        } catch (NoSuchFileException e) {
            return 0; // it has ended, and was waited for
        } catch (IOException e) {
            if (ProcessHandle.of(pid).isEmpty()) {
                return 0; // ESRCH: it ended while it was read
            }
            throw e;
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        for (int field = UTIME; field < UTIME + TIMES; field++) {
            ticks += Long.parseLong(fields[field]);
        }
        return ticks;
    }
}
