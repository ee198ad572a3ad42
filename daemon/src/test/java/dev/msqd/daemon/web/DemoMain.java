package dev.msqd.daemon.web;

import dev.msqd.client.Msqd;
import java.nio.file.Path;

/** Something to look at: {@code DemoMain DIR} keeps the queues of a daemon busy until its standard input ends. */
final class DemoMain {
    private DemoMain() {}

    public static void main(String[] args) throws Exception {
        try (Msqd msqd = Msqd.connect(Path.of(args[0])); DemoLoad load = new DemoLoad(msqd)) {
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }
}
