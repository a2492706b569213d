package parley.bench.transports;

import java.lang.foreign.MemorySegment;
import parley.memory.Mapping;

/// Messages through memory of two processes: slots in a ring for each direction, and two gates, one
/// to wait at for a message, one for a free slot. The textbook's producer and consumer.
final class SlotRing implements End {
    /// Full slots there, empty ones there; full ones back, empty ones back.
    static final int GATES = 4;

    private static final int SLOTS = 16;
    private static final int SLOT_BYTES = 65_536;
    private static final int GATE_BYTES = 128; // no cache line of another
    private static final int SLOTS_OFFSET = 4096;
    private static final int RING_BYTES = SLOTS * SLOT_BYTES;

    /// Of the memory for both directions; `transports.c` has the same layout.
    static final int ALL_BYTES = SLOTS_OFFSET + 2 * RING_BYTES;

    /// What counts slots.
    interface Gate {
        /// Waits for one.
        void await() throws Exception;

        /// Gives one.
        void post() throws Exception;
    }

    /// What makes a gate from its number.
    @FunctionalInterface
    interface Gates {
        Gate gate(int number) throws Exception;
    }

    private final Way out;
    private final Way in;

    SlotRing(Mapping mapping, Side side, Gates gates) throws Exception {
        out = new Way(mapping.segment(), side.outward(), gates);
        in = new Way(mapping.segment(), side.inward(), gates);
    }

    /// How many slots of a kind there are in the beginning.
    static int initialValue(int gate) {
        return gate % 2 == 0 ? 0 : SLOTS;
    }

    static long gateOffset(int gate) {
        return (long) gate * GATE_BYTES;
    }

    @Override
    public void send(Message message) throws Exception {
        out.empty.await();
        var memory = message.memory();
        MemorySegment.copy(memory, 0, out.memory, out.next(), memory.byteSize());
        out.full.post();
    }

    @Override
    public void receive(Message message) throws Exception {
        in.full.await();
        var memory = message.memory();
        MemorySegment.copy(in.memory, in.next(), memory, 0, memory.byteSize());
        in.empty.post();
    }

    /// One direction.
    private static final class Way {
        private final MemorySegment memory;
        private final long begin;
        private final Gate full;
        private final Gate empty;
        private long count;

        Way(MemorySegment memory, int number, Gates gates) throws Exception {
            this.memory = memory;
            begin = SLOTS_OFFSET + (long) number * RING_BYTES;
            full = gates.gate(2 * number);
            empty = gates.gate(2 * number + 1);
        }

        /// Where the next slot begins.
        long next() {
            return begin + count++ % SLOTS * SLOT_BYTES;
        }
    }
}
