package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import parley.channel.BytePipe;
import parley.channel.MessageChannel;
import parley.channel.MessageSender;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.shm.SharedRegion.Participant;

/// What becomes of a region with a name when its file is shortened: all that goes on in it, and all
/// that begins later, ends with a [RegionTruncatedException].
@Timeout(60)
class TruncatedRegionTest {
    private static final long BYTES = 65_536;
    private static final int RING = 4096;
    private static final Duration LONG = Duration.ofDays(1);
    private static final MessageChannel.Size SIZE = MessageChannel.Size.ofOneSender(RING);

    private final String name = Unique.name("truncated");
    private SharedRegion region;
    private SharedRegion other;

    @BeforeEach
    void open() throws Exception {
        region = SharedRegion.create(name, 1, BYTES);
        other = SharedRegion.open(name, 1);
    }

    @AfterEach
    void close() throws Exception {
        region.close();
        other.close();
        SharedRegion.unlink(name);
    }

    /// Something that waits, for ever, for what `other` has or does not do.
    enum Wait {
        MUTEX {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var _ = other.mutex(0).lock();
                return () -> region.mutex(0).lock();
            }
        },
        CONDITION {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var mutex = region.mutex(0);
                var _ = mutex.lock();
                return () -> waitAgain(region.condition(64, mutex));
            }

