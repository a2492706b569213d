package parley.bench.transports;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import parley.bench.Partner;
import parley.bench.Respondent;

/// One side of a transport in Java; `transports.c` is the same in C, and says what the arguments
/// and lines are.
public final class TransportProcess {
    private TransportProcess() {}

    /// Started by [Pair].
    public static void main(String[] args) throws Exception {
        Partner.endWithTheFirstProcess();
        var library = Library.valueOf(args[0]);
        var side = new Side(args[2], args[3], Arrays.asList(args).subList(4, args.length));
        var opening = library.open(Transport.named(args[1]), side);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (var out = new FileOutputStream(FileDescriptor.out)) {
            tell(out, opening.name());
            var talk = new Talk(opening.joining().join(in.readLine()));
            tell(out, Opening.NO_NAME);
            if (side.isActive()) {
                lead(talk, in, out);
            }
            while (!side.isActive()) {
                talk.serve();
            }
        }
    }

    private static void tell(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void lead(Talk talk, BufferedReader in, OutputStream out) throws Exception {
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            var words = line.split(" ", -1);
            int number = Integer.parseInt(words[1]);
            switch (words[0]) {
                case "resize" -> {
                    talk.resize(number);
                    Respondent.answer(out, number);
                }
                case "trips" -> Respondent.answer(out, talk.trips(number));
                case "flood" ->
                        Respondent.answer(out, talk.flood(number, Integer.parseInt(words[2])));
                default -> throw new IllegalArgumentException(line);
            }
        }
    }
}
