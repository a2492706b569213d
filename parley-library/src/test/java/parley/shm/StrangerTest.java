package parley.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.memory.MemoryFile;
import parley.os.Credentials;
import parley.os.OsException;
import parley.peer.Command;
import parley.peer.OtherUser;
import parley.peer.Peer;
import parley.socket.UnixAddress;
import parley.socket.UnixSeqpacketListener;
import parley.socket.UnixSeqpacketSocket;

/// Processes of another user: in Python, which know a region by docs/wire/region.md alone, and try
/// all they can; and a JVM.
@Timeout(120)
@SuppressWarnings("try") // closing early is part of the tests
class StrangerTest {
    private static final long LAYOUT = 0x7a11;
    private static final String CLASS_PATH =
            OtherUser.classPathOf(SharedRegion.class, Stranger.class);

    /// Not one of a folder of our own, where nobody else gets.
    private static final String PYTHON = "/usr/bin/python3";

    /// Who is not woken looks again.
    @RegisterExtension static final LookAgain SOON = new LookAgain(Duration.ofMillis(20));

    private static final String HEAD =
            """
            import ctypes, errno, fcntl, mmap, os, platform, random, socket, struct, sys
            import threading, zlib

            java = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            java.connect("\\0" + sys.argv[1])
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mmap.restype = ctypes.c_void_p
            SYS_FUTEX = {"x86_64": 202, "aarch64": 98}[platform.machine()]
            WAIT, WAKE, REQUEUE, WAKE_OP = 0, 1, 3, 5

            def say(*words): print(*words, flush=True)

            def checked(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), "refused")

            def futex(address, operation, value, value2=None, address2=None, value3=0):
                pointer = lambda a: None if a is None else ctypes.c_void_p(a)
                checked(libc.syscall(SYS_FUTEX, pointer(address), operation, value,
                                     pointer(value2), pointer(address2), value3))

            def attempt(name, action):
                try:
                    action()
                    say(name, "done")
                except OSError as e:
                    say(name, errno.errorcode[e.errno])
            """;

    private static final String TAKES =
            HEAD
                    + """
                    fd = socket.recv_fds(java, 1, 1)[1][0]
                    header = os.pread(fd, 64, 0)
                    form = "<8sIIQIIQQ"
                    magic, version, order, layout, slots, _, at, size = \\
                        struct.unpack_from(form, header)
                    assert magic == b"\\x7fPARLEY1" and version == 1 and order == 0x01020304
                    assert zlib.crc32(header[:60]) == struct.unpack_from("<I", header, 60)[0]
                    assert os.fstat(fd).st_size == at + size
                    memory = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
                    address = libc.mmap(None, ctypes.c_size_t(at + size), 1, 1, fd, 0)

                    def word(offset): return struct.unpack_from("<I", memory, offset)[0]

                    def participants():
                        for slot in range(slots):
                            life = word(4096 + 64 * slot)
                            if life & 0x3fffffff and not life >> 30 & 1:
                                yield word(4096 + 64 * slot + 12)

                    def wait(offset, seen):
                        while word(offset) == seen:
                            try:
                                futex(address + offset, WAIT, seen)
                            except OSError as e:
                                assert e.errno in (errno.EAGAIN, errno.EINTR), e

                    def map_to_write(): mmap.mmap(fd, 0).close()

                    def punch(): checked(libc.fallocate(fd, 3, 0, ctypes.c_long(4096)))

                    def open_anew():
                        global fd
                        fd = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
                    """;

    private UnixSeqpacketSocket socket;

    @AfterEach
    void closeSocket() {
        if (socket != null) {
            socket.close();
        }
    }

    private Peer start(List<String> asWhom, String script) throws Exception {
        var words = new ArrayList<>(asWhom);
        var name = Unique.name("stranger");
        words.addAll(List.of(PYTHON, "-c", script, name));
        return connected(words, name);
    }

    private Peer connected(List<String> words, String name) throws Exception {
        Command.require(PYTHON);
        try (var listener = UnixSeqpacketListener.listen(UnixAddress.abstractName(name))) {
            var peer = Peer.start(words);
            var accepted = listener.accept(Duration.ofSeconds(30));
            socket = accepted.orElseThrow(() -> new AssertionError("nobody came: " + words));
            return peer;
        }
    }

    private static void assumeAnotherUser() {
        assumeTrue(Credentials.own().uid() == 0, "only root can become another user");
        Command.require(OtherUser.NOBODY.getFirst());
    }

    private void give(SharedRegion region) throws Exception {
        socket.sendMemory(MemoryFile.of(region.openReadOnly()));
    }

