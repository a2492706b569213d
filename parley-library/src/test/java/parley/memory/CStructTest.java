package parley.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.Allocations;
import parley.peer.Command;
import parley.peer.Peer;

@Timeout(120)
final class CStructTest {
    private static final int ROUNDS = 200_000;
    private static final CStruct SHARED =
            CStruct.of(
                    JAVA_BYTE.withName("kind"),
                    JAVA_INT.withName("turn"),
                    JAVA_SHORT.withName("port"),
                    JAVA_LONG.withName("total"),
                    JAVA_LONG.withName("payload"),
                    MemoryLayout.sequenceLayout(5, JAVA_BYTE).withName("label"),
                    JAVA_INT.withName("lock"),
                    JAVA_INT.withName("steps"),
                    JAVA_DOUBLE.withName("rate"),
                    JAVA_BYTE.withName("last"));
    private static final CStruct.IntField TURN = SHARED.intField("turn");
    private static final CStruct.IntField LOCK = SHARED.intField("lock");
    private static final CStruct.IntField STEPS = SHARED.intField("steps");
    private static final CStruct.LongField TOTAL = SHARED.longField("total");
    private static final CStruct.LongField PAYLOAD = SHARED.longField("payload");

    /// Adds, steps under the lock, and answers each value that it is given.
    private static final String OTHER_SIDE =
            """
            #include <fcntl.h>
            #include <stdatomic.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sched.h>
            #include <sys/mman.h>
            struct shared {
                char kind; atomic_int turn; short port; atomic_long total; long payload;
                char label[5]; atomic_int lock; int steps; double rate; char last;
            };
            ASSERTIONS
            int main(int argc, char **argv) {
                int rounds = atoi(argv[2]);
                int fd = open(argv[1], O_RDWR);
                struct shared *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                if (fd < 0 || s == MAP_FAILED) { perror(argv[1]); return 1; }
                puts("ready");
                fflush(stdout);
                for (int i = 0; i < rounds; i++) {
                    atomic_fetch_add(&s->total, 3);
                    int open = 0;
                    while (!atomic_compare_exchange_strong(&s->lock, &open, 1)) {
                        open = 0;
                        sched_yield();
                    }
                    s->steps++;
                    atomic_store_explicit(&s->lock, 0, memory_order_release);
                }
                for (int i = 1; i <= 1000; i++) {
                    while (atomic_load_explicit(&s->turn, memory_order_acquire) != 1)
                        sched_yield();
                    if (s->payload != i) return 2;
                    s->payload = -i;
                    atomic_store_explicit(&s->turn, 2, memory_order_release);
                }
                return 0;
            }
            """;

    private static String assertions() {
        var text = new StringBuilder();
        for (var member : SHARED.layout().memberLayouts()) {
            member.name()
                    .ifPresent(name ->
                            text.append(
                                    assertion(
                                            "offsetof(struct shared, " + name + ")",
                                            SHARED.offset(name))));
        }
        text.append(assertion("sizeof(struct shared)", SHARED.bytes()));
        return text.append(assertion("_Alignof(struct shared)", SHARED.alignment())).toString();
    }

    private static String assertion(String expression, long value) {
        return "_Static_assert(%s == %d, \"%s\");%n".formatted(expression, value, expression);
    }

