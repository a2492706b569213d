package parley.bench.channels;

import static parley.bench.channels.Measure.ASLEEP;
import static parley.bench.channels.Measure.BROADCAST;
import static parley.bench.channels.Measure.ROUND_TRIP;
import static parley.bench.channels.Measure.SENDERS;
import static parley.bench.channels.Measure.THROUGHPUT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import parley.bench.CProgram;
import parley.bench.Partner;

/// Who takes part.
///
/// @param name as the report has it
/// @param library the simple name of a [ChannelLibrary]; empty for the program in C
/// @param mechanism which of its channels
/// @param options of the JVM
/// @param measures those that it takes part in
/// @param hasDriver a process of its own is needed besides senders and receivers
/// @param isLossy who is too slow misses messages
record Contestant(
        String name,
        String library,
        String mechanism,
        List<String> options,
        Set<Measure> measures,
        boolean hasDriver,
        boolean isLossy) {
    /// The limit.
    static final String LINE = "C line";

    private static final String PACKAGE = Contestant.class.getPackageName() + ".";
    private static final String NO_LIBRARY = "";

    private static final List<String> AGRONA =
            List.of(
                    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                    "-Dagrona.disable.bounds.checks=true");
    private static final List<String> CHRONICLE =
            List.of(
                    "-Dchronicle.analytics.disable=true",
                    "-Ddisable.thread.safety.check=true",
                    "-Dslf4j.internal.verbosity=ERROR",
                    "--sun-misc-unsafe-memory-access=allow",
                    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                    "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
                    "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
                    "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
                    "--add-opens=java.base/java.lang=ALL-UNNAMED",
                    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                    "--add-opens=java.base/java.io=ALL-UNNAMED",
                    "--add-opens=java.base/java.util=ALL-UNNAMED",
                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

    /// All, in the order of the report.
    static final List<Contestant> ALL =
            List.of(
                    inC(LINE, "line", ROUND_TRIP),
                    inC("C ring", "ring", ROUND_TRIP, THROUGHPUT),
                    inC("C futex", "futex", ASLEEP),
                    inC("C pipe", "pipe", THROUGHPUT, ASLEEP, SENDERS),
                    inC("C unix", "unix", THROUGHPUT, ASLEEP),
                    of("Parley", "ParleyChannels", "spin", ROUND_TRIP, THROUGHPUT, SENDERS),
                    of("Parley park", "ParleyChannels", "park", THROUGHPUT, ASLEEP),
                    of("Parley spin-park", "ParleyChannels", "spin-park", THROUGHPUT, ASLEEP),
                    of("Parley broadcast", "ParleyBroadcasts", "hold-back", BROADCAST),
                    of("Parley lossy", "ParleyBroadcasts", "lose", BROADCAST).losing(),
                    of("Parley pipe", "PipeChannels", "pipe", THROUGHPUT, ASLEEP, SENDERS),
                    of("JDK unix", "SocketChannels", "unix", THROUGHPUT, ASLEEP),
                    agrona("Agrona write", "write", ROUND_TRIP, THROUGHPUT),
                    agrona("Agrona claim", "claim", ROUND_TRIP, THROUGHPUT),
                    agrona("Agrona many", "many", SENDERS),
                    agrona("Agrona broadcast", "broadcast", BROADCAST).losing(),
                    aeron("Aeron offer", "offer", ROUND_TRIP, THROUGHPUT).driven(),
                    aeron("Aeron claim", "claim", ROUND_TRIP, THROUGHPUT, SENDERS, BROADCAST)
                            .driven(),
                    aeron("Aeron embedded", "embedded", ROUND_TRIP, THROUGHPUT),
                    of("Chronicle", "ChronicleChannels", "queue", ROUND_TRIP, THROUGHPUT)
                            .with(CHRONICLE));

    private static Contestant inC(String name, String mechanism, Measure... measures) {
        return of(name, NO_LIBRARY, mechanism, measures);
    }

    private static Contestant agrona(String name, String mechanism, Measure... measures) {
        return of(name, "AgronaChannels", mechanism, measures).with(AGRONA);
    }

    private static Contestant aeron(String name, String mechanism, Measure... measures) {
        return of(name, "AeronChannels", mechanism, measures).with(AGRONA);
    }

    private static Contestant of(
            String name, String library, String mechanism, Measure... measures) {
        var all = EnumSet.copyOf(Arrays.asList(measures));
        return new Contestant(name, library, mechanism, List.of(), all, false, false);
    }

    private Contestant with(List<String> more) {
        return new Contestant(name, library, mechanism, more, measures, hasDriver, isLossy);
    }

    private Contestant driven() {
        return new Contestant(name, library, mechanism, options, measures, true, isLossy);
    }

    private Contestant losing() {
        return new Contestant(name, library, mechanism, options, measures, hasDriver, true);
    }

    /// What `--only` calls it.
    String word() {
        return name.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    boolean isInC() {
        return library.equals(NO_LIBRARY);
    }

    /// Why it cannot take part, if it cannot.
    Optional<String> missing(CProgram program) {
        if (isInC()) {
            return program.path().isEmpty() ? Optional.of(program.reason()) : Optional.empty();
        }
        var file = "/" + (PACKAGE + library).replace('.', '/') + ".class";
        return Contestant.class.getResource(file) == null
                ? Optional.of("was built without the profile `rivals`")
                : Optional.empty();
    }

    /// The words that start one of its processes.
    List<String> command(CProgram program) {
        if (isInC()) {
            return List.of(program.path().orElseThrow(), mechanism);
        }
        var words = new ArrayList<>(Partner.java(ChannelProcess.class, options));
        words.addAll(List.of(PACKAGE + library, mechanism, Boolean.toString(isLossy)));
        return words;
    }
}
