package parley.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RatioOfMediansTest {
    /// The table of confidence intervals for a median that statistics books print.
    @Test
    void asManyRanksAreLeftOutAsTheBinomialDistributionAllows() {
        assertEquals(0, RatioOfMedians.ranksOutside(2));
        assertEquals(0, RatioOfMedians.ranksOutside(6));
        assertEquals(0, RatioOfMedians.ranksOutside(8));
        assertEquals(1, RatioOfMedians.ranksOutside(9));
        assertEquals(2, RatioOfMedians.ranksOutside(12));
        assertEquals(5, RatioOfMedians.ranksOutside(20));
    }

    @Test
    void theMedianIsThatOfTheRoundsRatios() {
        var ratio = RatioOfMedians.of(new double[] {2, 9, 4, 4}, new double[] {1, 3, 4, 2});
        assertEquals(2, ratio.median());
        assertEquals(1, ratio.min());
        assertEquals(3, ratio.max());
        assertEquals(1, ratio.low());
        assertEquals(3, ratio.high());
    }
}
