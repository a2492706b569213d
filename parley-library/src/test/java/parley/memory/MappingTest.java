package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.contract.SharedMemoryContract;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.AlreadyExistsException;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.Peer;
import parley.pipe.Pipe;

final class MappingTest extends SharedMemoryContract {
    private static final long PAGE = FileSystem.PAGE_BYTES;
    private static final long FREE_ADDRESS = 0x1000_0000_0000L; // where nothing of a JVM is

    @TempDir private Path directory;

    @Override
    protected Memory create(long bytes) throws Exception {
        var path = directory.resolve(Unique.name("mapped"));
        var creator = Mapping.create(path, bytes);
        return new Memory() {
            @Override
            public View open() throws Exception {
                return View.of(Mapping.open(path, Protection.READ_WRITE));
            }

            @Override
            public View openReadOnly() throws Exception {
                return View.of(Mapping.open(path, Protection.READ_ONLY));
            }

            @Override
            public void dispose() throws Exception {
                creator.close();
                Files.delete(path);
            }
        };
    }

    @Test
    void makingAndOpeningFollowTheNameAndTheFileHasTheBytes() throws Exception {
        var path = directory.resolve("named");
        assertThrows(NotFoundException.class, () -> Mapping.open(path, Protection.READ_ONLY));
        try (var mapping = Mapping.create(path, 100)) {
            assertThrows(AlreadyExistsException.class, () -> Mapping.create(path, 100));
            mapping.segment().setString(0, "in the file");
            mapping.sync();
        }
        assertEquals("in the file", Files.readString(path).substring(0, 11));
        assertEquals(FileMode.OWNER_ONLY, FileStatus.of(path.toString()).orElseThrow().mode());
    }

    private static void requireThatGrowthIsChecked() throws Exception {
        try (var memory = Mapping.anonymous(PAGE, MapOption.PRIVATE)) {
            assumeTrue(
                    isTaken(memory, Advice.POPULATE_READ), "shared memory grows from Linux 5.14");
        }
    }

    private static int firstInt(MemorySegment segment) {
        return segment.get(ValueLayout.JAVA_INT, 0);
    }

    private static void assertRefused(Errno errno, Executable call) {
        assertEquals(errno, assertThrows(OsException.class, call).errno());
    }

    @ParameterizedTest
    @EnumSource
    void changingTheProtectionEndsWhatWasHandedOut(ThreadKind kind) throws Exception {
        try (var mapping = Mapping.anonymous(PAGE)) {
            var writable = mapping.segment();
            writable.set(ValueLayout.JAVA_INT, 0, 7);
            var word = mapping.futex(64);
            var running = kind.start(() -> word.await(0));
            running.awaitBlocked();
            var readable = mapping.protect(Protection.READ_ONLY);
            assertThrows(AsynchronousCloseException.class, running::result);
            assertThrows(ClosedChannelException.class, () -> word.wake(1));
            assertThrows(IllegalStateException.class, () -> firstInt(writable));
            assertEquals(7, firstInt(readable));
            assertThrows(IllegalArgumentException.class, () -> readable.fill((byte) 0));
            mapping.protect(Protection.READ_WRITE).set(ValueLayout.JAVA_INT, 0, 8);
            assertEquals(8, firstInt(mapping.segment()));
            assertEquals(0, mapping.futex(64).wake(1));
        }
    }

    @Test
    void privateMemoryGrowsAndMovesAndShrinks() throws Exception {
        requireThatGrowthIsChecked();
        try (var mapping = Mapping.anonymous(PAGE, MapOption.PRIVATE)) {
            var before = mapping.segment();
            before.set(ValueLayout.JAVA_INT, 0, 7);
            var grown = mapping.remap(1000 * PAGE);
            assertThrows(IllegalStateException.class, () -> firstInt(before));
            assertEquals(7, firstInt(grown));
            grown.set(ValueLayout.JAVA_INT, 999 * PAGE, 8);
            var shrunk = mapping.remap(100);
            assertEquals(100, shrunk.byteSize());
            assertEquals(7, firstInt(shrunk));
        }
    }

