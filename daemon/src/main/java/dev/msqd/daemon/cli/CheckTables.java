package dev.msqd.daemon.cli;

import static java.util.stream.Collectors.joining;

import dev.msqd.daemon.LogCheck;
import dev.msqd.daemon.StoredData;
import dev.msqd.daemon.StoredQueue;
import dev.msqd.layout.Durability;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What {@code fsck} found, in words or as objects. */
final class CheckTables {
    private final PrintWriter out;

    CheckTables(PrintWriter out) {
        this.out = out;
    }

    /** What concerns all queues. */
    void directory(StoredData data) {
        line("directory  %s (%s)", data.directory(), data.isServed() ? "a daemon serves it" : "no daemon serves it");
        line("registry   %s", registry(data));
        for (int index : data.mendedEntries()) {
            line("           entry %d: one of its two copies is torn or damaged; the other holds", index);
        }
        for (int index : data.damagedEntries()) {
            line("damaged    registry entry %d: neither of its copies can be read", index);
        }
        line("hot        %s: %s", data.hotDirectory(), hot(data));
        if (data.hot() == StoredData.Hot.FOREIGN) {
            line("damaged    %s", data.hotFault());
        }
        if (!data.strayLogs().isEmpty()) {
            line("strays     logs of queues that are gone: %s", String.join(", ", data.strayLogs()));
        }
    }

    /** One queue. */
    void queue(StoredQueue queue, LogCheck check) {
        out.println();
        line("queue      %s", Stream.of(queue.name(), "id " + queue.msqid(), "key " + Key.toString(queue.key()))
            .filter(word -> !word.isEmpty()).collect(joining(", ")));
        line("survives   %s, keeps %s", Level.toString(queue.durability()), Keep.toString(queue.retention()));
        line("log        %s: files %d, bytes %d, batches %d%s", queue.log().name(), check.files(), check.bytes(),
            check.batches(), check.cleanStop() ? ", stopped in good order" : "");
        line("in it      live messages %d, bytes %d%s", check.messages(), check.messageBytes(),
            check.refusal().isEmpty() ? "" : ", as far as it can be read");
        line("recovery   %s", recovery(queue, check));
        if (!check.tornTail().isEmpty()) {
            line("torn       %s: the log ends in the middle of a write, as after a power cut", check.tornTail());
        }
        if (!check.unfinished().isEmpty()) {
            line("unfinished files that were never finished making: %s",
                check.unfinished().stream().map(Object::toString).collect(joining(", ")));
        }
        for (String damage : damage(queue, check)) {
            line("damaged    %s", damage);
        }
    }

    /** The object that says the same as {@link #directory}. */
    static Json json(StoredData data) {
        return new Json()
            .put("directory", data.directory().toString())
            .put("served", data.isServed())
            .put("queues", data.queues().size())
            .put("damagedentries", data.damagedEntries())
            .put("mendedentries", data.mendedEntries())
            .put("hotdirectory", data.hotDirectory().toString())
            .put("hot", data.hot().name().toLowerCase(Locale.ROOT).replace("_", ""))
            .put("hotfault", data.hotFault().isEmpty() ? null : data.hotFault())
            .put("strays", data.strayLogs());
    }

    /** The object that says the same as {@link #queue}. */
    static Json json(StoredQueue queue, LogCheck check) {
        return new Json()
            .put("id", queue.msqid())
            .put("key", Key.toString(queue.key()))
            .put("name", queue.name().isEmpty() ? null : queue.name())
            .put("durability", Level.toString(queue.durability()))
            .put("keepseconds", queue.retention().seconds())
            .put("keepbytes", queue.retention().bytes())
            .put("log", queue.log().name())
            .put("files", check.files())
            .put("bytes", check.bytes())
            .put("batches", check.batches())
            .put("cleanstop", check.cleanStop())
            .put("msgs", check.messages())
            .put("usedbytes", check.messageBytes())
            .put("hot", queue.hot())
            .put("recovery", recovery(queue, check))
            .put("torntail", check.tornTail().isEmpty() ? null : check.tornTail())
            .put("unfinished", check.unfinished())
            .put("damage", damage(queue, check));
    }

    /** What the next start, or the next use of the queue, makes of it. */
    private static String recovery(StoredQueue queue, LogCheck check) {
        if (!queue.hotFault().isEmpty()) {
            return "the hot file is damaged: the queue gives EIO, and nothing is changed";
        }
        if (queue.hot()) {
            return queue.durability() == Durability.PROCESS
                ? "the hot file holds it; there is no log while a daemon runs"
                : "the hot file holds it; the log would be written anew";
        }
        if (!check.refusal().isEmpty()) {
            return "the log is damaged: the queue gives EIO, and nothing is changed";
        }
        return check.messages() == 1 ? "1 message would be put back" : check.messages() + " messages would be put back";
    }

    /** A recovery words what is in its way by itself; that is told where it says more. */
    private static List<String> damage(StoredQueue queue, LogCheck check) {
        List<String> ofLog = check.damage().isEmpty() ? check.refusal() : check.damage();
        return Stream.concat(Stream.of(queue.hotFault()).filter(fault -> !fault.isEmpty()), ofLog.stream()).toList();
    }

    private static String registry(StoredData data) {
        int queues = data.queues().size();
        return queues == 1 ? "1 queue" : queues + " queues";
    }

    private static String hot(StoredData data) {
        return switch (data.hot()) {
            case OWN -> "this data directory's";
            case ABSENT -> "not there, as after a reboot; the queues would be put back from their logs";
            case EARLIER_BOOT -> "from before the machine was started; the queues would be put back from their logs";
            case PREDECESSORS -> "of a data directory that was here before; what is in it would be deleted";
            case FOREIGN -> "no daemon would start with it";
        };
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
