package parley.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;

/// The only class that touches [Linker]: three call shapes, and the memory that errno is caught in.
///
/// Linking a shape costs some 6 ms of start-up, a symbol some microseconds; so there are three
/// shapes, each linked when it is first used, and not one per function. They pass machine words,
/// which suits every C function of integer or pointer parameters, variadic ones too, on the two
/// platforms of [Abi] (on others a variadic function may want its arguments elsewhere).
final class Native {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    /// `long f(long, long, long, long, long, long)`: numbers, and addresses that the caller keeps
    /// alive.
    static final MethodHandle WORDS =
            link(
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG));

    private static final SegmentPool CAPTURES = new SegmentPool(Linker.Option.captureStateLayout());

    private Native() {}

    /// `long f(long, void *buffer, long, long, long, void *kept)`: the two pointers are checked and
    /// kept from being freed during the call. C functions of fewer parameters do not see `kept`.
    static final class Buffer {
        static final MethodHandle WORDS =
                link(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                ADDRESS));

        private Buffer() {}
    }

    /// `long syscall(long number, long, long, long, long, long, long)`: for the system calls of six
    /// parameters.
    static final class SystemCall {
        static final MethodHandle WORDS =
                link(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                JAVA_LONG, JAVA_LONG));

        private SystemCall() {}
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(FunctionDescriptor shape) {
        return LINKER.downcallHandle(shape, ERRNO);
    }

    /// The address of a libc symbol, or NULL where this libc has none of that name.
    static MemorySegment find(String name) {
        return LINKER.defaultLookup().find(name).orElse(MemorySegment.NULL);
    }

    /// Memory that errno is caught in; no other call may use it until [#release].
    static MemorySegment capture() {
        return CAPTURES.acquire();
    }

    static void release(MemorySegment capture) {
        CAPTURES.release(capture);
    }

    static int errno(MemorySegment capture) {
        return capture.get(JAVA_INT, 0);
    }

    /// Passes on the caller's mistakes: a closed, foreign or heap segment. Nothing checked occurs.
    static RuntimeException rethrow(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException mistake -> mistake;
            case Error error -> throw error;
            default -> throw new AssertionError(thrown);
        };
    }

    /// What a pointer of C's points to, of unknown length.
    @SuppressWarnings("restricted")
    static MemorySegment pointer(MemorySegment pointer) {
        return pointer.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0).reinterpret(Long.MAX_VALUE);
    }

    /// Memory at an address that C gave us, ended by `arena`, which then runs `end`.
    @SuppressWarnings("restricted")
    static MemorySegment memory(
            long address, long bytes, Arena arena, Consumer<MemorySegment> end) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, end);
    }
}
