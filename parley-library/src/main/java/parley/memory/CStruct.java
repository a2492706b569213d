package parley.memory;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// A `struct` of C, as the compilers of this platform lay it out, whose fields several processes
/// read and write at once.
///
/// ```java
/// static final CStruct COUNTER = CStruct.of(
///         JAVA_INT.withName("state"), JAVA_LONG.withName("total"));  // struct { int; long; }
/// static final CStruct.LongField TOTAL = COUNTER.longField("total");
/// …
/// TOTAL.getAndAdd(memory, 1);  // C: atomic_fetch_add(&counter->total, 1)
/// ```
///
/// **Assumptions.** Fields are kept in `static final`; then an access is the machine's own
/// instruction behind Java's checks of bounds and life, and allocates nothing. The struct begins
/// where the memory does that is given to them (of others in it: `memory.asSlice`), at a multiple
/// of [#alignment], as every mapping does. The byte order is this machine's, as all processes on it
/// have it. In C the fields are `_Atomic`, or accessed with `__atomic_…`. **Guarantees.** Each
/// method says the memory order of C that it has. No field is ever seen half written, not even in
/// plain mode: that is a matter of alignment, which is checked.
public final class CStruct {
    private final StructLayout layout;

    private CStruct(StructLayout layout) {
        this.layout = layout;
    }

    /// A struct with these members in this order, padded as C does it: each to its alignment, the
    /// whole to the largest. `int` is `JAVA_INT`; `long`, `size_t` and pointers are `JAVA_LONG`;
    /// arrays are sequences.
    ///
    /// @throws IllegalArgumentException if a member, or one in it, has another byte order than this
    ///   machine; or two have the same name
    public static CStruct of(MemoryLayout... members) {
        var padded = new ArrayList<MemoryLayout>();
        long end = 0;
        long alignment = 1;
        var names = new HashSet<String>();
        for (var member : members) {
            requireNativeOrder(member);
            if (!member.name().map(names::add).orElse(true)) {
                throw new IllegalArgumentException("two members have the name of " + member);
            }
            alignment = Math.max(alignment, member.byteAlignment());
            end = pad(padded, end, member.byteAlignment()) + member.byteSize();
            padded.add(member);
        }
        long _ = pad(padded, end, alignment);
        return new CStruct(MemoryLayout.structLayout(padded.toArray(MemoryLayout[]::new)));
    }

    private static long pad(List<MemoryLayout> members, long end, long alignment) {
        long aligned = Math.ceilDiv(end, alignment) * alignment;
        if (aligned > end) {
            members.add(MemoryLayout.paddingLayout(aligned - end));
        }
        return aligned;
    }

    private static void requireNativeOrder(MemoryLayout member) {
        switch (member) {
            case GroupLayout group -> group.memberLayouts().forEach(CStruct::requireNativeOrder);
            case SequenceLayout array -> requireNativeOrder(array.elementLayout());
            case ValueLayout value when value.order() != ByteOrder.nativeOrder() ->
                    throw new IllegalArgumentException(
                            member + ": this machine is " + ByteOrder.nativeOrder());
            default -> {}
        }
    }

    /// The layout, with its padding, for all that needs no order: strings, arrays, structs in it.
    public StructLayout layout() {
        return layout;
    }

    /// `sizeof` in C.
    public long bytes() {
        return layout.byteSize();
    }

    /// `_Alignof` in C.
    public long alignment() {
        return layout.byteAlignment();
    }

    /// `offsetof` in C.
    ///
    /// @throws IllegalArgumentException if it has no such member
    public long offset(String name) {
        return layout.byteOffset(groupElement(name));
    }

    /// A field of 32 bits.
    ///
    /// @throws IllegalArgumentException if the member is something else, or not aligned
    public IntField intField(String name) {
        return new IntField(fieldOffset(name, ValueLayout.JAVA_INT));
    }

