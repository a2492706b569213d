package parley.bench.waiting;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import parley.bench.Partner;
import parley.bench.trips.Link;
import parley.bench.trips.Offer;
import parley.bench.trips.TripProcess;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.os.FileMode;
import parley.pipe.Pipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixMessageQueue.Size;
import parley.ready.EventFd;
import parley.signal.SignalStream;
import parley.tool.demo.Closing;

/// A way for two processes to wake each other, the same for Java and C.
///
/// @param name what `trips.c` calls it too
/// @param offer makes the kernel's objects
/// @param join opens them in a process that was given them
/// @param goal what Java's median may be, in times of C's
record Mechanism(String name, Offer.Making offer, TripProcess.Joining join, double goal) {
    private static final double GOAL = 1.15;
    private static final double SIGNAL_GOAL = 1.5;

    /// All of them. A row of the report for each comes from here.
    static final List<Mechanism> ALL =
            List.of(
                    new Mechanism("pipe", Mechanism::offerPipes, Mechanism::joinPipes, GOAL),
                    new Mechanism(
                            "eventfd", Mechanism::offerCounters, Mechanism::joinCounters, GOAL),
                    new Mechanism("mq", Mechanism::offerQueues, Mechanism::joinQueues, GOAL),
                    new Mechanism("futex", Mechanism::offerWords, Mechanism::joinWords, GOAL),
                    new Mechanism(
                            "sigwait",
                            Mechanism::offerSignals,
                            Mechanism::joinSignals,
                            SIGNAL_GOAL),
                    new Mechanism(
                            "signalfd",
                            Mechanism::offerSignals,
                            Mechanism::joinSignals,
                            SIGNAL_GOAL));

    private static final AtomicLong QUEUES = new AtomicLong();

    static Mechanism named(String name) {
        return ALL.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    }

    /// On cache lines of their own, in memory of which `trips.c` knows the size.
    private static final List<String> OFFSETS = List.of("0", "128");

    private static final int MEMORY_BYTES = 4096;

    private static Offer offerPipes(Closing end) throws IOException {
        var there = end.add(Pipe.create());
        var back = end.add(Pipe.create());
        return new Offer(
                new Offer.Side(List.of(back.source().fd(), there.sink().fd()), List.of()),
                new Offer.Side(List.of(there.source().fd(), back.sink().fd()), List.of()));
    }

    private static Link joinPipes(List<String> words) throws IOException {
        return new Links.Stream(PipeSource.of(Partner.given(0)), PipeSink.of(Partner.given(1)));
    }

    private static Offer offerCounters(Closing end) throws IOException {
        var there = end.add(EventFd.create());
        var back = end.add(EventFd.create());
        return new Offer(
                new Offer.Side(List.of(back.fd(), there.fd()), List.of()),
                new Offer.Side(List.of(there.fd(), back.fd()), List.of()));
    }

    private static Link joinCounters(List<String> words) throws IOException {
        return new Links.Counters(EventFd.of(Partner.given(0)), EventFd.of(Partner.given(1)));
    }

    private static Offer offerWords(Closing end) throws IOException {
        var memory = end.add(MemoryFile.create("parley-bench", MEMORY_BYTES));
        return new Offer(
                new Offer.Side(List.of(memory.fd()), OFFSETS),
                new Offer.Side(List.of(memory.fd()), OFFSETS.reversed()));
    }

    private static Link joinWords(List<String> words) throws IOException {
        var mapping = MemoryFile.of(Partner.given(0)).map(Protection.READ_WRITE);
        return new Links.Words(
                mapping.futex(Long.parseLong(words.get(0))),
                mapping.futex(Long.parseLong(words.get(1))));
    }

    private static Offer offerQueues(Closing end) throws IOException {
        var there = nameOf(newQueue(end));
        var back = nameOf(newQueue(end));
        return new Offer(
                new Offer.Side(List.of(), List.of(back, there)),
                new Offer.Side(List.of(), List.of(there, back)));
    }

    /// A queue with a name that no other has.
    static PosixMessageQueue newQueue(Closing end) throws IOException {
        long number = QUEUES.incrementAndGet();
        var name = "/parley-bench-" + ProcessHandle.current().pid() + "-" + number;
        var size = new Size(Size.DEFAULT.messagesMax(), Links.MESSAGE_BYTES);
        var queue = end.add(PosixMessageQueue.create(name, size, FileMode.OWNER_ONLY));
        end.add(() -> PosixMessageQueue.unlink(name));
        return queue;
    }

    private static String nameOf(PosixMessageQueue queue) {
        return queue.address().substring("mq:".length());
    }

    private static Link joinQueues(List<String> words) throws IOException {
        return new Links.Queues(
                PosixMessageQueue.open(words.get(0)), PosixMessageQueue.open(words.get(1)));
    }

    /// Two pipes, by which the processes tell each other their numbers, when they are ready.
    private static Offer offerSignals(Closing end) throws IOException {
        return offerPipes(end);
    }

    /// In C two rows, by sigwaitinfo(2) and by signalfd(2); here the same.
    private static Link joinSignals(List<String> words) throws Exception {
        var stream = SignalStream.open(Links.SIGNAL);
        try (var arena = Arena.ofConfined();
                var in = PipeSource.of(Partner.given(0));
                var out = PipeSink.of(Partner.given(1))) {
            var number = arena.allocateFrom(JAVA_INT, (int) ProcessHandle.current().pid());
            out.write(number);
            if (in.read(number) != number.byteSize()) {
                throw new IllegalStateException("the other process did not say who it is");
            }
            return new Links.Signals(stream, number.get(JAVA_INT, 0));
        }
    }
}