            private static Object waitAgain(SharedCondition condition) throws Exception {
                while (true) {
                    var _ = condition.await();
                }
            }
        },
        READER {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var _ = other.readWriteLock(0).writeLock();
                return () -> region.readWriteLock(0).readLock();
            }
        },
        WRITER {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var _ = other.readWriteLock(0).readLock();
                return () -> region.readWriteLock(0).writeLock();
            }
        },
        SEMAPHORE {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                int _ = other.semaphore(0, 1).acquire();
                return () -> region.semaphore(0, 1).acquire();
            }
        },
        BARRIER {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) {
                int _ = other.barrier(0, 2).join();
                return () -> region.barrier(0, 2).await(1);
            }
        },
        EVENT {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) {
                return () -> {
                    region.eventCount(0).awaitUntil(() -> false);
                    return null;
                };
            }
        },
        END {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) {
                return () -> {
                    region.awaitEnd(other.self());
                    return null;
                };
            }
        },
        MESSAGE {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var receiver = MessageChannel.in(region, 0, SIZE).receiver();
                return () -> receiver.receive();
            }
        },
        ROOM {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var sender = MessageChannel.in(region, 0, SIZE).sender();
                return () -> fill(sender);
            }

            private static Object fill(MessageSender sender) throws Exception {
                while (true) {
                    sender.send(new byte[64]);
                }
            }
        },
        BYTES {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var source = BytePipe.in(region, 0, RING).source();
                return () -> source.read(MemorySegment.ofArray(new byte[1]));
            }
        },
        ROOM_FOR_BYTES {
            @Override
            ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception {
                var sink = BytePipe.in(region, 0, RING).sink();
                return () -> sink.write(MemorySegment.ofArray(new byte[2 * RING]), LONG);
            }
        };

        abstract ThreadKind.Action<?> in(SharedRegion region, SharedRegion other) throws Exception;
    }

    static Stream<Arguments> waits() {
        return Arrays.stream(Wait.values())
                .flatMap(wait ->
                        Arrays.stream(ThreadKind.values()).map(kind -> Arguments.of(wait, kind)));
    }

    @ParameterizedTest
    @MethodSource("waits")
    void aWaitEnds(Wait wait, ThreadKind kind) throws Exception {
        var waiting = kind.start(wait.in(region, other));
        waiting.awaitBlocked();
        assertFalse(waiting.isDone());
        TruncationTest.shorten(name, 0);
        assertThrows(RegionTruncatedException.class, waiting::result);
        assertTrue(region.isTruncated());
    }

    /// Sleeps in the data, which alone is gone: nobody accesses it.
    @ParameterizedTest
    @MethodSource("waits")
    void aWaitEndsWhereOnlyTheDataIsGone(Wait wait, ThreadKind kind) throws Exception {
        var waiting = kind.start(wait.in(region, other));
        waiting.awaitBlocked();
        assertFalse(waiting.isDone());
        TruncationTest.shorten(name, 12_288);
        assertThrows(RegionTruncatedException.class, waiting::result);
    }

    private void truncate() throws Exception {
        TruncationTest.shorten(name, 0);
        var mutex = region.mutex(BYTES - SharedMutex.BYTES);
        assertThrows(
                RegionTruncatedException.class,
                () -> {
                    while (true) {
                        var _ = mutex.lock(); // the second time it waits for itself
                    }
                });
        while (region.data().scope().isAlive()) { // until the life thread has done with it
            Thread.onSpinWait();
        }
        boolean _ = Thread.interrupted(); // the JDK interrupts whose access it ends
    }

    @Test
    void whatBeginsLaterEnds() throws Exception {
        var receiver = region.ring(0, RING).receiver();
        var ofLibc = region.createPthreadMutex(32_768);
        var channel = MessageChannel.in(region, 8192, SIZE);
        var sender = channel.sender();
        var pipe = BytePipe.in(region, 16_384, RING);
        var sink = pipe.sink();
        var source = pipe.source();
        truncate();
        for (var call :
                Stream.<Executable>of(
                                () -> region.mutex(0).lock(),
                                () -> region.reentrantMutex(0).lock(),
                                () -> region.readWriteLock(0).writeLock(),
                                () -> region.pthreadMutex(32_768),
                                () -> ofLibc.tryLock(),
                                () -> region.requireWhole(),
                                () -> receiver.tryReceive(MemorySegment.NULL),
                                () -> sender.trySend(MemorySegment.NULL),
                                () -> sender.loan(8),
                                () -> channel.sender(),
                                () -> channel.receiver(),
                                () -> channel.status(),
                                () -> sink.tryWrite(MemorySegment.NULL),
                                () -> source.tryRead(MemorySegment.NULL),
                                () -> pipe.sink(),
                                () -> pipe.status())
                        .toList()) {
            assertInstanceOf(RegionTruncatedException.class, assertThrows(Exception.class, call));
        }
        assertThrows(IllegalStateException.class, () -> region.data().get(JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> region.participants());
        receiver.close();
        sender.close();
        channel.close();
    }

    @Test
    void whatIsHeldCannotBeGivenBack() throws Exception {
        var mutex = region.mutex(0);
        var _ = mutex.lock();
        truncate();
        assertThrows(IllegalStateException.class, mutex::unlock);
    }

    @Test
    void aHandlerOfMessagesIsTold() throws Exception {
        try (var arena = Arena.ofConfined()) {
            assertTrue(region.ring(0, RING).sender().trySend(arena.allocate(8)));
            var receiver = region.ring(0, RING).receiver();
            assertThrows(
                    RegionTruncatedException.class,
                    () ->
                            receiver.drain(
                                    (data, offset, bytes) -> {
                                        TruncationTest.shorten(name, 0);
                                        while (true) {
                                            var _ = data.get(JAVA_BYTE, offset);
                                        }
                                    },
                                    1));
        }
    }

    @Test
    void nobodyIsSaidToHaveDied() throws Exception {
        var died = new CompletableFuture<Participant>();
        region.onDeath(died::complete);
        truncate();
        region.close();
        assertFalse(died.isDone());
    }

    @Test
    void aNewOneTakesItsName() throws Exception {
        truncate();
        assertThrows(BadRegionException.class, () -> SharedRegion.open(name, 1));
        SharedRegion.unlink(name);
        try (var anew = SharedRegion.create(name, 1, BYTES)) {
            assertFalse(anew.isTruncated());
            assertEquals(SharedMutex.Acquired.CLEAN, anew.mutex(0).lock());
        }
    }
}
