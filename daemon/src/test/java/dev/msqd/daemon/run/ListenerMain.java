package dev.msqd.daemon.run;

import dev.msqd.calls.ErrnoException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Receives a msgsnd, kills its caller, and says what there is to see afterwards. */
final class ListenerMain {
    private ListenerMain() {}

    public static void main(String[] args) throws Exception {
        CompletableFuture<Listener> filtered = new CompletableFuture<>();
        CompletableFuture<Program> started = new CompletableFuture<>();
        List<byte[]> perl = Stream.of("perl", "-e", "msgsnd(0, pack('l! a*', 1, 'x'), 0)")
            .map(word -> word.getBytes(StandardCharsets.US_ASCII)).toList();
        Thread starter = Thread.ofPlatform().start(() -> {
            filtered.complete(new Listener(new Filter(false).install(Run.mayKeepPrivileges())));
            started.complete(Program.start(perl));
        });
        Listener listener = filtered.join();
        System.out.println("wakes here: " + listener.wakesHere());
        Notification call = new Notification();
        while (listener.receive(call) && call.number() != SystemCall.MSGSND) {
            listener.proceed(call);
        }
        Program program = started.join();
        starter.join();
        System.out.println("valid: " + listener.isValid(call));
        new ProcessBuilder("kill", "-KILL", Integer.toString(program.pid())).start().waitFor();
        System.out.println("ended: " + program.await());
        System.out.println("valid: " + listener.isValid(call));
        System.out.println("mtype can be read: " + canRead(call));
        System.out.println("replied: " + listener.reply(call, 0));
        System.out.println("anybody left: " + listener.receive(call));
        System.exit(0);
    }

    private static boolean canRead(Notification call) {
        try {
            return new TargetMemory().read(call.tid(), call.argument(1), Arena.ofAuto().allocate(Long.BYTES),
                Long.BYTES) > 0;
        } catch (ErrnoException e) {
            return false;
        }
    }
}
