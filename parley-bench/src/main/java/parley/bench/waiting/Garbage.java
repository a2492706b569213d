package parley.bench.waiting;

import java.util.List;
import java.util.OptionalDouble;
import parley.bench.Measure;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.Ends;
import parley.bench.trips.GarbageMeter;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.pipe.Pipe;
import parley.ready.EventFd;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;
import parley.tool.demo.Closing;

/// What platform threads that wait leave to the garbage collector: two of them make round trips.
record Garbage(Effort effort) implements Measure {
    private static final String NAME = "garbage";
    private static final int WORD_BYTES = 64; // a cache line

    private record Subject(String name, Ends.Making making) {}

    private static final List<Subject> SUBJECTS =
            List.of(
                    new Subject("pipe: write, read", Garbage::pipes),
                    new Subject("unix: write, read", Garbage::streams),
                    new Subject("unix-seq: send, receive", Garbage::packets),
                    new Subject("mq: send, receive", Garbage::queues),
                    new Subject("eventfd: add, take", Garbage::counters),
                    new Subject("futex: wake, await", Garbage::words));

    private static Ends pipes(Closing end) throws Exception {
        var there = end.add(Pipe.create());
        var back = end.add(Pipe.create());
        return new Ends(
                new Links.Stream(back.source(), there.sink()),
                new Links.Stream(there.source(), back.sink()));
    }

    private static Ends streams(Closing end) throws Exception {
        var pair = UnixStreamSocket.pair();
        var first = end.add(pair.first());
        var second = end.add(pair.second());
        return new Ends(new Links.Stream(first, first), new Links.Stream(second, second));
    }

    private static Ends packets(Closing end) throws Exception {
        var pair = UnixSeqpacketSocket.pair();
        return new Ends(
                new Links.Packets(end.add(pair.first())),
                new Links.Packets(end.add(pair.second())));
    }

    private static Ends queues(Closing end) throws Exception {
        var there = Mechanism.newQueue(end);
        var back = Mechanism.newQueue(end);
        return new Ends(new Links.Queues(back, there), new Links.Queues(there, back));
    }

    private static Ends counters(Closing end) throws Exception {
        var there = end.add(EventFd.create());
        var back = end.add(EventFd.create());
        return new Ends(new Links.Counters(back, there), new Links.Counters(there, back));
    }

    private static Ends words(Closing end) throws Exception {
        try (var memory = MemoryFile.create("parley-bench", 2 * WORD_BYTES)) {
            var mapping = end.add(memory.map(Protection.READ_WRITE));
            var there = mapping.futex(0);
            var back = mapping.futex(WORD_BYTES);
            return new Ends(new Links.Words(back, there), new Links.Words(there, back));
        }
    }

    @Override
    public void run(Report report) throws Exception {
        var meter = new GarbageMeter(effort.allocationCalls());
        for (var subject : SUBJECTS) {
            report.progress(NAME + " " + subject.name());
            try (var end = new Closing()) {
                double bytes = meter.bytesPerPair(subject.making().make(end));
                var amount = new Row.Amount(bytes, "bytes a pair", OptionalDouble.of(0));
                report.row(new Row(NAME, subject.name(), "platform threads", amount));
            }
        }
    }
}