    /// A field of 64 bits: `long`, `size_t`, a pointer as a number.
    ///
    /// @throws IllegalArgumentException if the member is something else, or not aligned
    public LongField longField(String name) {
        return new LongField(fieldOffset(name, ValueLayout.JAVA_LONG));
    }

    private long fieldOffset(String name, ValueLayout wanted) {
        var member = layout.select(groupElement(name)).withoutName();
        if (!member.equals(wanted)) {
            throw new IllegalArgumentException(
                    "%s is %s, where %s is needed".formatted(name, member, wanted));
        }
        return offset(name);
    }

    /// A field of 32 bits. An address that is no multiple of 4 is an `IllegalArgumentException`.
    ///
    /// @param offset from the beginning of the struct, in bytes
    public record IntField(long offset) {
        private static final VarHandle INT =
                ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();

        /// Without order: `memory_order_relaxed`, and a compiler may read once for many times.
        public int get(MemorySegment memory) {
            return (int) INT.get(memory, offset);
        }

        /// Without order.
        public void set(MemorySegment memory, int value) {
            INT.set(memory, offset, value);
        }

        /// `memory_order_acquire`: what was stored before the [#setRelease] it sees is seen after.
        public int getAcquire(MemorySegment memory) {
            return (int) INT.getAcquire(memory, offset);
        }

        /// `memory_order_release`.
        public void setRelease(MemorySegment memory, int value) {
            INT.setRelease(memory, offset, value);
        }

        /// `memory_order_seq_cst`.
        public int getVolatile(MemorySegment memory) {
            return (int) INT.getVolatile(memory, offset);
        }

        /// `memory_order_seq_cst`.
        public void setVolatile(MemorySegment memory, int value) {
            INT.setVolatile(memory, offset, value);
        }

        /// Adds in one step, `memory_order_seq_cst`.
        ///
        /// @return what it was before
        public int getAndAdd(MemorySegment memory, int delta) {
            return (int) INT.getAndAdd(memory, offset, delta);
        }

        /// Sets it if it is `expected`, in one step, `memory_order_seq_cst`.
        public boolean compareAndSet(MemorySegment memory, int expected, int value) {
            return INT.compareAndSet(memory, offset, expected, value);
        }
    }

    /// A field of 64 bits. An address that is no multiple of 8 is an `IllegalArgumentException`.
    ///
    /// @param offset from the beginning of the struct, in bytes
    public record LongField(long offset) {
        private static final VarHandle LONG =
                ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

        /// Without order: `memory_order_relaxed`, and a compiler may read once for many times.
        public long get(MemorySegment memory) {
            return (long) LONG.get(memory, offset);
        }

        /// Without order.
        public void set(MemorySegment memory, long value) {
            LONG.set(memory, offset, value);
        }

        /// `memory_order_acquire`: what was stored before the [#setRelease] it sees is seen after.
        public long getAcquire(MemorySegment memory) {
            return (long) LONG.getAcquire(memory, offset);
        }

        /// `memory_order_release`.
        public void setRelease(MemorySegment memory, long value) {
            LONG.setRelease(memory, offset, value);
        }

        /// `memory_order_seq_cst`.
        public long getVolatile(MemorySegment memory) {
            return (long) LONG.getVolatile(memory, offset);
        }

        /// `memory_order_seq_cst`.
        public void setVolatile(MemorySegment memory, long value) {
            LONG.setVolatile(memory, offset, value);
        }

        /// Adds in one step, `memory_order_seq_cst`.
        ///
        /// @return what it was before
        public long getAndAdd(MemorySegment memory, long delta) {
            return (long) LONG.getAndAdd(memory, offset, delta);
        }

        /// Sets it if it is `expected`, in one step, `memory_order_seq_cst`.
        public boolean compareAndSet(MemorySegment memory, long expected, long value) {
            return LONG.compareAndSet(memory, offset, expected, value);
        }
    }
}
