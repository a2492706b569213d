package parley.bench.channels;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import parley.bench.Partner;
import parley.bench.Respondent;

/// One process of a channel in Java; `channels.c` is the same in C, and says what the lines and
/// answers are.
public final class ChannelProcess {
    private final ChannelLibrary library;
    private final String mechanism;
    private final boolean isLossy;
    private final OutputStream out;

    private ChannelProcess(String[] args, OutputStream out) throws Exception {
        var constructor = Class.forName(args[0]).getDeclaredConstructor();
        library = (ChannelLibrary) constructor.newInstance();
        mechanism = args[1];
        isLossy = Boolean.parseBoolean(args[2]);
        this.out = out;
    }

    /// Started by [Crew].
    ///
    /// @param args the class of a [ChannelLibrary], a mechanism, and whether it loses messages
    public static void main(String[] args) throws Exception {
        Partner.endWithTheFirstProcess();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (var out = new FileOutputStream(FileDescriptor.out)) {
            var process = new ChannelProcess(args, out);
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                process.serve(Side.parse(line.split(" ", -1)), in);
            }
        }
    }

    /// From `open` to `close`.
    private void serve(Side side, BufferedReader in) throws Exception {
        var cargo = new Cargo(side, isLossy);
        try (var ends = library.open(mechanism, side, cargo)) {
            Respondent.answer(out, 0);
            var work = new Work(ends, cargo, side.spins());
            for (var line = in.readLine(); !line.equals("close"); line = in.readLine()) {
                var words = line.split(" ", -1);
                obey(work, words[0], Integer.parseInt(words[1]));
            }
        }
        Respondent.answer(out, 0);
    }

    private void obey(Work work, String verb, int count) throws Exception {
        switch (verb) {
            case "trips" -> Respondent.answer(out, work.trips(count));
            case "echo" -> {
                Respondent.answer(out, 0);
                work.echo(count);
            }
            case "send" -> Respondent.answer(out, work.send(count));
            case "receive" -> {
                Respondent.answer(out, 0);
                Respondent.answer(out, work.receive(count));
            }
            default -> throw new IllegalArgumentException(verb);
        }
    }
}