    @Test
    void sharedMemoryGrowsAsFarAsThereIsSome() throws Exception {
        requireThatGrowthIsChecked();
        var seals = EnumSet.noneOf(Seal.class);
        try (var file = MemoryFile.create("grows", 4 * PAGE, seals);
                var part = Mapping.of(file.fd(), "memfd:grows", 0, PAGE, Protection.READ_WRITE);
                var anonymous = Mapping.anonymous(PAGE)) {
            part.segment().set(ValueLayout.JAVA_INT, 0, 7);
            part.remap(4 * PAGE).set(ValueLayout.JAVA_INT, 3 * PAGE, 8);
            assertRefused(Errno.EOVERFLOW, () -> part.remap(5 * PAGE));
            assertEquals(4 * PAGE, part.segment().byteSize());
            assertEquals(8, part.segment().get(ValueLayout.JAVA_INT, 3 * PAGE));
            assertRefused(Errno.EOVERFLOW, () -> anonymous.remap(2 * PAGE));
            anonymous.segment().fill((byte) 1);
        }
    }

    @Test
    void aRefusedChangeLeavesTheMappingAsItWas() throws Exception {
        try (var mapping = Mapping.anonymous(PAGE)) {
            mapping.segment().set(ValueLayout.JAVA_INT, 0, 7);
            for (var call : List.of("mremap", "mprotect")) {
                try (var _ = Faults.fail(call, 1, Errno.ENOMEM.number())) {
                    Executable change =
                            call.equals("mremap")
                                    ? () -> mapping.remap(10 * PAGE)
                                    : () -> mapping.protect(Protection.READ_ONLY);
                    assertRefused(Errno.ENOMEM, change);
                }
                assertEquals(7, firstInt(mapping.segment()));
                assertEquals(PAGE, mapping.segment().byteSize());
                assertFalse(mapping.segment().isReadOnly());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "PLATFORM")
    void memoryThatASystemCallUsesIsNotMoved(ThreadKind kind) throws Exception {
        try (var mapping = Mapping.anonymous(PAGE, MapOption.PRIVATE);
                var pipe = Pipe.create()) {
            var into = mapping.segment();
            var running = kind.start(() -> pipe.source().read(into));
            running.awaitBlocked();
            assertThrows(IllegalStateException.class, () -> mapping.remap(2 * PAGE));
            assertThrows(IllegalStateException.class, () -> mapping.protect(Protection.READ_ONLY));
            pipe.sink().write(Arena.ofAuto().allocateFrom("came"));
            assertEquals(5, running.result());
            assertEquals("came", into.getString(0));
            assertEquals(0, mapping.futex(0).wake(1));
        }
    }

    @Test
    void attachedMemoryIsNotMoved() {
        try (var owner = Arena.ofShared()) {
            long address = owner.allocate(PAGE, PAGE).address();
            var isDetached = new AtomicBoolean();
            var mapping =
                    Mapping.attached(
                            address, PAGE, Protection.READ_WRITE, () -> isDetached.set(true));
            assertThrows(UnsupportedOperationException.class, () -> mapping.remap(2 * PAGE));
            mapping.close();
            assertTrue(isDetached.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyAdviceIsTakenOrRefusedWithAReason(Advice advice) throws Exception {
        var whole = MapOption.at(FREE_ADDRESS); // a huge page, if it is to become one
        try (var own = Mapping.anonymous(512 * PAGE, MapOption.PRIVATE, whole);
                var shared = Mapping.anonymous(4 * PAGE)) {
            var _ = own.segment().fill((byte) 1);
            boolean isTakenByOwn = isTaken(own, advice);
            boolean isTakenByShared = isTaken(shared, advice);
            assumeTrue(isTakenByOwn || isTakenByShared, "this kernel has no " + advice);
        }
    }

    private static boolean isTaken(Mapping mapping, Advice advice) {
        try {
            mapping.advise(advice);
            return true;
        } catch (OsException e) {
            if (advice == Advice.COLLAPSE && e.errno() != Errno.EINVAL) {
                return true; // there was no room for a huge page
            }
            assertEquals(Errno.EINVAL, e.errno(), e::getMessage);
            assertTrue(e.getMessage().contains("advice"), e.getMessage());
            return false;
        }
    }

    @Test
    void whatIsNotNeededIsZeroAndAHoleIsForAll() throws Exception {
        try (var own = Mapping.anonymous(2 * PAGE, MapOption.PRIVATE);
                var file = MemoryFile.create("hole", 2 * PAGE);
                var one = file.map(Protection.READ_WRITE);
                var other = file.map(Protection.READ_ONLY)) {
            own.segment().fill((byte) 1);
            own.advise(Advice.DONT_NEED, PAGE, PAGE);
            assertEquals(1, own.segment().get(ValueLayout.JAVA_BYTE, PAGE - 1));
            assertEquals(0, own.segment().get(ValueLayout.JAVA_BYTE, PAGE));
            one.segment().fill((byte) 1);
            one.advise(Advice.REMOVE);
            assertEquals(0, firstInt(other.segment()));
        }
    }

    /// The kernel's own words for a mapping.
    private static String smaps(Mapping mapping, String field) throws Exception {
        var lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        var begin = "%08x-".formatted(mapping.segment().address());
        int at = 0;
        while (!lines.get(at).startsWith(begin)) {
            at++;
        }
        while (!lines.get(at).startsWith(field + ":")) {
            at++;
        }
        return lines.get(at).substring(field.length() + 1).strip();
    }

    @Test
    void pagesAreLockedAllOrOnFaultAndUnlocked() throws Exception {
        try (var mapping = Mapping.anonymous(4 * PAGE, MapOption.PRIVATE)) {
            mapping.lock(Locking.NOW, 0, PAGE);
            assertEquals(PAGE / 1024 + " kB", smaps(mapping, "Locked"));
            mapping.unlock();
            mapping.lock();
            assertEquals(4 * PAGE / 1024 + " kB", smaps(mapping, "Locked"));
            mapping.sync(SyncMode.WAIT, 0, PAGE);
            assertRefused(Errno.EBUSY, () -> mapping.sync(SyncMode.INVALIDATE, 0, PAGE));
            mapping.unlock();
        }
        try (var mapping =
                Mapping.anonymous(4 * PAGE, MapOption.PRIVATE, MapOption.LOCKED_ON_FAULT)) {
            assertEquals("0 kB", smaps(mapping, "Rss"));
            assertTrue(smaps(mapping, "VmFlags").contains("lo"));
        }
        try (var mapping = Mapping.anonymous(4 * PAGE, MapOption.PRIVATE, MapOption.LOCKED)) {
            assertEquals(4 * PAGE / 1024 + " kB", smaps(mapping, "Rss"));
        }
    }

    @Test
    void optionsDoWhatTheySay() throws Exception {
        try (var populated = Mapping.anonymous(4 * PAGE, MapOption.PRIVATE, MapOption.POPULATE);
                var shared = Mapping.anonymous(4 * PAGE);
                var lazy = Mapping.anonymous(1L << 40, MapOption.PRIVATE, MapOption.NO_RESERVE)) {
            assertEquals(4 * PAGE / 1024 + " kB", smaps(populated, "Rss"));
            assertEquals(4 * PAGE / 1024 + " kB", smaps(shared, "Rss")); // allocated in full
            lazy.segment().set(ValueLayout.JAVA_INT, 1L << 39, 1);
            assertTrue(smaps(lazy, "VmFlags").contains("nr"));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Mapping.anonymous(PAGE, MapOption.NO_RESERVE));
        assertRefused(Errno.ENOMEM, () -> Mapping.anonymous(1L << 45, MapOption.PRIVATE));
    }

    @Test
    void anAddressIsTakenIfItIsFree() throws Exception {
        long address;
        try (var first = Mapping.anonymous(PAGE)) {
            address = first.segment().address();
            var e =
                    assertThrows(
                            OsException.class,
                            () -> Mapping.anonymous(PAGE, MapOption.at(address)));
            assertEquals(Errno.EEXIST, e.errno());
            assertTrue(e.getMessage().contains("mapped at this address"), e.getMessage());
        }
        try (var there = Mapping.anonymous(PAGE, MapOption.at(FREE_ADDRESS))) {
            assertEquals(FREE_ADDRESS, there.segment().address());
        }
        var within = MapOption.at(FREE_ADDRESS + 1);
        assertRefused(Errno.EINVAL, () -> Mapping.anonymous(PAGE, within));
    }

    private static final String PYTHON =
            """
            import mmap, sys
            with open(sys.argv[1], "w+b") as file:
                file.truncate(8192)
                with mmap.mmap(file.fileno(), 0) as memory:
                    memory[4096:4101] = b"hello"
                    print("mapped", flush=True)
                    sys.stdin.readline()
                    print(memory[4096:4101].decode(), flush=True)
                    sys.stdin.readline()
                    memory.resize(12288)
                    memory[8192:8197] = b"after"
                    print("resized", flush=True)
                    sys.stdin.readline()
            """;

    @Test
    void pythonMapsTheSameFileAndMakesItLonger() throws Exception {
        requireThatGrowthIsChecked();
        var path = directory.resolve("of python");
        try (var python = Peer.start(List.of("python3", "-c", PYTHON, path.toString()))) {
            assertEquals("mapped", python.line());
            try (var mapping = Mapping.open(path, Protection.READ_WRITE)) {
                assertEquals("hello", mapping.segment().getString(4096));
                mapping.segment().setString(4096, "there");
                python.tell("look");
                assertEquals("there", python.line());
                assertRefused(Errno.EOVERFLOW, () -> mapping.remap(12288));
                python.tell("resize");
                assertEquals("resized", python.line());
                assertEquals("after", mapping.remap(12288).getString(8192));
                python.tell("end");
                assertEquals(0, python.exitCode());
            }
        }
    }

    @Test
    void privateStoresAreNotInTheFile() throws Exception {
        var path = Files.writeString(directory.resolve("private"), "as it was");
        try (var mapping = Mapping.open(path, Protection.READ_WRITE, MapOption.PRIVATE)) {
            mapping.segment().fill((byte) 'x');
        }
        assertEquals("as it was", Files.readString(path));
    }

    @Test
    void hugePagesAreThereOrTheErrorSaysHowToGetThem() throws Exception {
        var sizes = HugePages.sizes();
        assumeTrue(sizes.contains(HugePages.MIB_2), "this host has no pages of 2 MiB");
        var pages = HugePages.MIB_2;
        long bytes = 2 * pages.bytes();
        if (pages.free() < 4) {
            for (Executable call :
                    List.<Executable>of(
                            () -> Mapping.anonymous(8 * bytes, MapOption.hugePages(pages)).close(),
                            () -> MemoryFile.create("huge", 8 * bytes, Set.of(), pages).close())) {
                var e = assertThrows(LimitReachedException.class, call);
                assertTrue(e.getMessage().contains("nr_hugepages"), e.getMessage());
            }
            return;
        }
        try (var anonymous = Mapping.anonymous(bytes, MapOption.hugePages(pages));
                var file = MemoryFile.create("huge", bytes, EnumSet.of(Seal.SHRINK), pages);
                var mapped = file.map(Protection.READ_WRITE)) {
            assertEquals(pages.bytes(), anonymous.pageBytes());
            assertEquals(pages.bytes(), mapped.pageBytes());
            mapped.segment().set(ValueLayout.JAVA_LONG, bytes - 8, 7);
            anonymous.segment().set(ValueLayout.JAVA_LONG, bytes - 8, 7);
            try (var part = Mapping.of(file.fd(), "memfd:huge", 0, 100, Protection.READ_ONLY)) {
                assertEquals(100, part.segment().byteSize());
            }
        }
    }

    @Test
    void pagesOfNoSizeAreRefused() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> new HugePages(3000));
        var odd = new HugePages(8192);
        assumeTrue(!HugePages.sizes().contains(odd), "this host has pages of 8 KiB");
        assertEquals(0, odd.free());
        assertThrows(
                IllegalArgumentException.class,
                () -> Mapping.anonymous(100, MapOption.hugePages(odd)));
        var e =
                assertThrows(
                        OsException.class, () -> Mapping.anonymous(8192, MapOption.hugePages(odd)));
        assertTrue(e.getMessage().contains("pages of this size"), e.getMessage());
        e = assertThrows(OsException.class, () -> MemoryFile.create("odd", 8192, Set.of(), odd));
        assertTrue(e.getMessage().contains("pages of this size"), e.getMessage());
    }

    /// The main class of a process that locks memory under limits of its own.
    static final class Locker {
        private Locker() {}

        public static void main(String[] arguments) throws Exception {
            try (var mapping = Mapping.anonymous(1 << 20)) {
                mapping.lock();
                System.out.println("locked");
            } catch (OsException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65536})
    void theLimitOfLockedMemoryIsSaid(int bytes) throws Exception {
        Command.require("prlimit");
        Command.require("setpriv");
        var limited =
                Credentials.own().uid() == 0
                        ? List.of("setpriv", "--bounding-set=-ipc_lock", "prlimit")
                        : List.of("prlimit");
        var words = new ArrayList<>(limited);
        words.add("--memlock=%1$d:%1$d".formatted(bytes));
        var told = Command.output(Command.java(words, Locker.class));
        assertTrue(told.contains("RLIMIT_MEMLOCK"), told);
        assertTrue(told.contains("" + bytes), told);
    }
}
