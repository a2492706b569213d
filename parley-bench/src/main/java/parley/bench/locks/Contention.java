package parley.bench.locks;

import java.util.List;
import java.util.OptionalDouble;
import parley.bench.trips.Ends;
import parley.bench.trips.Link;
import parley.bench.trips.Offer;
import parley.memory.MemoryFile;
import parley.os.Fd;
import parley.shm.SharedRegion;
import parley.tool.demo.Closing;

/// A way for two to want the same lock. `trips.c` has each for two kinds of locks, and says what
/// the sides do.
///
/// @param name what `trips.c` calls it too
/// @param joining takes one side
/// @param isOfMany only all trips of a round together mean something
record Contention(String name, Joining joining, boolean isOfMany) {
    /// Takes one side.
    @FunctionalInterface
    interface Joining {
        /// Takes it.
        ///
        /// @param isFirst the one who makes trips
        Link join(LockMemory memory, boolean isFirst) throws Exception;
    }

    /// A kind of locks in C.
    ///
    /// @param title as the report has it
    /// @param name what `trips.c` calls it
    /// @param goal what our median may be, in times of its
    record Rival(String title, String name, OptionalDouble goal) {}

    static final List<Contention> ALL =
            List.of(
                    new Contention("hand-over", HandOver::join, false),
                    new Contention("contended", Contended::join, true));

    static final List<Rival> RIVALS =
            List.of(
                    new Rival("C futex", "futex", OptionalDouble.of(1.2)),
                    new Rival("C pthread", "pthread", OptionalDouble.empty()));

    private static final int MEMORY_BYTES = 4096; // no less than trips.c needs
    private static final String FIRST = "first";

    static Contention named(String name) {
        return ALL.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    }

    /// Of a region, for JVMs.
    static Offer offerRegion(Closing end) throws Exception {
        return offer(end.add(SharedRegion.createAnonymous(LockMemory.LAYOUT, MEMORY_BYTES)).fd());
    }

    /// Of memory that is only that, for C.
    static Offer offerMemory(Closing end) throws Exception {
        return offer(end.add(MemoryFile.create("parley-bench", MEMORY_BYTES)).fd());
    }

    private static Offer offer(Fd memory) {
        return new Offer(
                new Offer.Side(List.of(memory), List.of(FIRST)),
                new Offer.Side(List.of(memory), List.of("second")));
    }

    /// In a process that was given a region.
    Link join(Fd region, List<String> words) throws Exception {
        return joining.join(new LockMemory(open(region)), words.getFirst().equals(FIRST));
    }

    private static SharedRegion open(Fd region) throws Exception {
        return SharedRegion.of(region, LockMemory.LAYOUT);
    }

    /// Two participants in this process.
    Ends ends(Closing end) throws Exception {
        var mine = end.add(SharedRegion.createAnonymous(LockMemory.LAYOUT, MEMORY_BYTES));
        var theirs = end.add(open(mine.fd().duplicate()));
        return new Ends(
                joining.join(new LockMemory(mine), true),
                joining.join(new LockMemory(theirs), false));
    }
}
