package parley.bench.waiting;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import parley.bench.Partner;

/// One side of round trips between two JVMs; `trips.c` is the same in C, and says what the
/// arguments and descriptors are.
public final class TripProcess {
    private TripProcess() {}

    /// Started by [ProcessPair].
    public static void main(String[] args) throws Exception {
        var mechanism = Mechanism.named(args[0]);
        var words = List.of(args).subList(2, args.length);
        Partner.endWithTheFirstProcess();
        var link = mechanism.join().join(words);
        if (args[1].equals("trips")) {
            makeTrips(link);
        } else {
            link.echo(Integer.MAX_VALUE);
        }
    }

    private static void makeTrips(Link link) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (var out = new FileOutputStream(FileDescriptor.out)) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                out.write(bytes(link.trips(Integer.parseInt(line))));
            }
        }
    }

    private static byte[] bytes(long[] nanos) {
        var buffer = ByteBuffer.allocate(nanos.length * Long.BYTES).order(ByteOrder.nativeOrder());
        Arrays.stream(nanos).forEach(buffer::putLong);
        return buffer.array();
    }
}
