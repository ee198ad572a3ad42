package dev.msqd.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.Reading;
import dev.msqd.bench.axis.Scale;
import dev.msqd.bench.machine.Distance;
import dev.msqd.bench.machine.Spread;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** What the figures of a run come to. */
class ReportTest {
    private final Results results = new Results();

    @Test
    void ratioIsOfTheMediansAndItsSpreadOfTheRounds() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        assertNull(goal.judge(results));
        add("msqd", 1, 4, 2); // median 2
        add("ring", 5, 4, 8); // median 5
        Goal.Verdict verdict = goal.judge(results);
        assertEquals(0.4, verdict.ratio(), 1e-12);
        assertEquals(0.2, verdict.rounds().min(), 1e-12);
        assertEquals(1, verdict.rounds().max(), 1e-12);
        assertTrue(verdict.reached());
        assertFalse(goal(Goal.Bound.AT_MOST, 0.39, "ring").judge(results).reached());
        assertTrue(goal(Goal.Bound.AT_LEAST, 0.4, "ring").judge(results).reached());
        assertFalse(goal(Goal.Bound.AT_LEAST, 0.41, "ring").judge(results).reached());
    }

    @Test
    void ofSeveralPeersTheHardestCounts() {
        add("msqd", 10);
        add("ring", 5);
        add("kernel", 20);
        assertEquals("ring", goal(Goal.Bound.AT_MOST, 1, "ring", "kernel").judge(results).peer().peer());
        assertEquals("kernel", goal(Goal.Bound.AT_LEAST, 1, "ring", "kernel", "absent").judge(results).peer().peer());
    }

    @Test
    void withoutAPeerTheFigureItselfCounts() {
        add("msqd", 0.1, 0.3);
        assertTrue(goal(Goal.Bound.AT_MOST, 0.2).judge(results).reached());
        assertFalse(goal(Goal.Bound.AT_MOST, 0.1).judge(results).reached());
    }

    @Test
    void everyGoalSaysWhatItIs() {
        Goal.ALL.forEach(goal -> assertFalse(goal.peers().contains(goal.own()), goal.what()));
        assertEquals(Goal.ALL.size(), Goal.ALL.stream().map(Goal::what).distinct().count());
    }

    @Test
    void bounds() {
        assertEquals("≤ 1/8 ×", goal(Goal.Bound.AT_MOST, 1 / 8.0, "ring").boundText());
        assertEquals("≥ 1.2 ×", goal(Goal.Bound.AT_LEAST, 1.2, "ring").boundText());
        assertEquals("≤ 0.001", goal(Goal.Bound.AT_MOST, 0.001).boundText());
    }

    @Test
    void figuresHaveThreeDigits() {
        assertEquals("0", Figure.text(0));
        assertEquals("0.0123", Figure.text(0.012345));
        assertEquals("1.2", Figure.text(1.2));
        assertEquals("12.3", Figure.text(12.345));
        assertEquals("1,234", Figure.text(1234.4));
        assertEquals("10", Figure.text(9.999));
        assertEquals("2 (1..100)", Figure.text(Spread.of(DoubleStream.of(100, 1, 2))));
    }

    @Test
    void jsonIsQuoted() {
        results.missing("a \"b\"\n", "c\\d");
        String json = JsonReport.of(Map.of(), results);
        assertTrue(json.contains("{\"a \\\"b\\\"\\u000a\": \"c\\\\d\"}"), json);
    }

    /** What takes longer because the processors lie farther apart is not to be taken for a slower peer. */
    @Test
    void tellsThatTheProcessorsWereMoved() {
        results.distance("axis, setting, msqd", 1, 130);
        results.distance("axis, setting, msqd", 2, 140);
        results.distance("axis, setting, ring", 1, 150);
        assertFalse(markdown().contains("were moved"), markdown());
        results.distance("axis, setting, ring", 2, 552);
        assertTrue(markdown().contains("were moved"), markdown());
        assertTrue(markdown().contains("- axis, setting, ring: 150, 552\n"), markdown());
        assertEquals(130, results.distance().getMin());
        assertEquals(552, results.distance().getMax());
        String json = JsonReport.of(Map.of(), results);
        assertTrue(json.contains("\"axis, setting, ring\": {\"1\": 150.0, \"2\": 552.0}"), json);
    }

    @Test
    void distanceBetweenTwoProcessorsIsMeasured() throws InterruptedException {
        assertTrue(Distance.roundTripNs(0, 0).isEmpty());
        assertTrue(Distance.roundTripNs(0, 1000).isEmpty());
        if (Runtime.getRuntime().availableProcessors() > 1) {
            assertTrue(Distance.roundTripNs(0, 1).orElseThrow() > 0);
        }
    }

    private String markdown() {
        return MarkdownReport.of(Map.of(), List.of(), Scale.TINY, results, Map.of());
    }

    private void add(String peer, double... rounds) {
        for (int round = 0; round < rounds.length; round++) {
            results.add(round + 1, "axis", List.of(new Reading("setting", peer, "metric", rounds[round], null)));
        }
    }

    private static Goal goal(Goal.Bound bound, double limit, String... peers) {
        return new Goal("", key("msqd"), List.of(peers).stream().map(ReportTest::key).toList(), bound, limit);
    }

    private static Key key(String peer) {
        return new Key("axis", "setting", peer, "metric");
    }
}
