package dev.msqd.daemon.contract;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;

/** A signal that this process catches, with SA_RESTART, and does nothing about: SIGWINCH. */
public final class CaughtSignal {
    private static final int SIGWINCH = 28;
    private static final MethodHandle TGKILL = catchAndLink();

    private CaughtSignal() {}

    /** To one thread, of this process or another one that catches it; nothing happens if it has ended. */
    public static void send(Path task) {
        try {
            int result =
                (int) TGKILL.invokeExact(Integer.parseInt(task.getParent().getParent().getFileName().toString()),
                    Integer.parseInt(task.getFileName().toString()), SIGWINCH);
            if (result != 0 && Files.exists(task)) {
                throw new IllegalStateException("tgkill fails for " + task);
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /** By reflection, because javac warns of sun.misc.Signal, and warnings are errors here. */
    @SuppressWarnings("restricted")
    private static MethodHandle catchAndLink() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object nothing = Proxy.newProxyInstance(CaughtSignal.class.getClassLoader(), new Class<?>[] {handler},
                (proxy, method, arguments) -> null);
            signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), nothing);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("tgkill"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    }
}
