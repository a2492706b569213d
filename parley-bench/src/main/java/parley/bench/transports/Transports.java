package parley.bench.transports;

import java.util.ArrayList;
import java.util.List;
import parley.bench.CProgram;
import parley.bench.Partner;
import parley.bench.Placement;
import parley.bench.Report;
import parley.bench.Rounds;
import parley.bench.Row;
import parley.tool.demo.Closing;

/// Transports between two processes, of Parley and of all who have them too.
record Transports(List<Transport> transports, List<Measure> measures, Rounds rounds) {
    /// Measures, and reports a row for each rival.
    void run(Report report) throws Exception {
        try (var end = new Closing()) {
            report.progress("compiling transports.c");
            var program = CProgram.compile(Transports.class, "transports.c", end);
            for (var placement : Placement.all()) {
                for (var transport : transports) {
                    run(transport, placement, program, report);
                }
            }
        }
    }

    private void run(Transport transport, Placement placement, CProgram program, Report report)
            throws Exception {
        report.progress(transport.word() + ", " + placement.name());
        try (var end = new Closing()) {
            var all = new ArrayList<Contestant>();
            all.add(end.add(contestant(Library.PARLEY, transport, placement)));
            var path = program.path();
            if (path.isPresent()) {
                var pair = new Pair(List.of(path.get()), transport, placement);
                all.add(end.add(new Contestant("C", pair)));
            } else {
                missing(transport, placement, "C", program.reason(), report);
            }
            for (var rival : transport.rivals()) {
                var reason = rival.missing();
                if (reason.isEmpty()) {
                    all.add(end.add(contestant(rival, transport, placement)));
                } else {
                    missing(transport, placement, rival.title(), reason.get(), report);
                }
            }
            new Contest(transport, all, placement.name(), rounds, report).run(measures);
        }
    }

    private static Contestant contestant(Library library, Transport transport, Placement placement)
            throws Exception {
        var program = Partner.java(TransportProcess.class);
        program.add(library.name());
        return new Contestant(library.title(), new Pair(program, transport, placement));
    }

    private static void missing(
            Transport transport, Placement placement, String name, String reason, Report report) {
        var result = new Row.Missing(name + " " + reason);
        report.row(new Row("transports", transport.word(), placement.name(), result));
    }
}
