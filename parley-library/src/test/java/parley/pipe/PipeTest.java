package parley.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.Allocations;
import parley.contract.ByteStreamContract;
import parley.contract.ThreadKind;
import parley.kernel.Faults;
import parley.os.Errno;
import parley.os.Limit;
import parley.os.LimitReachedException;
import parley.os.OsException;
import parley.ready.Interest;
import parley.ready.Outcome;
import parley.ready.Poll;
import parley.socket.UnixStreamSocket;

final class PipeTest extends ByteStreamContract {
    private static final int ATOMIC = PipeSink.ATOMIC_BYTES;

    @Override
    protected Ends open() throws Exception {
        var pipe = Pipe.create();
        return new Ends(pipe.source(), pipe.sink(), pipe.source().fd(), pipe.sink().fd());
    }

    @Test
    void whatWouldBeTornIsRefusedBeforeTheCall() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var tooLong = arena.allocate(ATOMIC + 1L);
            var mistake = IllegalArgumentException.class;
            var sink = pipe.sink();
            assertThrows(mistake, () -> sink.writeAtomically(tooLong));
            assertThrows(mistake, () -> sink.tryWriteAtomically(tooLong));
            assertThrows(mistake, () -> sink.writeAtomically(tooLong, Duration.ZERO));
            assertEquals(0, sink.bytesWaiting());
            assertTrue(sink.tryWriteAtomically(arena.allocate(ATOMIC)));
            assertTrue(sink.tryWriteAtomically(tooLong.asSlice(0, 0)));
        }
    }

    /// The four cases of pipe(7), PIPE_BUF: waiting or not, up to PIPE_BUF or more.
    @ParameterizedTest
    @EnumSource
    void theFourCasesOfAWriteThatFindsTooLittleRoom(ThreadKind kind) throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofShared()) {
            var sink = pipe.sink();
            assertEquals(2 * ATOMIC, sink.setCapacityBytes(2 * ATOMIC));
            sink.write(arena.allocate(ATOMIC + 1L)); // room for 4095, in one page
            assertFalse(sink.tryWriteAtomically(arena.allocate(ATOMIC)));
            assertEquals(ATOMIC + 1, sink.bytesWaiting());

            var buffer = arena.allocate(4L * ATOMIC);
            assertEquals(ATOMIC + 1, pipe.source().read(buffer));
            assertEquals(2 * ATOMIC, sink.tryWrite(buffer)); // in part

            var small = buffer.asSlice(0, ATOMIC);
            var waiting =
                    kind.start(() -> {
                        sink.writeAtomically(small);
                        return true;
                    });
            waiting.awaitBlocked();
            assertEquals(ATOMIC, pipe.source().read(arena.allocate(ATOMIC)));
            assertTrue(waiting.result());

            var large =
                    kind.start(() -> {
                        sink.write(buffer);
                        return true;
                    });
            var out = arena.allocate(100);
            for (int left = 6 * ATOMIC; left > 0; ) {
                left -= pipe.source().read(out);
            }
            assertTrue(large.result());
        }
    }

    @Test
    void beforeLinux64AnAtomicWriteIsStillWhole() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(ATOMIC);
            pipe.sink().setCapacityBytes(ATOMIC);
            try (var fault = Faults.fail("pwritev2", 1, Errno.EOPNOTSUPP.number())) {
                assertTrue(pipe.sink().tryWriteAtomically(bytes));
                assertTrue(fault.happened());
            }
            try (var _ = Faults.fail("pwritev2", 1, Errno.EOPNOTSUPP.number())) {
                assertFalse(pipe.sink().tryWriteAtomically(bytes));
            }
            try (var _ = Faults.fail("preadv2", 1, Errno.EOPNOTSUPP.number())) {
                assertEquals(ATOMIC, pipe.source().tryRead(bytes));
            }
            pipe.sink().close();
            try (var _ = Faults.fail("preadv2", 1, Errno.EOPNOTSUPP.number())) {
                assertEquals(Outcome.END, pipe.source().tryRead(bytes));
            }
        }
    }

    @Test
    void severalBuffersTakeOneCallEachWay() throws Exception {
        try (var pipe = Pipe.create();
                var secondWrite = Faults.before("write", 2, () -> {});
                var secondRead = Faults.before("read", 2, () -> {})) {
            var from = new ByteBuffer[] {ByteBuffer.allocate(100), ByteBuffer.allocateDirect(200)};
            var into = new ByteBuffer[] {ByteBuffer.allocate(250), ByteBuffer.allocate(250)};
            assertEquals(300, pipe.sink().write(from));
            assertEquals(300, pipe.source().read(into));
            assertEquals(50, into[1].position());
            assertFalse(secondWrite.happened() || secondRead.happened());
        }
    }

    @Test
    void aCapacityAboveTheLimitIsRefusedWithTheLimit() throws Exception {
        try (var pipe = Pipe.create()) {
            int max = Math.toIntExact(Limit.PIPE_MAX_SIZE.value().orElseThrow());
            assertEquals(max, pipe.sink().setCapacityBytes(max));
            var e = refusedAbove(pipe.sink(), max);
            assertTrue(e.getMessage().contains("fs.pipe-max-size = " + max), e::getMessage);
        }
    }

    private static OsException refusedAbove(PipeSink sink, int max) throws Exception {
        try {
            sink.setCapacityBytes(4 * max);
        } catch (LimitReachedException e) {
            return e;
        }
        assumeTrue(false, "this process may exceed fs.pipe-max-size");
        throw new AssertionError();
    }

    @Test
    void whatIsNotThisEndOfAPipeIsRefused() throws Exception {
        try (var pair = UnixStreamSocket.pair();
                var pipe = Pipe.create()) {
            var socket = pair.first().fd();
            for (var fd : List.of(socket, pipe.sink().fd())) {
                assertThrows(IllegalArgumentException.class, () -> PipeSource.of(fd));
            }
            for (var fd : List.of(socket, pipe.source().fd())) {
                assertThrows(IllegalArgumentException.class, () -> PipeSink.of(fd));
            }
            assertTrue(socket.isOpen());
        }
    }

    @Test
    void pollTellsEachEndThatTheOtherHasGone() throws Exception {
        try (var pipe = Pipe.create();
                var poll = new Poll()) {
            int index = poll.add(pipe.source().fd(), Interest.READ);
            assertEquals(0, poll.tryAwait());
            pipe.sink().close();
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.HANG_UP, poll.ready(index));
        }
        try (var pipe = Pipe.create();
                var poll = new Poll()) {
            int index = poll.add(pipe.sink().fd(), Interest.WRITE);
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.WRITE, poll.ready(index));
            pipe.source().close();
            assertEquals(1, poll.tryAwait());
            assertEquals(Interest.WRITE.and(Interest.ERROR), poll.ready(index));
        }
    }

    @Test
    void aWriteAndAReadThatDoNotWaitAllocateNothing() throws Throwable {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(100);
            Allocations.assertNone(() -> {
                pipe.sink().writeAtomically(buffer);
                var _ = pipe.source().read(buffer);
                var _ = pipe.sink().tryWriteAtomically(buffer);
                var _ = pipe.source().tryRead(buffer);
                var _ = pipe.source().tryRead(buffer);
            });
        }
    }
}
