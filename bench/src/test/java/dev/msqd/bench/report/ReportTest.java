package dev.msqd.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.OneThread;
import dev.msqd.bench.axis.Reading;
import dev.msqd.bench.axis.Scale;
import dev.msqd.bench.axis.TwoProcesses;
import dev.msqd.bench.machine.Distance;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.machine.Stay;
import dev.msqd.bench.peer.Peers;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** What the figures of a run come to. */
class ReportTest {
    private static final Stay NEAR = new Stay(130, 140);
    private static final Stay APART = new Stay(550, 500);
    private static final Stay MOVED = new Stay(130, 550);

    private final Results results = new Results();

    @Test
    void ratioIsOfTheMediansAndItsSpreadOfTheRounds() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        assertTrue(goal.judge(results).isEmpty());
        add("msqd", 1, 4, 2); // median 2
        add("ring", 5, 4, 8); // median 5
        Goal.Verdict verdict = verdict(goal);
        assertEquals(0.4, verdict.ratio(), 1e-12);
        assertEquals(0.2, verdict.rounds().min(), 1e-12);
        assertEquals(1, verdict.rounds().max(), 1e-12);
        assertTrue(verdict.reached());
        assertFalse(verdict(goal(Goal.Bound.AT_MOST, 0.39, "ring")).reached());
        assertTrue(verdict(goal(Goal.Bound.AT_LEAST, 0.4, "ring")).reached());
        assertFalse(verdict(goal(Goal.Bound.AT_LEAST, 0.41, "ring")).reached());
    }

    @Test
    void ofSeveralPeersTheHardestCounts() {
        add("msqd", 10);
        add("ring", 5);
        add("kernel", 20);
        assertEquals("ring", verdict(goal(Goal.Bound.AT_MOST, 1, "ring", "kernel")).peer().peer());
        assertEquals("kernel", verdict(goal(Goal.Bound.AT_LEAST, 1, "ring", "kernel", "absent")).peer().peer());
    }

    @Test
    void withoutAPeerTheFigureItselfCounts() {
        add("msqd", 0.1, 0.3);
        assertTrue(verdict(goal(Goal.Bound.AT_MOST, 0.2)).reached());
        assertFalse(verdict(goal(Goal.Bound.AT_MOST, 0.1)).reached());
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
        results.stayed("axis, setting, msqd", 1, new Stay(130, 131));
        results.stayed("axis, setting, msqd", 2, new Stay(140, 140));
        results.stayed("axis, setting, ring", 1, new Stay(150, 152));
        assertFalse(markdown().contains("were moved"), markdown());
        results.stayed("axis, setting, ring", 2, new Stay(552, 550));
        assertTrue(markdown().contains("were moved"), markdown());
        assertTrue(markdown().contains("- axis, setting, ring: 150/152, 552/550\n"), markdown());
        assertEquals(130, results.distance().getMin());
        assertEquals(552, results.distance().getMax());
        assertTrue(json().contains("\"axis, setting, ring\": {\"1\": [150, 152], \"2\": [552, 550]}"), json());
    }

    @Test
    void ofTwoPlacesEachIsJudged() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        addAt("msqd", NEAR, 1, APART, 40, NEAR, 3); // medians 2 and 40
        addAt("ring", APART, 50, NEAR, 6, NEAR, 4); // medians 5 and 50
        List<Goal.Verdict> verdicts = goal.judge(results);
        assertEquals(List.of(Place.NEAR, Place.APART), verdicts.stream().map(Goal.Verdict::place).toList());
        assertEquals(0.4, verdicts.get(0).ratio(), 1e-12);
        // Only in the third round both lay near.
        assertEquals(new Spread(0.75, 0.75, 0.75), verdicts.get(0).rounds());
        assertTrue(verdicts.get(0).reached());
        assertEquals(0.8, verdicts.get(1).ratio(), 1e-12);
        assertFalse(verdicts.get(1).reached());
    }

    @Test
    void onlyPlacesOfBothAreJudged() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        addAt("msqd", NEAR, 1, APART, 40, NEAR, 3);
        addAt("ring", NEAR, 4, NEAR, 4, NEAR, 4);
        assertEquals(Place.NEAR, verdict(goal).place());
    }

    @Test
    void ofSeveralPeersTheHardestOfThatPlaceCounts() {
        Goal goal = goal(Goal.Bound.AT_MOST, 1, "ring", "kernel");
        addAt("msqd", NEAR, 10, APART, 10);
        addAt("ring", NEAR, 5, NEAR, 5);
        addAt("kernel", NEAR, 20, APART, 20);
        List<Goal.Verdict> verdicts = goal.judge(results);
        assertEquals(List.of("ring", "kernel"), verdicts.stream().map(verdict -> verdict.peer().peer()).toList());
    }

    @Test
    void whatNeverLayAlikeIsNotJudged() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        assertFalse(goal.isMeasured(results));
        addAt("msqd", NEAR, 1, NEAR, 1);
        assertFalse(goal.isMeasured(results));
        addAt("ring", APART, 50, APART, 50);
        assertTrue(goal.isMeasured(results));
        assertTrue(goal.judge(results).isEmpty());
    }

    /** They count, but nobody knows for which place. */
    @Test
    void whatWasMovedMeanwhileIsNotJudged() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        addAt("msqd", MOVED, 1, NEAR, 1, null, 1);
        addAt("ring", MOVED, 4, APART, 5, null, 4);
        assertTrue(goal.judge(results).isEmpty());
        assertEquals(Place.UNCERTAIN, results.place(key("msqd"), 1));
        assertEquals(Place.UNCERTAIN, results.place(key("msqd"), 3));
    }

    @Test
    void inOnePlaceAllRoundsAreJudgedTogether() {
        Goal goal = goal(Goal.Bound.AT_MOST, 0.5, "ring");
        addAt("msqd", NEAR, 1, null, 2, new Stay(200, 220), 3);
        addAt("ring", NEAR, 5, NEAR, 5, NEAR, 5);
        assertEquals(Place.ANY, verdict(goal).place());
        assertEquals(0.4, verdict(goal).ratio(), 1e-12);
    }

    /** One thread does not mind where the other processor lies. */
    @Test
    void whatDoesNotDependOnThePlaceIsJudgedAsOne() {
        add("msqd", 1, 4, 2);
        add("ring", 5, 4, 8);
        results.stayed("axis, setting, msqd", 1, NEAR);
        results.stayed("axis, setting, ring", 1, APART);
        Goal.Verdict verdict = verdict(goal(Goal.Bound.AT_MOST, 0.5, "ring"));
        assertEquals(Place.ANY, verdict.place());
        assertEquals(0.4, verdict.ratio(), 1e-12);
    }

    /** Of an axis that depends on the place, and of one that does not. */
    @Test
    void reportsNamePlaces() {
        Axis between = new TwoProcesses();
        Axis alone = new OneThread();
        assertTrue(between.dependsOnPlace());
        assertFalse(alone.dependsOnPlace());
        Key own = TwoProcesses.rate(64, "msqd");
        Key ring = TwoProcesses.rate(64, Peers.AGRONA.label());
        Key aeron = TwoProcesses.rate(64, Peers.AERON.label());
        addAt(own, NEAR, 30, APART, 6);
        addAt(ring, NEAR, 20, APART, 3);
        addAt(aeron, MOVED, 10, MOVED, 10);
        Key enqueue = OneThread.enqueue("msqd");
        results.add(1, alone.name(), List.of(new Reading(enqueue.setting(), "msqd", enqueue.metric(), 5, null)));
        String markdown = MarkdownReport.of(Map.of(), List.of(between, alone), Scale.TINY, results, Map.of());
        for (String row : List.of(
            "| one-way rate: Agrona's ring, processors near | 1.5 (1.5..1.5) | ≥ 1.2 × | reached |",
            "| one-way rate: Agrona's ring, processors apart | 2 (2..2) | ≥ 1.2 × | reached |",
            "| one-way rate: Aeron IPC | never measured in the same place | ≥ 1.2 × |  |",
            "| one-way rate: kernel | not measured | ≥ 20 × |  |",
            "| msqd, processors near | 30 (30..30) |",
            "| msqd, processors apart | 6 (6..6) |",
            "| " + Peers.AERON.label() + ", place uncertain | 10 (10..10) |",
            "| msqd | 5 (5..5) |")) {
            assertTrue(markdown.contains("\n" + row + "\n"), row + " in " + markdown);
        }
        assertTrue(
            json().contains("\"rounds\": {\"1\": 30.0, \"2\": 6.0}, \"places\": {\"1\": \"near\", \"2\": \"apart\"}}"),
            json());
        assertTrue(json().contains("\"rounds\": {\"1\": 5.0}}"), json());
        assertTrue(json().contains("\"place\": \"near\", \"ratio\": 1.5"), json());
        assertTrue(json().contains("\"place\": \"never the same\""), json());
        String plot = Plot.of(between, results);
        assertTrue(plot.contains(">msqd, processors near<") && plot.contains(">msqd, processors apart<"), plot);
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

    /** By rounds: where it was measured, and what. */
    private void addAt(String peer, Object... rounds) {
        addAt(key(peer), rounds);
    }

    private void addAt(Key key, Object... rounds) {
        for (int round = 1; round <= rounds.length / 2; round++) {
            Stay stay = (Stay) rounds[2 * round - 2];
            double value = (Integer) rounds[2 * round - 1];
            results.add(round, key.axis(), List.of(new Reading(key.setting(), key.peer(), key.metric(), value, null)),
                stay);
            if (stay != null) {
                results.stayed(key.axis() + ", " + key.setting() + ", " + key.peer(), round, stay);
            }
        }
    }

    private String json() {
        return JsonReport.of(Map.of(), results);
    }

    /** The only one. */
    private Goal.Verdict verdict(Goal goal) {
        List<Goal.Verdict> verdicts = goal.judge(results);
        assertEquals(1, verdicts.size(), verdicts.toString());
        return verdicts.getFirst();
    }

    private static Goal goal(Goal.Bound bound, double limit, String... peers) {
        return new Goal("", key("msqd"), List.of(peers).stream().map(ReportTest::key).toList(), bound, limit);
    }

    private static Key key(String peer) {
        return new Key("axis", "setting", peer, "metric");
    }
}
