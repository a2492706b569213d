package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import parley.kernel.HandlerCode;
import parley.kernel.SignalCode;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.OsException;

/// Memory of this process whose pages may be taken away by others: an access to one that is gone
/// finds zeros, where the JVM would die of SIGBUS, or throw an error somewhere.
///
/// The handler of SIGBUS, in machine code, is installed for the first range and stays for the life
/// of the process. Whatever is none of its ranges goes to the handler that was there before, the
/// JVM's, with the same flags, mask and arguments. See [SignalCode#replaceLostPages].
final class PageGuard {
    private static final BitSet USED = new BitSet(SignalCode.RANGES_MAX);

    private static @Nullable HandlerCode code;

    private PageGuard() {}

    /// Looks after a range from now on.
    ///
    /// @param address of a page
    /// @param word of the address of 32 bits that are set to 1, and on which is woken, when a page
    ///   is gone
    /// @return for [#remove]
    /// @throws OsException `ENOMEM` if there are as many ranges as there may be
    static synchronized int add(long address, long bytes, long word) throws OsException {
        var handler = code == null ? install() : code;
        int range = USED.nextClearBit(0);
        if (range == SignalCode.RANGES_MAX) {
            var all = "all %d ranges that are looked after are in use".formatted(range);
            throw OsException.of("mmap", "", Errno.ENOMEM.number(), all);
        }
        USED.set(range);
        int at = at(range);
        handler.set(at + SignalCode.RANGE_WORD, word);
        handler.set(at + SignalCode.RANGE_START, address);
        long number = handler.get(at + SignalCode.RANGE_NUMBER);
        handler.set(at + SignalCode.RANGE_NUMBER, number + 1);
        handler.set(at + SignalCode.RANGE_LENGTH, bytes);
        return range;
    }

    /// Looks after it no more: before it is unmapped, and others may be mapped there.
    static synchronized void remove(int range) {
        if (code != null) {
            code.set(at(range) + SignalCode.RANGE_LENGTH, 0);
            USED.clear(range);
        }
    }

    private static int at(int range) {
        return SignalCode.RANGES + range * SignalCode.RANGE_BYTES;
    }

    private static HandlerCode install() throws OsException {
        long r = HandlerCode.map(SignalCode::replaceLostPages);
        var handler = new HandlerCode(OsException.check("mprotect", "signal handler", r));
        handler.set(SignalCode.PAGE_MASK, -Unistd.sysconf(Unistd._SC_PAGESIZE));
        try (var arena = Arena.ofConfined()) {
            var action = arena.allocate(SignalH.SIGACTION);
            sigaction(MemorySegment.NULL, action);
            long before = action.get(JAVA_LONG, SignalH.SA_HANDLER);
            boolean isHandler = before != SignalH.SIG_DFL && before != SignalH.SIG_IGN;
            handler.set(SignalCode.NEXT, isHandler ? before : SignalH.endingHandler());
            action.set(JAVA_LONG, SignalH.SA_HANDLER, handler.address());
            int flags = action.get(JAVA_INT, SignalH.SA_FLAGS) | SignalH.SA_SIGINFO;
            action.set(JAVA_INT, SignalH.SA_FLAGS, flags);
            sigaction(action, MemorySegment.NULL);
        }
        code = handler;
        return handler;
    }

    private static void sigaction(MemorySegment action, MemorySegment old) throws OsException {
        int r = SignalH.sigaction(SignalH.SIGBUS, action, old);
        OsException.check("sigaction", "BUS", r);
    }
}
