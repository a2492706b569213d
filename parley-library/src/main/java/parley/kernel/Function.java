package parley.kernel;

import java.lang.foreign.MemorySegment;

/// A function of libc, by name. A libc without it answers every call with `-ENOSYS`, as a kernel
/// does for a system call it does not have; so a missing symbol takes no class down.
final class Function {
    private static final int ENOSYS = 38;
    private static final long MINUS_ONE = -1;
    private static final long NULL = 0;

    private final String name;
    private final MemorySegment address;
    private final long number; // of the system call, if the function is syscall(2)

    private Function(String name, MemorySegment address, long number) {
        this.name = name;
        this.address = address;
        this.number = number;
    }

    static Function of(String name) {
        return new Function(name, Native.find(name), 0);
    }

    /// A system call that libc does not wrap; [#system] makes it.
    static Function ofSystemCall(String name, long number) {
        return new Function(name, Native.find("syscall"), number);
    }

    int call() {
        return call(0);
    }

    int call(long a) {
        return call(a, 0);
    }

    int call(long a, long b) {
        return call(a, b, 0);
    }

    int call(long a, long b, long c) {
        return call(a, b, c, 0);
    }

    int call(long a, long b, long c, long d) {
        return call(a, b, c, d, 0, 0);
    }

    /// Calls a function that returns an `int`, -1 for an error.
    int call(long a, long b, long c, long d, long e, long f) {
        return (int) words(true, MINUS_ONE, a, b, c, d, e, f);
    }

    /// Calls a function that returns a `long` or a pointer, -1 for an error.
    long callLong(long a, long b, long c, long d, long e, long f) {
        return words(false, MINUS_ONE, a, b, c, d, e, f);
    }

    /// Calls a function that returns a pointer, NULL for an error.
    long callPointer(long a, long b, long c, long d) {
        return words(false, NULL, a, b, c, d, 0, 0);
    }

    /// Makes a system call that returns an `int`, by its number.
    int system(long a, long b, long c, long d, long e, long f) {
        int fault = fault();
        if (fault != 0) {
            return -fault;
        }
        var capture = Native.capture();
        try {
            long r =
                    (long)
                            Native.SystemCall.WORDS.invokeExact(
                                    address, capture, number, a, b, c, d, e, f);
            return (int) result(r, MINUS_ONE, capture);
        } catch (Throwable thrown) {
            throw Native.rethrow(thrown);
        } finally {
            Native.release(capture);
        }
    }

    /// Calls a function that returns an `int` and whose second parameter is memory.
    int pass(long a, MemorySegment buffer, long c, long d, long e) {
        return (int) buffer(true, a, buffer, c, d, e, MemorySegment.NULL);
    }

    /// The same where the memory that must not go away meanwhile is another: `kept`.
    int pass(long a, MemorySegment buffer, long c, long d, long e, MemorySegment kept) {
        return (int) buffer(true, a, buffer, c, d, e, kept);
    }

    /// Calls a function that returns an `ssize_t` and whose second parameter is memory it reads.
    long send(long a, MemorySegment from, long c, long d, long e) {
        return buffer(false, a, from, c, d, e, MemorySegment.NULL);
    }

    /// The same where the second parameter only points to the memory, which is `from`.
    long send(long a, MemorySegment pointers, long c, long d, long e, MemorySegment from) {
        return buffer(false, a, pointers, c, d, e, from);
    }

    /// Calls a function that returns an `ssize_t` and whose second parameter is memory it writes.
    long receive(long a, MemorySegment into, long c, long d, long e) {
        return buffer(false, a, writable(into), c, d, e, MemorySegment.NULL);
    }

    /// The same where the second parameter points to the memory, or where the memory that must not
    /// go away meanwhile is another: `into`.
    long receive(long a, MemorySegment pointers, long c, long d, long e, MemorySegment into) {
        return buffer(false, a, pointers, c, d, e, writable(into));
    }

    /// Calls a function that returns an `ssize_t` and whose second parameter is an array of one
    /// iovec: that of `from`, which it reads.
    long sendVector(long a, MemorySegment from, long d, long e) {
        return vector(a, from, d, e);
    }

    /// The same for memory that it writes.
    long receiveVector(long a, MemorySegment into, long d, long e) {
        return vector(a, writable(into), d, e);
    }

    /// The kernel writes into read-only memory too: to it an address is an address.
    private static MemorySegment writable(MemorySegment into) {
        if (into.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into read-only memory: " + into);
        }
        return into;
    }

    private long words(
            boolean isInt, long failure, long a, long b, long c, long d, long e, long f) {
        int fault = fault();
        if (fault != 0) {
            return -fault;
        }
        var capture = Native.capture();
        try {
            long r = (long) Native.WORDS.invokeExact(address, capture, a, b, c, d, e, f);
            return result(isInt ? (int) r : r, failure, capture);
        } catch (Throwable thrown) {
            throw Native.rethrow(thrown);
        } finally {
            Native.release(capture);
        }
    }

    private long buffer(
            boolean isInt,
            long a,
            MemorySegment buffer,
            long c,
            long d,
            long e,
            MemorySegment kept) {
        int fault = fault();
        return fault != 0 ? -fault : invoke(isInt, a, buffer, c, d, e, kept);
    }

    /// The iovec is taken after the fault: what a test planted there may make such a call itself.
    private long vector(long a, MemorySegment buffer, long d, long e) {
        int fault = fault();
        if (fault != 0) {
            return -fault;
        }
        var iovec = SysUio.acquireIovec(buffer);
        try {
            return invoke(false, a, iovec, 1, d, e, buffer);
        } finally {
            SysUio.release(iovec);
        }
    }

    private long invoke(
            boolean isInt,
            long a,
            MemorySegment buffer,
            long c,
            long d,
            long e,
            MemorySegment kept) {
        var capture = Native.capture();
        try {
            long r =
                    (long)
                            Native.Buffer.WORDS.invokeExact(
                                    address, capture, a, buffer, c, d, e, kept);
            return result(isInt ? (int) r : r, MINUS_ONE, capture);
        } catch (Throwable thrown) {
            throw Native.rethrow(thrown);
        } finally {
            Native.release(capture);
        }
    }

    /// The upper half of the register of a function that returns an `int` is not defined; `r` is
    /// the lower half then.
    private static long result(long r, long failure, MemorySegment capture) {
        return r == failure ? -Native.errno(capture) : r;
    }

    /// The errno to return without calling, or 0.
    private int fault() {
        if (address.address() == 0) {
            return ENOSYS;
        }
        return Faults.ACTIVE ? Faults.next(name) : 0;
    }
}
