package dev.msqd.daemon.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AgeMarksTest {
    private final AgeMarks marks = new AgeMarks();

    @Test
    void aMessageWasThereAtTheFirstMomentWhoseEndIsBehindIt() {
        marks.add(100, 1_000);
        marks.add(200, 2_000);
        marks.add(200, 3_000); // nothing came
        marks.add(300, 4_000);
        assertEquals(1_000, marks.firstSeenMs(0));
        assertEquals(1_000, marks.firstSeenMs(99));
        assertEquals(2_000, marks.firstSeenMs(100));
        assertEquals(2_000, marks.firstSeenMs(199));
        assertEquals(4_000, marks.firstSeenMs(200));
    }

    /** What came back to its place after all was received is as old as the last moment tells. */
    @Test
    void theLastMomentStays() {
        marks.add(100, 1_000);
        marks.add(200, 2_000);
        assertEquals(2_000, marks.firstSeenMs(Long.MAX_VALUE));
        assertEquals(2_000, marks.firstSeenMs(150));
    }

    /** However long messages wait, an age is short by a second or a quarter, at most. */
    @Test
    void anAgeIsKnownToWithinAQuarter() {
        for (int now = 1; now <= 100_000; now = now * 3 / 2 + 1) {
            AgeMarks asked = new AgeMarks();
            for (int second = 1; second <= now; second++) {
                asked.add(second * 8L, second * 1000L); // a message a second: that of second s lies before s * 8
            }
            for (int sent = 1; sent <= now; sent += 1 + now / 500) {
                long ageMs = (now - sent) * 1000L;
                long late = asked.firstSeenMs(sent * 8L - 8) - sent * 1000L;
                String what = "of " + ageMs + " ms, seen late by " + late;
                assertTrue(late >= 0 && late <= ageMs / 4 + 1000, what);
            }
        }
    }
}
