package parley.signal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import parley.kernel.SignalH;

/// A set of signals. Immutable.
public final class SignalSet implements Iterable<Signal> {
    /// No signal.
    public static final SignalSet EMPTY = new SignalSet(0);

    /// All signals.
    public static final SignalSet ALL = new SignalSet(-1);

    private final long bits; // as in /proc/PID/status: the first is signal 1

    private SignalSet(long bits) {
        this.bits = bits;
    }

    /// The set of these.
    public static SignalSet of(Signal... signals) {
        return of(List.of(signals));
    }

    /// The set of these.
    public static SignalSet of(Collection<Signal> signals) {
        return new SignalSet(signals.stream().mapToLong(SignalSet::bit).reduce(0, (a, b) -> a | b));
    }

    /// The set that the kernel writes as this number, `sigset_t`'s first 64 bits.
    static SignalSet ofBits(long bits) {
        return new SignalSet(bits);
    }

    /// That of a `sigset_t`.
    static SignalSet in(MemorySegment sigset) {
        return new SignalSet(sigset.get(JAVA_LONG, 0));
    }

    private static long bit(Signal signal) {
        return 1L << (signal.number() - 1);
    }

    long bits() {
        return bits;
    }

    /// As a `sigset_t`.
    MemorySegment allocate(Arena arena) {
        var sigset = arena.allocate(SignalH.SIGSET_T);
        sigset.set(JAVA_LONG, 0, bits);
        return sigset;
    }

    /// True if it has this one.
    public boolean contains(Signal signal) {
        return (bits & bit(signal)) != 0;
    }

    /// True if it has all of the other's.
    public boolean containsAll(SignalSet other) {
        return (other.bits & ~bits) == 0;
    }

    /// Those of both.
    public SignalSet with(SignalSet other) {
        return new SignalSet(bits | other.bits);
    }

    /// This one's that the other has not.
    public SignalSet without(SignalSet other) {
        return new SignalSet(bits & ~other.bits);
    }

    /// Those that both have.
    public SignalSet and(SignalSet other) {
        return new SignalSet(bits & other.bits);
    }

    /// How many it has.
    public int size() {
        return Long.bitCount(bits);
    }

    /// True if it has none.
    public boolean isEmpty() {
        return bits == 0;
    }

    /// Its signals, by number.
    public List<Signal> signals() {
        return LongStream.rangeClosed(1, SignalH.SIGNALS)
                .mapToObj(number -> Signal.of((int) number))
                .filter(this::contains)
                .toList();
    }

    @Override
    public Iterator<Signal> iterator() {
        return signals().iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SignalSet set && set.bits == bits;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(bits);
    }

    /// `{INT, TERM, RTMIN+2}`.
    @Override
    public String toString() {
        return signals().stream().map(Signal::name).collect(Collectors.joining(", ", "{", "}"));
    }
}
