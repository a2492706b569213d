package parley.bench.transports;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import parley.bench.Partner;
import parley.memory.CStruct;
import parley.memory.Mapping;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.posix.PosixMessageQueue;
import parley.posix.PosixSemaphore;
import parley.sysv.MessageSelector;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphore;
import parley.sysv.SysvSemaphoreSet;

/// Parley's ends of what [KernelObjects] makes.
final class KernelObjectEnds {
    private static final int MEMORY = 2; // of the descriptors given

    private KernelObjectEnds() {}

    private record SysvQueues(SysvMessageQueue in, SysvMessageQueue out) implements End {
        @Override
        public void send(Message message) throws Exception {
            out.send(1, message.memory());
        }

        @Override
        public void receive(Message message) throws Exception {
            require(message, in.receive(message.memory(), MessageSelector.ANY));
        }
    }

    private record PosixQueues(
            PosixMessageQueue in, PosixMessageQueue out, PosixMessageQueue.Inbox inbox)
            implements End {
        @Override
        public void send(Message message) throws Exception {
            out.send(message.memory(), 0);
        }

        @Override
        public void receive(Message message) throws Exception {
            in.receive(inbox);
            require(message, inbox.length());
            MemorySegment.copy(inbox.memory(), 0, message.memory(), 0, inbox.length());
        }
    }

    private static void require(Message message, int length) throws EOFException {
        if (length != message.memory().byteSize()) {
            throw new EOFException("a message of " + length);
        }
    }

    private interface Operation {
        void perform() throws Exception;
    }

    private record SemaphoreGate(Operation acquire, Operation release) implements SlotRing.Gate {
        @Override
        public void await() throws Exception {
            acquire.perform();
        }

        @Override
        public void post() throws Exception {
            release.perform();
        }
    }

    /// A counter in memory, stored by one side and watched by the other.
    private static final class Counter implements SlotRing.Gate {
        private static final CStruct.LongField COUNT = new CStruct.LongField(0);
        private static final int SPINS = 100; // then others may run: there may be one processor

        private final MemorySegment memory;
        private long passed;
        private long posted;

        Counter(MemorySegment memory, int initialValue) {
            this.memory = memory;
            posted = initialValue;
        }

        @Override
        @SuppressWarnings("ThreadPriorityCheck") // sched_yield(2), as in C
        public void await() {
            for (int spins = 0; COUNT.getAcquire(memory) == passed; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            passed++;
        }

        @Override
        public void post() {
            COUNT.setRelease(memory, ++posted);
        }
    }

    static End open(Transport transport, Side side) throws Exception {
        return switch (transport) {
            case SYSV_QUEUE ->
                    new SysvQueues(sysvQueue(side, side.inward()), sysvQueue(side, side.outward()));
            case POSIX_QUEUE -> posixQueues(side);
            case SYSV_SEMAPHORES -> {
                var set = SysvSemaphoreSet.openById(Integer.parseInt(side.objects().getFirst()));
                yield new SlotRing(memory(), side, gate -> gate(set.semaphore(gate)));
            }
            case POSIX_SEMAPHORES -> {
                var memory = memory();
                yield new SlotRing(
                        memory,
                        side,
                        gate -> gate(PosixSemaphore.openUnnamed(slice(memory, gate))));
            }
            case MEMORY -> {
                var memory = memory();
                yield new SlotRing(
                        memory,
                        side,
                        gate -> new Counter(slice(memory, gate), SlotRing.initialValue(gate)));
            }
            default -> throw new IllegalArgumentException(transport.toString());
        };
    }

    private static SlotRing.Gate gate(SysvSemaphore semaphore) {
        return new SemaphoreGate(semaphore::acquire, semaphore::release);
    }

    private static SlotRing.Gate gate(PosixSemaphore semaphore) {
        return new SemaphoreGate(semaphore::acquire, semaphore::release);
    }

    private static SysvMessageQueue sysvQueue(Side side, int number) throws IOException {
        return SysvMessageQueue.openById(Integer.parseInt(side.objects().get(number)));
    }

    private static End posixQueues(Side side) throws IOException {
        var in = PosixMessageQueue.open(side.objects().get(side.inward()));
        var out = PosixMessageQueue.open(side.objects().get(side.outward()));
        return new PosixQueues(in, out, in.inbox(Arena.ofAuto()));
    }

    private static Mapping memory() throws IOException {
        return MemoryFile.of(Partner.given(MEMORY)).map(Protection.READ_WRITE);
    }

    private static MemorySegment slice(Mapping memory, int gate) {
        return memory.segment().asSlice(SlotRing.gateOffset(gate));
    }
}
