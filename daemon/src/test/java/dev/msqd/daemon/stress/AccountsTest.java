package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.Durability;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That a storm's accounts see what is lost, repeated, corrupt or late, and let pass what a level allows. */
class AccountsTest {
    private static final Role SENDER = new Role(true, "queue", 3);
    private static final Role RECEIVER = new Role(false, "queue", 5);

    @TempDir
    private Path folder;
    private Ledger ledger;
    private Accounts accounts;

    @BeforeEach
    void open() throws Exception {
        ledger = new Ledger(folder.resolve("ledger"));
        accounts = new Accounts(ledger);
    }

    @AfterEach
    void close() throws Exception {
        ledger.close();
    }

    private void join(Durability level) {
        accounts.joins(SENDER, level);
        accounts.joins(RECEIVER, level);
    }

    private void receive(long... sequences) {
        for (long sequence : sequences) {
            ledger.noteReceived(RECEIVER.number(), Ledger.id(SENDER.number(), sequence));
        }
    }

    private void reboot() throws Exception {
        accounts.killed(SENDER);
        accounts.killed(RECEIVER);
        // Nothing was logged for certain.
        accounts.rebooted(List.of(SENDER, RECEIVER), new IntervalMark(folder, 0));
    }

    private void faults(int count) {
        List<String> faults = accounts.faults();
        assertEquals(count, faults.size(), faults::toString);
    }

    @Test
    void nothingIsWrongWhereEverythingWasReceivedOnce() {
        join(Durability.PROCESS);
        ledger.acknowledged(SENDER.number(), 3);
        receive(0, 1, 2);
        faults(0);
        assertEquals(3, accounts.strict());
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void seesWhatIsLostRepeatedOrWasNeverSent(Durability level) {
        join(level);
        ledger.acknowledged(SENDER.number(), 3);
        receive(0, 2, 2, 3);
        faults(3);
    }

    @Test
    void seesWhatIsCorruptOrLate() {
        join(Durability.SYNC);
        ledger.corrupt(RECEIVER.number());
        ledger.outOfOrder(RECEIVER.number());
        faults(2);
        accounts.stopped(RECEIVER);
        faults(1);
    }

    @Test
    void allowsForTheDead() {
        join(Durability.SYNC);
        ledger.acknowledged(SENDER.number(), 2);
        ledger.inHand(RECEIVER.number(), Ledger.id(SENDER.number(), 1));
        receive(0, 2);
        faults(2);
        accounts.killed(SENDER);
        accounts.killed(RECEIVER);
        faults(0);
        receive(1, 1);
        faults(1);
    }

    @Test
    void syncAllowsNothingAfterAReboot() throws Exception {
        join(Durability.SYNC);
        ledger.acknowledged(SENDER.number(), 3);
        receive(0, 1);
        reboot();
        faults(1);
        receive(0);
        faults(2);
    }

    @Test
    void intervalAllowsForWhatWasNotLogged() throws Exception {
        join(Durability.INTERVAL);
        ledger.acknowledged(SENDER.number(), 3);
        receive(0, 1);
        reboot();
        faults(0);
        receive(0);
        faults(0);
        receive(0);
        faults(1);
    }

    @Test
    void processAllowsForLossOnly() throws Exception {
        join(Durability.PROCESS);
        ledger.acknowledged(SENDER.number(), 3);
        receive(0, 1);
        reboot();
        faults(0);
        receive(0);
        faults(1);
        assertTrue(accounts.toString().contains("1 repeated"));
    }
}