    @Test
    void aCProgramSharesAStruct(@TempDir Path folder) throws Exception {
        Command.require("gcc");
        var program =
                Command.compile(
                        folder, "other-side", OTHER_SIDE.replace("ASSERTIONS", assertions()));
        var path = folder.resolve("struct");
        try (var mapping = Mapping.create(path, SHARED.bytes());
                var c = Peer.start(List.of(program, path.toString(), "" + ROUNDS))) {
            assertEquals("ready", c.line());
            var memory = mapping.segment();
            for (int i = 0; i < ROUNDS; i++) {
                TOTAL.getAndAdd(memory, 4);
                while (!LOCK.compareAndSet(memory, 0, 1)) {
                    Thread.onSpinWait();
                }
                STEPS.set(memory, STEPS.get(memory) + 1);
                LOCK.setRelease(memory, 0);
            }
            for (int i = 1; i <= 1000; i++) {
                PAYLOAD.set(memory, i);
                TURN.setRelease(memory, 1);
                while (TURN.getAcquire(memory) != 2) {
                    Thread.onSpinWait();
                }
                assertEquals(-i, PAYLOAD.get(memory));
            }
            assertEquals(0, c.exitCode());
            assertEquals(7L * ROUNDS, TOTAL.getVolatile(memory));
            assertEquals(2 * ROUNDS, STEPS.getVolatile(memory));
        }
    }

    @Test
    void everyAccessMeansTheSameWord() {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(SHARED.layout());
            TURN.setVolatile(memory, 5);
            assertEquals(5, TURN.getAndAdd(memory, 2));
            assertFalse(TURN.compareAndSet(memory, 5, 1));
            assertEquals(7, memory.get(JAVA_INT, SHARED.offset("turn")));
            assertEquals(7, TURN.getVolatile(memory));
            TOTAL.setRelease(memory, 5);
            assertEquals(5, TOTAL.getAcquire(memory));
            TOTAL.setVolatile(memory, 6);
            assertTrue(TOTAL.compareAndSet(memory, 6, 1L << 40));
            assertEquals(1L << 40, TOTAL.get(memory));
            assertEquals(1L << 40, memory.get(JAVA_LONG, SHARED.offset("total")));
        }
    }

    @Test
    void anAccessAllocatesNothing() throws Throwable {
        try (var mapping = Mapping.anonymous(SHARED.bytes())) {
            var memory = mapping.segment();
            Allocations.assertNone(() -> {
                TOTAL.getAndAdd(memory, 1);
                TURN.setRelease(memory, TURN.getAcquire(memory) + 1);
                LOCK.compareAndSet(memory, 0, 0);
            });
        }
    }

    @Test
    void whatCDoesNotHaveIsRefused() {
        var foreign =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                        ? ByteOrder.LITTLE_ENDIAN
                        : ByteOrder.BIG_ENDIAN;
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> CStruct.of(JAVA_INT.withOrder(foreign).withName("swapped")));
        assertTrue(e.getMessage().contains(ByteOrder.nativeOrder().toString()), e.getMessage());
        for (var inside :
                List.of(
                        MemoryLayout.sequenceLayout(2, JAVA_INT.withOrder(foreign)),
                        MemoryLayout.structLayout(JAVA_INT.withOrder(foreign)))) {
            assertThrows(IllegalArgumentException.class, () -> CStruct.of(inside));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> CStruct.of(JAVA_INT.withName("twice"), JAVA_INT.withName("twice")));
        assertThrows(IllegalArgumentException.class, () -> SHARED.intField("total"));
        assertThrows(IllegalArgumentException.class, () -> SHARED.longField("rate"));
        assertThrows(IllegalArgumentException.class, () -> SHARED.longField("nothing"));
        var packed = CStruct.of(JAVA_BYTE.withName("one"), JAVA_INT_UNALIGNED.withName("two"));
        assertThrows(IllegalArgumentException.class, () -> packed.intField("two"));
    }

    @Test
    void aStructOffItsPlaceIsRefused() {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(SHARED.bytes() + 8, 8);
            var crooked = memory.asSlice(2);
            assertThrows(IllegalArgumentException.class, () -> TURN.getAndAdd(crooked, 1));
            assertThrows(IllegalArgumentException.class, () -> TOTAL.get(crooked));
            var cut = memory.asSlice(0, 8);
            assertThrows(IndexOutOfBoundsException.class, () -> TOTAL.get(cut));
            assertThrows(IllegalArgumentException.class, () -> TURN.set(memory.asReadOnly(), 1));
        }
    }
}
