package dev.msqd.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.bench.machine.Stay;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** In which place something was measured. */
class PlacesTest {
    private final Places places = new Places();

    @Test
    void onePlaceUntilOneDistanceIsMoreThanThreeTimesAnother() {
        assertEquals(Place.ANY, places.of(null));
        places.add(new Stay(100, 120));
        places.add(new Stay(300, 290));
        assertFalse(places.areTwo());
        assertEquals(Place.ANY, places.of(new Stay(100, 120)));
        assertEquals(Place.ANY, places.of(new Stay(100, 290)));
        assertEquals(Place.ANY, places.of(null));
        places.add(new Stay(290, 301));
        assertTrue(places.areTwo());
        assertEquals(Place.NEAR, places.of(new Stay(100, 120)));
        assertEquals(Place.APART, places.of(new Stay(300, 290)));
        assertEquals(Place.UNCERTAIN, places.of(new Stay(100, 290)));
        assertEquals(Place.UNCERTAIN, places.of(null));
    }

    /** Both lie on a scale of ratios: what is between 100 and 900 is 300. */
    @Test
    void theGeometricMeanDivides() {
        places.add(new Stay(100, 900));
        assertEquals(300, places.boundaryNs(), 1e-9);
        assertEquals(Place.NEAR, places.of(new Stay(299, 299)));
        assertEquals(Place.APART, places.of(new Stay(301, 301)));
        // Whose own geometric mean is on one side.
        assertEquals(Place.NEAR, places.of(new Stay(220, 400)));
        assertEquals(Place.APART, places.of(new Stay(420, 220)));
    }

    @Test
    void movedIsMoreThanTwiceAsFarOrAsNear() {
        assertFalse(new Stay(100, 200).moved());
        assertFalse(new Stay(200, 100).moved());
        assertTrue(new Stay(100, 201).moved());
        assertTrue(new Stay(201, 100).moved());
    }

    @Test
    void aStayIsKnownWhereBothDistancesAre() {
        assertEquals(new Stay(1, 2), Stay.of(OptionalLong.of(1), OptionalLong.of(2)));
        assertNull(Stay.of(OptionalLong.of(1), OptionalLong.empty()));
        assertNull(Stay.of(OptionalLong.empty(), OptionalLong.of(2)));
    }
}
