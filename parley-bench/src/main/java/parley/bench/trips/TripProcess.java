package parley.bench.trips;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import parley.bench.Partner;
import parley.bench.Respondent;

/// One side of round trips between two JVMs; `trips.c` is the same in C, and says what the
/// arguments and descriptors are.
public final class TripProcess {
    /// The role of the one who begins, and measures.
    public static final String TRIPS = "trips";

    /// The role of the other.
    public static final String ECHO = "echo";

    private TripProcess() {}

    /// What opens this process's end of what it was given.
    @FunctionalInterface
    public interface Joining {
        /// Opens it.
        ///
        /// @param words of its [Offer.Side]
        Link join(List<String> words) throws Exception;
    }

    /// All that a process does which [ProcessPair] has started.
    ///
    /// @param args its role, and its words
    public static void run(List<String> args, Joining joining) throws Exception {
        Partner.endWithTheFirstProcess();
        var link = joining.join(args.subList(1, args.size()));
        if (args.getFirst().equals(TRIPS)) {
            makeTrips(link);
        } else {
            link.echo(Integer.MAX_VALUE);
        }
    }

    private static void makeTrips(Link link) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (var out = new FileOutputStream(FileDescriptor.out)) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                Respondent.answer(out, link.trips(Integer.parseInt(line)));
            }
        }
    }
}
