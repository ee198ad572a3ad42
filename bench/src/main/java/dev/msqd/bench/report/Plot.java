package dev.msqd.bench.report;

import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.Key;
import dev.msqd.bench.machine.Spread;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A plot of an axis: for each setting and metric a panel, in it a bar for each peer and place, from the left to the median, with a whisker from the
 * lowest to the highest. The scale is logarithmic, because peers differ by powers of ten.
 */
final class Plot {
    private static final int WIDTH = 860;
    private static final int LABELS = 200;
    private static final int BARS = 500;
    private static final int ROW = 18;
    private static final int HEADING = 34;
    private static final int MARGIN = 10;
    private static final String OWN_COLOUR = "#c2410c";
    private static final String PEER_COLOUR = "#64748b";

    private final StringBuilder svg = new StringBuilder();
    private int y = MARGIN;

    private Plot() {}

    /** SVG; null if there is nothing to show. */
    static String of(Axis axis, Results results) {
        Map<String, Map<String, Spread>> panels = new LinkedHashMap<>();
        List<Key> keys = results.figures().keySet().stream().filter(key -> key.axis().equals(axis.name())).toList();
        for (Key key : keys) {
            for (Place place : Place.values()) {
                Spread spread = results.spread(key, place);
                if (spread != null && spread.min() > 0) {
                    panels.computeIfAbsent(key.setting() + ": " + key.metric(), each -> new LinkedHashMap<>())
                        .put(place.name(key.peer()), spread);
                }
            }
        }
        if (panels.isEmpty()) {
            return null;
        }
        Plot plot = new Plot();
        panels.forEach(plot::panel);
        return String.format(Locale.ROOT, """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
            <title>%s</title>
            <rect width="100%%" height="100%%" fill="white"/>
            %s</svg>
            """, WIDTH, plot.y + MARGIN, escape(axis.title()), plot.svg);
    }

    private void panel(String name, Map<String, Spread> peers) {
        y += HEADING;
        text(MARGIN, y - 8, "bold", name);
        double low = peers.values().stream().mapToDouble(Spread::min).min().orElseThrow();
        double high = peers.values().stream().mapToDouble(Spread::max).max().orElseThrow();
        // A bar shows something even of the smallest, and nothing is divided by zero.
        double from = Math.log(low) - Math.max(0.1, 0.05 * Math.log(high / low));
        double scale = BARS / (Math.log(high) - from);
        peers.forEach((peer, spread) -> {
            double median = (Math.log(spread.median()) - from) * scale;
            double min = (Math.log(spread.min()) - from) * scale;
            double max = (Math.log(spread.max()) - from) * scale;
            text(MARGIN, y + 13, "normal", peer);
            add("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>", LABELS, y + 3, median, ROW - 5,
                peer.startsWith("msqd") ? OWN_COLOUR : PEER_COLOUR);
            add("<path d=\"M%.1f %dH%.1f\" stroke=\"black\"/>", LABELS + min, y + 3 + (ROW - 5) / 2, LABELS + max);
            text((int) (LABELS + max) + 6, y + 13, "normal", Figure.text(spread.median()));
            y += ROW;
        });
    }

    private void text(int x, int baseline, String weight, String text) {
        add("<text x=\"%d\" y=\"%d\" font-weight=\"%s\">%s</text>", x, baseline, weight, escape(text));
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
