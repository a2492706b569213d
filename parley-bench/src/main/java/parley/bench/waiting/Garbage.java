package parley.bench.waiting;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.FutureTask;
import parley.bench.Report;
import parley.bench.Row;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.pipe.Pipe;
import parley.ready.EventFd;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;
import parley.tool.demo.Closing;

/// What a platform thread that waits leaves to the garbage collector: two of them make round trips,
/// and one is watched.
record Garbage(Effort effort) implements Measure {
    private static final String NAME = "garbage";
    private static final int ATTEMPTS_MAX = 50;
    private static final int WORD_BYTES = 64; // a cache line

    /// Both ends of something.
    private record Ends(Link trips, Link echo) {}

    /// What makes them.
    @FunctionalInterface
    private interface Making {
        Ends make(Closing end) throws Exception;
    }

    private record Subject(String name, Making making) {}

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
        for (var subject : SUBJECTS) {
            report.progress(NAME + " " + subject.name());
            try (var end = new Closing()) {
                double bytes = bytesPerPair(subject.making().make(end));
                var amount = new Row.Amount(bytes, "bytes a pair", OptionalDouble.of(0));
                report.row(new Row(NAME, subject.name(), "platform threads", amount));
            }
        }
    }

    /// Of one send and one receive. Until the compiler has seen enough, objects are made that are
    /// none later: the figure is that of the first attempt without, or of the last.
    private double bytesPerPair(Ends ends) throws Exception {
        double bytes = Double.NaN;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && bytes != 0; attempt++) {
            bytes = Math.rint((double) bytes(ends) / effort.allocationCalls());
        }
        return bytes;
    }

    private long bytes(Ends ends) throws Exception {
        int count = effort.allocationCalls();
        var echo =
                new FutureTask<Void>(() -> {
                    ends.echo().echo(count);
                    return null;
                });
        var trips = new FutureTask<>(() -> allocated(ends.trips(), count));
        Thread.ofPlatform().start(echo);
        Thread.ofPlatform().start(trips);
        var _ = echo.get();
        return trips.get();
    }

    private static long allocated(Link link, int count) throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        link.send(); // what a thread makes once is made now
        link.receive();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 1; i < count; i++) {
            link.send();
            link.receive();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
