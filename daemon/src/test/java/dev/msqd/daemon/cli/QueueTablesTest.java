package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The tables by the letter; the test against the kernel and util-linux needs root. */
class QueueTablesTest {
    private static final MsqidDs SMALL =
        new MsqidDs(3, 31, "small", 0, 0, 0, 0, 0640, 0, 0, 16384, 0, 0, 0, 0, 1_000_000_000,
            Durability.SYNC, new Retention(3600, 10L << 30), "");
    private static final MsqidDs NEGATIVE =
        new MsqidDs(65540, 0x9abcdef0, "", 1000, 1001, 1002, 1003, 0, 12345, 6, 16384, 32768, 99999,
            1_795_320_391, 1_795_320_392, 1_795_320_393, Durability.INTERVAL, Retention.NONE, "");
    private static final MsqidDs LARGE = new MsqidDs(Integer.MAX_VALUE, Integer.MIN_VALUE, "large", -2, -3, -4, -5,
        0777, -1L, Long.MAX_VALUE, -1L, 4_194_304, Integer.MAX_VALUE, 4_102_444_800L, 253_402_300_800L, 1,
        Durability.PROCESS, Retention.NONE, "");

    private static String printed(BiConsumer<QueueTables, List<MsqidDs>> table, MsqidDs... queues) {
        StringWriter text = new StringWriter();
        table.accept(new QueueTables(new PrintWriter(text), new Accounts()), List.of(queues));
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    /** R79: what printf makes of the format, written out. */
    @Test
    void procIsTheKernelsFormat() {
        assertEquals("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
            + "      stime      rtime      ctime\n"
            + "        31          3   640           0          0     0     0     0     0     0     0"
            + "          0          0 1000000000\n"
            + "-1698898192      65540     0       12345          6 32768 99999  1000  1001  1002  1003"
            + " 1795320391 1795320392 1795320393\n"
            + "-2147483648 2147483647   777  18446744073709551615 9223372036854775807 4194304 2147483647"
            + " 4294967294 4294967293 4294967292 4294967291 4102444800 253402300800          1\n",
            printed(QueueTables::proc, SMALL, NEGATIVE, LARGE));
    }

    /** R79: the header is there when no queue is. */
    @Test
    void procOfNothingIsItsHeader() {
        assertEquals("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
            + "      stime      rtime      ctime\n", printed(QueueTables::proc));
    }

    /** R80: ipcs's columns, then ours. */
    @Test
    void theListEndsWithDurabilityHistoryAndName() {
        List<String> lines = printed(QueueTables::queues, SMALL, NEGATIVE).lines().toList();
        assertEquals("key        msqid      owner      perms      used-bytes   messages     "
            + "durability keep       NAME", lines.get(2));
        assertEquals("0x0000001f 3          root       640        0            0            "
            + "sync       1h,10G     small", lines.get(3));
        assertTrue(lines.get(4).endsWith(" 12345        6            interval   none       "), lines.get(4));
    }

    @Test
    void aQueueInFullHasDurabilityAndHistory() {
        String full = printed((tables, queues) -> tables.full(queues.getFirst()), SMALL);
        assertTrue(full.contains("\nsurvives  sync\nkeeps     1h,10G\n"), full);
        full = printed((tables, queues) -> tables.full(queues.getFirst()), LARGE);
        assertTrue(full.contains("\nsurvives  process\nkeeps     none\n"), full);
    }

    @Test
    void anObjectHasDurabilityAndHistory() {
        String json = new QueueTables(null, new Accounts()).json(SMALL).toString();
        assertTrue(json.contains(",\"durability\":\"sync\",\"keepseconds\":3600,\"keepbytes\":10737418240,"), json);
    }

    /** R80. */
    @Test
    void aModeWithoutBitsIsOneZero() {
        String details = printed((tables, queues) -> tables.details(queues.getFirst()), NEGATIVE);
        assertEquals("uid=1000\tgid=1001\tcuid=1002\tcgid=1003\tmode=0", details.lines().toList().get(2));
    }
}
