package dev.msqd.daemon.stress;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * A JVM that has started already when it is needed: {@code mainClass arguments...} runs when a byte comes on standard input. A
 * storm kills at moments counted from there. It ends with its standard input, so nothing outlives a storm.
 */
final class Standby {
    private Standby() {}

    public static void main(String[] args) throws Throwable {
        Class<?> main = Class.forName(args[0]);
        var method = main.getDeclaredMethod("main", String[].class);
        method.setAccessible(true);
        awaitByte();
        Thread.ofPlatform().daemon().start(() -> {
            awaitEnd();
            Runtime.getRuntime().halt(1);
        });
        try {
            method.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static void awaitByte() throws Exception {
        if (System.in.read() < 0) {
            System.exit(1);
        }
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                // until the end
            }
        } catch (java.io.IOException e) {
            // that is an end, too
        }
    }
}