    @Test
    void pythonSeesItByThePageAlone() throws Exception {
        assumeAnotherUser();
        var script =
                """
                say(layout, size, word(at), list(participants()))
                wait(at, 7)
                say(word(at), memory[at + 64:at + 69].decode())
                """;
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var python = start(OtherUser.NOBODY, TAKES + script)) {
            region.data().set(JAVA_INT, 0, 7);
            give(region);
            long pid = ProcessHandle.current().pid();
            assertEquals("31249 4096 7 [" + pid + "]", python.line());
            region.data().setString(64, "hello");
            region.data().set(JAVA_INT, 0, 8);
            region.futex(0).wakeAll();
            assertEquals("8 hello", python.line());
            assertEquals(0, python.exitCode());
        }
    }

    private static final String HARMS =
            """
            attempt("open to write", lambda: os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
            attempt("write", lambda: os.pwrite(fd, b"x", 0))
            attempt("map to write", map_to_write)
            attempt("mprotect", lambda: checked(libc.mprotect(ctypes.c_void_p(address), 4096, 3)))
            attempt("ftruncate", lambda: os.ftruncate(fd, 0))
            attempt("truncate", lambda: os.truncate(f"/proc/self/fd/{fd}", 0))
            attempt("punch", punch)
            attempt("remove", lambda: checked(libc.madvise(ctypes.c_void_p(address), 4096, 9)))
            attempt("chmod", lambda: os.fchmod(fd, 0o666))
            attempt("seal", lambda: fcntl.fcntl(fd, 1033, 0x10))
            attempt("lease", lambda: fcntl.fcntl(fd, 1024, fcntl.F_RDLCK))
            attempt("lock", lambda: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
            attempt("operate", lambda: futex(address + at, WAKE_OP, 1, 1, address + at, 1 << 12))
            attempt("wake", lambda: futex(address + at, WAKE, 1000))
            """;

    @Test
    void anotherUserCanDoNoHarm() throws Exception {
        assumeAnotherUser();
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var python = start(OtherUser.NOBODY, TAKES + HARMS)) {
            give(region);
            assertEquals(
                    """
                    open to write EACCES
                    write EBADF
                    map to write EACCES
                    mprotect EACCES
                    ftruncate EINVAL
                    truncate EACCES
                    punch EBADF
                    remove EACCES
                    chmod EPERM
                    seal EPERM
                    lease EACCES
                    lock EBADF
                    operate EFAULT
                    wake done\
                    """,
                    python.rest());
        }
    }

    /// Nor who has the same user, and so can open anything: after the last participant has come.
    @Test
    void whoIsOfTheSameUserCanNeitherOnceItIsSealed() throws Exception {
        var script =
                """
                attempt("open anew", open_anew)
                attempt("write", lambda: os.pwrite(fd, b"x", 0))
                attempt("map to write", map_to_write)
                attempt("ftruncate", lambda: os.ftruncate(fd, 0))
                attempt("punch", punch)
                """;
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var python = start(List.of(), TAKES + script)) {
            region.sealAgainstWriters();
            give(region);
            assertEquals(
                    """
                    open anew done
                    write EPERM
                    map to write EPERM
                    ftruncate EPERM
                    punch EPERM\
                    """,
                    python.rest());
        }
    }

    /// He can have locks for reading, which are none of a participant's; as long as he has them
    /// nobody else can take part.
    @Test
    void locksOfAStrangerHoldUpOnlyWhoComes() throws Exception {
        assumeAnotherUser();
        var script =
                """
                def lock(slot):
                    try:
                        fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 4096 + 64 * slot)
                        return True
                    except BlockingIOError:
                        return False

                for line in sys.stdin:
                    say(sum(lock(slot) for slot in range(slots)))
                """;
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var theirs = SharedRegion.of(region.fd().duplicate(), LAYOUT);
                var python = start(OtherUser.NOBODY, TAKES + script)) {
            give(region);
            python.tell("lock");
            assertEquals("118", python.line());
            var gone = theirs.self();
            theirs.close();
            python.tell("lock");
            assertEquals("119", python.line());
            region.awaitEnd(gone); // and not for ever
            var late = region.fd().duplicate();
            assertThrows(OsException.class, () -> SharedRegion.of(late, LAYOUT));
            python.endInput();
            assertEquals(0, python.exitCode());
            SharedRegion.of(region.fd().duplicate(), LAYOUT).close();
        }
    }

    /// He can have wakes that were meant for others, and lay waiting threads elsewhere: they look
    /// again.
    @ParameterizedTest
    @EnumSource
    void wakesThatAStrangerTakesAreNoHang(ThreadKind kind) throws Exception {
        assumeAnotherUser();
        var script =
                """
                other = libc.mmap(None, ctypes.c_size_t(4096), 3, 0x21, -1, 0)

                def sleep():
                    while True:
                        try:
                            futex(address + at, WAIT, word(at))
                        except OSError:
                            pass

                for _ in range(4):
                    threading.Thread(target=sleep, daemon=True).start()
                say("sleeping")
                while True:
                    try:
                        futex(address + at, REQUEUE, 0, 1000, other)
                    except OSError as e:
                        say(e)
                """;
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var theirs = SharedRegion.of(region.fd().duplicate(), LAYOUT);
                var python = start(OtherUser.NOBODY, TAKES + script)) {
            give(region);
            assertEquals("sleeping", python.line());
            for (int i = 0; i < 50; i++) {
                var mutex = region.mutex(0);
                var _ = mutex.lock();
                var waiting =
                        kind.start(() -> {
                            var their = theirs.mutex(0);
                            var acquired = their.lock();
                            their.unlock();
                            return acquired;
                        });
                waiting.awaitBlocked();
                mutex.unlock();
                assertEquals(SharedMutex.Acquired.CLEAN, waiting.result());
            }
        }
    }

    @Test
    void aJvmOfAnotherUserSeesItUntilItsGiverLeaves() throws Exception {
        assumeAnotherUser();
        OtherUser.assumeItCanRead(OtherUser.NOBODY, CLASS_PATH);
        var name = Unique.name("stranger");
        var words = Command.java(OtherUser.NOBODY, CLASS_PATH, Stranger.class, name, "" + LAYOUT);
        try (var region = SharedRegion.createAnonymous(LAYOUT, 4096);
                var jvm = connected(words, name)) {
            region.data().set(JAVA_INT, 0, 7);
            give(region);
            assertEquals(ProcessHandle.current().pid() + " 7", jvm.line());
            region.data().setString(64, "hello");
            region.data().set(JAVA_INT, 0, 8);
            region.futex(0).wakeAll();
            assertEquals("true", jvm.line());
            assertEquals("hello", jvm.line());
            region.close();
            assertEquals("false false", jvm.line());
            assertEquals(0, jvm.exitCode());
        }
    }

    private static final String GIVES_NONSENSE =
            HEAD
                    + """
                    at, size = 4096 + 2 * 4096, 4096
                    header = struct.pack("<8sIIQIIQQ12x", b"\\x7fPARLEY1", 1, 0x01020304, 0x7a11,
                                         120, 0, at, size)
                    header += struct.pack("<I", zlib.crc32(header))
                    fd = os.memfd_create("nonsense", os.MFD_ALLOW_SEALING)
                    os.ftruncate(fd, at + size)
                    os.pwrite(fd, header, 0)
                    fcntl.fcntl(fd, 1033, 0x2 | 0x4)
                    memory = mmap.mmap(fd, 0)
                    address = libc.mmap(None, ctypes.c_size_t(at + size), 3, 1, fd, 0)
                    isOver = False

                    def store():
                        while not isOver:
                            offset = 4 * random.randrange((at + size) // 4)
                            if random.randrange(3) == 0:
                                offset = at
                            value = random.getrandbits(random.randrange(1, 33))
                            struct.pack_into("<I", memory, offset, value)
                            if random.randrange(64) == 0:
                                futex(address + at, WAKE, 1000)
                            if random.randrange(256) == 0:
                                checked(libc.fallocate(fd, 3, ctypes.c_long(4096),
                                                       ctypes.c_long(at + size - 4096)))

                    socket.send_fds(java, [b"x"], [fd])
                    try:
                        checked(libc.ftruncate(fd, ctypes.c_long(0)))
                    except OSError as e:
                        say(errno.errorcode[e.errno])
                    sys.stdin.readline()
                    storing = threading.Thread(target=store)
                    storing.start()
                    sys.stdin.read()
                    isOver = True
                    storing.join()
                    """;

    /// Nothing but what is promised comes of it, and no wait that ends much too late.
    @Test
    void nonsenseOfAHostileGiverIsNoHarm() throws Exception {
        assumeAnotherUser();
        int times = 20_000;
        try (var python = start(OtherUser.NOBODY, GIVES_NONSENSE);
                var view = RegionView.of(socket.receiveMemory().fd(), LAYOUT);
                var arena = Arena.ofConfined()) {
            assertEquals("EPERM", python.line());
            python.tell("go");
            var random = new Random(1);
            var copy = arena.allocate(4096);
            var moment = Duration.ofNanos(20_000);
            int waited = 0;
            for (int i = 0; i < times; i++) {
                var all = view.participants();
                assertTrue(all.size() <= ParticipantTable.SLOTS_MAX);
                for (var one : all) {
                    boolean _ = view.isAlive(one);
                }
                var some = new SharedRegion.Participant(random.nextInt(), 0);
                boolean _ = view.isAlive(some);
                var by = all.isEmpty() ? some : all.getFirst();
                boolean _ = view.awaitChange(0, view.data().get(JAVA_INT, 0), by, moment);
                view.copy(0, copy);
                waited++;
            }
            assertEquals(times, waited);
            assertEquals(4096, view.data().byteSize());
            python.endInput();
            assertEquals("", python.rest());
            assertEquals(0, python.exitCode());
        }
    }

    /// The folder of another user's regions is closed to strangers, too.
    @Test
    void aRegionWithANameIsOutOfTheirReach() throws Exception {
        assumeAnotherUser();
        var name = Unique.name("private");
        var file = Path.of("/dev/shm/parley-0/" + name);
        try (var region = SharedRegion.create(name, LAYOUT, 64)) {
            assertEquals(1, region.participants().size());
            var words = new ArrayList<>(OtherUser.NOBODY);
            words.addAll(List.of("cat", file.toString()));
            assertEquals(1, Command.run(words).exitCode());
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(file));
        } finally {
            SharedRegion.unlink(name);
        }
    }
}
