package parley.bench.locks;

import java.util.List;
import java.util.OptionalDouble;
import parley.bench.Measure;
import parley.bench.Report;
import parley.bench.Row;
import parley.bench.trips.Ends;
import parley.bench.trips.GarbageMeter;
import parley.bench.trips.Link;
import parley.shm.SharedMutex;
import parley.shm.SharedRegion;
import parley.tool.demo.Closing;

/// What two threads that take a lock and give it back leave to the garbage collector, each with a
/// region of its own, as two processes have.
record LockGarbage(Effort effort) implements Measure {
    private static final String NAME = "garbage";

    private record Subject(String name, Ends.Making making) {}

    private static final List<Subject> SUBJECTS =
            List.of(
                    new Subject("mutex, free", LockGarbage::free),
                    new Subject("reentrant, free", LockGarbage::freeReentrant),
                    new Subject("mutex, contended", Contention.named("contended")::ends),
                    new Subject("mutex, slept for", LockGarbage::sleptFor));

    private static Ends free(Closing end) throws Exception {
        var region = region(end);
        return new Ends(
                new FreeLocks.Shared(region.mutex(0)),
                new FreeLocks.Shared(region.mutex(SharedMutex.BYTES)).reversed());
    }

    private static Ends freeReentrant(Closing end) throws Exception {
        var region = region(end);
        return new Ends(
                new FreeLocks.Reentrant(region.reentrantMutex(0)),
                new FreeLocks.Reentrant(region.reentrantMutex(SharedMutex.BYTES)).reversed());
    }

    /// Each gives its lock back so late that the other one sleeps: what is rare is not compiled.
    private static Ends sleptFor(Closing end) throws Exception {
        var ends = Contention.named("hand-over").ends(end);
        return new Ends(new Late(ends.trips()), new Late(ends.echo()));
    }

    private record Late(Link link) implements Link {
        private static final long NANOS = 10_000; // longer than anybody spins

        @Override
        public void send() throws Exception {
            for (long start = System.nanoTime(); System.nanoTime() - start < NANOS; ) {
                Thread.onSpinWait();
            }
            link.send();
        }

        @Override
        public void receive() throws Exception {
            link.receive();
        }
    }

    private static SharedRegion region(Closing end) throws Exception {
        return end.add(SharedRegion.createAnonymous(LockMemory.LAYOUT, 2 * SharedMutex.BYTES));
    }

    @Override
    public void run(Report report) throws Exception {
        var meter = new GarbageMeter(effort.allocationCalls());
        for (var subject : SUBJECTS) {
            report.progress(NAME + " " + subject.name());
            try (var end = new Closing()) {
                var ends = subject.making().make(end);
                double bytes = meter.bytesPerPair(ends) + meter.bytesPerPair(ends.swapped());
                var amount = new Row.Amount(bytes, "bytes a pair", OptionalDouble.of(0));
                report.row(new Row(NAME, subject.name(), "both threads", amount));
            }
        }
    }
}
