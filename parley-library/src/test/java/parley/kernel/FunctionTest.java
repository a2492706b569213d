package parley.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FunctionTest {
    private static final int EBADF = 9;
    private static final int EINVAL = 22;
    private static final int ENOENT = 2;
    private static final int ENOSYS = 38;

    @Test
    void aFunctionThatLibcDoesNotHaveAnswersEnosys() {
        var missing = Function.of("parley_no_such_function");
        assertEquals(-ENOSYS, missing.call());
        assertEquals(-ENOSYS, missing.callLong(1, 2, 3, 4, 5, 6));
        assertEquals(-ENOSYS, missing.callPointer(1, 2, 3, 4));
        try (var arena = Arena.ofConfined()) {
            assertEquals(-ENOSYS, missing.pass(1, arena.allocate(8), 3, 4, 5));
            assertEquals(-ENOSYS, missing.send(1, arena.allocate(8), 3, 4, 5));
            assertEquals(-ENOSYS, missing.receive(1, arena.allocate(8), 3, 4, 5));
            assertEquals(-ENOSYS, missing.sendVector(1, arena.allocate(8), 3, 4));
            assertEquals(-ENOSYS, missing.receiveVector(1, arena.allocate(8), 3, 4));
        }
    }

    @Test
    void aResultIsPassedOn() {
        assertEquals(ProcessHandle.current().pid(), Function.of("getpid").call());
    }

    @Test
    void anErrorIsItsNegatedErrno() {
        assertEquals(-EBADF, Unistd.close(-1));
        assertEquals(-EINVAL, Unistd.dup3(0, 0, 0));
        try (var arena = Arena.ofConfined()) {
            assertEquals(-EBADF, Unistd.read(-1, arena.allocate(8)));
            assertEquals(-ENOENT, Fcntl.open(arena.allocateFrom("/no/such/file"), 0, 0));
            assertEquals(-ENOENT, Semaphore.sem_open(arena.allocateFrom("/no-such"), 0, 0, 0));
        }
        int flags = SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS;
        assertEquals(-EINVAL, SysMman.mmap(0, 0, SysMman.PROT_READ, flags, -1, 0)); // no length
    }

    @Test
    void theUpperHalfOfTheRegisterOfAnIntIsNotRead() {
        try (var arena = Arena.ofConfined()) {
            // abs(INT_MIN) is INT_MIN, in a register whose upper half may hold anything
            assertEquals(Integer.MIN_VALUE, Function.of("abs").call(Integer.MIN_VALUE));
            var text = arena.allocateFrom("-7");
            assertEquals(-7, Function.of("atoi").call(text.address()));
        }
    }

    @Test
    void aClosedSegmentIsTheCallersMistake() {
        MemorySegment closed;
        try (var arena = Arena.ofConfined()) {
            closed = arena.allocate(8);
        }
        assertThrows(IllegalStateException.class, () -> Unistd.read(0, closed));
    }

    @Test
    void aHeapSegmentIsTheCallersMistake() {
        var heap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> Unistd.read(0, heap));
    }

    @Test
    void readOnlyMemoryIsReadFromAndNotWrittenTo() {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom("text").asReadOnly();
            var message = arena.allocate(SysSocket.MSGHDR);
            assertEquals(-EBADF, Unistd.write(-1, text));
            assertEquals(-EBADF, SysUio.pwritev2(-1, text, 0, 0));
            assertEquals(-EBADF, SysSocket.send(-1, text, 0));
            assertEquals(-EBADF, SysSocket.sendmsg(-1, message, 0, text));
            for (var call :
                    List.<Executable>of(
                            () -> Unistd.read(-1, text),
                            () -> Unistd.pread(-1, text, 0),
                            () -> SysUio.preadv2(-1, text, 0, 0),
                            () -> SysSocket.recv(-1, text, 0),
                            () -> SysSocket.recvmsg(-1, message, 0, text),
                            () -> Mqueue.mq_receive(-1, text, 0),
                            () -> SysMsg.msgrcv(-1, text, 0, 0),
                            () -> SysMsg.msgrcv(-1, message, 1, 0, 0, text))) {
                assertThrows(IllegalArgumentException.class, call);
            }
        }
    }

    @Test
    void aCallWithinACallHasAVectorOfItsOwn() {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(ValueLayout.JAVA_INT, 2);
            assertEquals(0, Unistd.pipe2(fds, Fcntl.O_CLOEXEC));
            int from = fds.getAtIndex(ValueLayout.JAVA_INT, 0);
            int to = fds.getAtIndex(ValueLayout.JAVA_INT, 1);
            assertEquals(5, Unistd.write(to, arena.allocateFrom("innr")));
            assertEquals(6, Unistd.write(to, arena.allocateFrom("outer")));
            var inner = arena.allocate(5);
            var outer = arena.allocate(6);
            try (var _ = Faults.before("preadv2", 1, () -> SysUio.preadv2(from, inner, -1, 0))) {
                assertEquals(6, SysUio.preadv2(from, outer, -1, 0));
            } finally {
                Unistd.close(from);
                Unistd.close(to);
            }
            assertEquals("innr", inner.getString(0));
            assertEquals("outer", outer.getString(0));
        }
    }

    @Test
    void aSegmentOfAnotherThreadIsTheCallersMistake() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var segment = arena.allocate(8);
            var thrown = new ArrayList<Throwable>();
            Thread.ofPlatform()
                    .start(() -> thrown.add(thrownBy(() -> Unistd.read(0, segment))))
                    .join();
            assertEquals(WrongThreadException.class, thrown.getFirst().getClass());
        }
    }

    private static Throwable thrownBy(Runnable call) {
        try {
            call.run();
            return new AssertionError("nothing thrown");
        } catch (RuntimeException e) {
            return e;
        }
    }

    @Test
    void threadsOfBothKindsReadTheirOwnErrno() throws Exception {
        var wrong = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 100; i++) {
            boolean isEven = i % 2 == 0;
            Runnable calls =
                    () -> {
                        for (int call = 0; call < 500; call++) {
                            int result = isEven ? Unistd.close(-1) : Unistd.dup3(0, 0, 0);
                            if (result != (isEven ? -EBADF : -EINVAL)) {
                                wrong.incrementAndGet();
                            }
                            Thread.onSpinWait();
                        }
                    };
            threads.add(
                    i % 4 < 2 ? Thread.ofVirtual().start(calls) : Thread.ofPlatform().start(calls));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
    }

    @Test
    void aVariadicFunctionGetsItsArguments() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var path = Files.createTempDirectory("parley").resolve("made");
            var name = arena.allocateFrom(path.toString());
            int fd = Fcntl.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0600);
            try {
                assertTrue(fd >= 0, "" + fd);
                assertEquals(Fcntl.O_RDWR, Fcntl.fcntl(fd, Fcntl.F_GETFL, 0) & Fcntl.O_ACCMODE);
                assertEquals(0, Function.of("fallocate").call(fd, 0, 0, 4096));
                assertEquals(4096, Files.size(path));
            } finally {
                Unistd.close(fd);
                Files.delete(path);
                Files.delete(path.getParent());
            }
        }
    }
}
