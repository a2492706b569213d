package parley.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import parley.kernel.Fcntl;
import parley.kernel.SignalH;
import parley.kernel.SpawnH;
import parley.kernel.SysWait;
import parley.kernel.Unistd;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.Lifetime;
import parley.os.OsException;
import parley.pipe.Pipe;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.process.Spawn.Gift;
import parley.ready.Blocking;

/// One start of a child. Files and the directory are opened here and not in the child, so that a
/// refusal names them and a FIFO can be waited for; the child only renumbers and closes.
///
/// Every descriptor is first brought above all numbers of the child's, so that no renumbering
/// overwrites one that is still needed, nor leaves one CLOEXEC because its number is the same.
final class Launch implements AutoCloseable {
    private static final int FILE_MODE = 0600;
    private static final Lifetime NEVER_CLOSED = new Lifetime(() -> {});

    private final Spawn spawn;
    private final int top; // the highest number of the child's
    private final SortedMap<Integer, Integer> sources = new TreeMap<>(); // by number in the child
    private final List<Runnable> ours = new ArrayList<>(); // until the child runs
    private final List<Runnable> kept = new ArrayList<>(); // closed if it does not
    private int directory = -1;
    private @Nullable PipeSink stdin;
    private @Nullable PipeSource stdout;
    private @Nullable PipeSource stderr;

    Launch(Spawn spawn) {
        this.spawn = spawn;
        var gifts = spawn.gifts();
        this.top = gifts.isEmpty() ? Spawn.STDERR : gifts.lastKey();
    }

    ChildProcess start() throws IOException, InterruptedException {
        var watch = ExitWatch.shared();
        redirect(Spawn.STDIN, spawn.stdin());
        redirect(Spawn.STDOUT, spawn.stdout());
        redirect(Spawn.STDERR, spawn.stderr());
        for (var gift : spawn.gifts().entrySet()) {
            give(gift.getKey(), gift.getValue().fd(), gift.getValue().isAsIs());
        }
        var path = spawn.directory();
        if (path != null) {
            // The dot asks for the right to search it, which changing to it needs.
            var inside = path + File.separator + ".";
            int flags = Fcntl.O_PATH | Fcntl.O_DIRECTORY;
            directory = aboveAll(owned(open(inside, flags, path.toAbsolutePath().toString())));
        }
        long pid = spawn();
        var child = held(pid, watch);
        spawn.gifts().values().stream()
                .filter(Gift::isClosedHere)
                .forEach(gift -> gift.fd().close());
        kept.clear();
        return child;
    }

    private ChildProcess held(long pid, ExitWatch watch) throws IOException {
        try {
            var name = spawn.command().getFirst();
            return new ChildProcess(PidFd.ofChild(pid, watch), name, stdin, stdout, stderr);
        } catch (IOException | RuntimeException e) {
            abandon((int) pid);
            throw e;
        }
    }

    /// Ends a child that cannot be held, as when there are no descriptors left.
    private static void abandon(int pid) {
        var _ = SignalH.kill(pid, SignalH.SIGKILL);
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(SignalH.SIGINFO_SENT);
            int r;
            do { // a killed process ends, and soon
                r = SysWait.waitid(SysWait.P_PID, pid, info, SysWait.WEXITED);
            } while (Errno.EINTR.is(r));
        }
    }

    private void redirect(int number, Optional<Redirect> redirect)
            throws IOException, InterruptedException {
        switch (redirect.orElse(Redirect.inherit())) {
            case Redirect.Inherit _ -> {}
            case Redirect.ToStdout _ -> {} // once the numbers are right
            case Redirect.Nothing _ ->
                    put(number, owned(open("/dev/null", Fcntl.O_RDWR, "/dev/null")));
            case Redirect.ReadFile(var path) -> put(number, openFile(path, Fcntl.O_RDONLY));
            case Redirect.WriteFile(var path, boolean isAppend) -> {
                int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT;
                put(number, openFile(path, flags | (isAppend ? Fcntl.O_APPEND : Fcntl.O_TRUNC)));
            }
            case Redirect.Descriptor(var fd) -> give(number, fd, false);
            case Redirect.Piped _ -> pipe(number);
        }
    }

    private void pipe(int number) throws IOException {
        var pipe = Pipe.create();
        if (number == Spawn.STDIN) {
            ours.add(pipe.source()::close);
            kept.add(pipe.sink()::close);
            stdin = pipe.sink();
            put(number, pipe.source().fd());
            return;
        }
        ours.add(pipe.sink()::close);
        kept.add(pipe.source()::close);
        if (number == Spawn.STDOUT) {
            stdout = pipe.source();
        } else {
            stderr = pipe.source();
        }
        put(number, pipe.sink().fd());
    }

    private Fd openFile(Path path, int flags) throws IOException, InterruptedException {
        return owned(open(path.toString(), flags, path.toAbsolutePath().toString()));
    }

    /// Opens a file, which waits if it is a FIFO.
    private static Fd open(String path, int flags, String object)
            throws IOException, InterruptedException {
        long r =
                Blocking.call(
                        NEVER_CLOSED,
                        () -> {
                            try (var arena = Arena.ofConfined()) {
                                var name = arena.allocateFrom(path);
                                return Fcntl.open(name, flags | Fcntl.O_CLOEXEC, FILE_MODE);
                            }
                        });
        return Fd.of("open", object, (int) r);
    }

    private Fd owned(Fd fd) {
        ours.add(fd::close);
        return fd;
    }

    private void give(int number, Fd fd, boolean isAsIs) throws IOException {
        if (!isAsIs) {
            makeWaiting(fd);
        }
        put(number, fd);
    }

    private void put(int number, Fd fd) throws IOException {
        sources.put(number, aboveAll(fd));
    }

    private static void makeWaiting(Fd fd) throws IOException {
        int number = fd.enter();
        try {
            int flags = Fcntl.fcntl(number, Fcntl.F_GETFL, 0);
            OsException.check("fcntl", fd.toString(), flags);
            if ((flags & Fcntl.O_NONBLOCK) != 0) {
                int r = Fcntl.fcntl(number, Fcntl.F_SETFL, flags & ~Fcntl.O_NONBLOCK);
                OsException.check("fcntl", fd.toString(), r);
            }
        } finally {
            fd.exit();
        }
    }

    /// A number for what `fd` stands for, above all numbers of the child's and open until the end
    /// of this launch.
    private int aboveAll(Fd fd) throws OsException, ClosedChannelException {
        int number = fd.enter();
        ours.add(fd::exit);
        if (number > top) {
            return number;
        }
        int r = Fcntl.fcntl(number, Fcntl.F_DUPFD_CLOEXEC, top + 1);
        return owned(Fd.of("fcntl", fd.toString(), r)).number();
    }

    /// Calls posix_spawn, which waits until the child has begun its program.
    private long spawn() throws IOException, InterruptedException {
        try (var arena = Arena.ofConfined()) {
            var actions = arena.allocate(SpawnH.POSIX_SPAWN_FILE_ACTIONS_T);
            check(SpawnH.posix_spawn_file_actions_init(actions));
            var attributes = arena.allocate(SpawnH.POSIX_SPAWNATTR_T);
            try {
                addActions(actions);
                check(SpawnH.posix_spawnattr_init(attributes));
                setAttributes(attributes, arena);
                var pid = arena.allocate(JAVA_INT);
                var file = arena.allocateFrom(spawn.command().getFirst());
                var argv = strings(arena, spawn.command(), true);
                var envp = strings(arena, environment(), false);
                long r =
                        Blocking.call(
                                NEVER_CLOSED,
                                () ->
                                        SpawnH.posix_spawnp(
                                                pid, file, actions, attributes, argv, envp));
                check((int) r);
                return pid.get(JAVA_INT, 0);
            } finally {
                SpawnH.posix_spawnattr_destroy(attributes);
                SpawnH.posix_spawn_file_actions_destroy(actions);
            }
        }
    }

    private void check(int r) throws OsException {
        OsException.check("posix_spawn", spawn.address(), r);
    }

    private void addActions(MemorySegment actions) throws IOException {
        for (var source : sources.entrySet()) {
            check(
                    SpawnH.posix_spawn_file_actions_adddup2(
                            actions, source.getValue(), source.getKey()));
        }
        if (spawn.stderr().orElse(Redirect.inherit()) instanceof Redirect.ToStdout) {
            check(SpawnH.posix_spawn_file_actions_adddup2(actions, Spawn.STDOUT, Spawn.STDERR));
        }
        if (directory >= 0) {
            check(SpawnH.posix_spawn_file_actions_addfchdir_np(actions, directory));
        }
        if (!spawn.isKeepingOthers()) {
            addClosing(actions);
        }
    }

    private void addClosing(MemorySegment actions) throws IOException {
        for (int number = Spawn.STDERR + 1; number < top; number++) {
            if (!sources.containsKey(number)) {
                check(SpawnH.posix_spawn_file_actions_addclose(actions, number));
            }
        }
        int r = SpawnH.posix_spawn_file_actions_addclosefrom_np(actions, top + 1);
        if (!Errno.ENOSYS.is(r)) {
            check(r);
            return;
        }
        // Before glibc 2.34: those that are open now. One that another thread opens to children
        // meanwhile gets through.
        var open = new File("/proc/self/fd").list();
        for (var name : open == null ? new String[0] : open) {
            int number = Integer.parseInt(name);
            if (number > top) {
                check(SpawnH.posix_spawn_file_actions_addclose(actions, number));
            }
        }
    }

    private void setAttributes(MemorySegment attributes, Arena arena) throws OsException {
        int flags = SpawnH.POSIX_SPAWN_SETSIGMASK | SpawnH.POSIX_SPAWN_SETSIGDEF;
        var none = arena.allocate(SignalH.SIGSET_T);
        check(SpawnH.posix_spawnattr_setsigmask(attributes, none));
        var reset = arena.allocate(SignalH.SIGSET_T);
        for (int signal = 1; signal <= SignalH.SIGNALS; signal++) {
            if (isReset(signal)) {
                int at = (signal - 1) / Byte.SIZE;
                int bit = 1 << ((signal - 1) % Byte.SIZE);
                reset.set(JAVA_BYTE, at, (byte) (reset.get(JAVA_BYTE, at) | bit));
            }
        }
        check(SpawnH.posix_spawnattr_setsigdefault(attributes, reset));
        if (spawn.isOwnGroup()) {
            flags |= SpawnH.POSIX_SPAWN_SETPGROUP;
            check(SpawnH.posix_spawnattr_setpgroup(attributes, 0));
        }
        if (spawn.isOwnSession()) {
            flags |= SpawnH.POSIX_SPAWN_SETSID;
        }
        check(SpawnH.posix_spawnattr_setflags(attributes, flags));
    }

    /// All, or all but those that whoever started us may have wanted ignored.
    private boolean isReset(int signal) {
        return switch (signal) {
            case SignalH.SIGKILL, SignalH.SIGSTOP -> false; // cannot be set
            case SignalH.SIGHUP, SignalH.SIGINT, SignalH.SIGQUIT -> !spawn.isKeepingIgnored();
            default -> true;
        };
    }

    /// `NAME=value` each, in bytes as ISO 8859-1: what we have is passed on byte for byte.
    private List<String> environment() {
        var values = new LinkedHashMap<String, String>();
        if (!spawn.isEnvironmentEmpty()) {
            for (var entry : Unistd.environ()) {
                int end = entry.indexOf('=', 1);
                if (end > 0) {
                    values.putIfAbsent(entry.substring(0, end), entry.substring(end + 1));
                }
            }
            spawn.removed().forEach(name -> values.remove(bytes(name)));
        }
        spawn.set().forEach((name, value) -> values.put(bytes(name), bytes(value)));
        return values.entrySet().stream().map(Launch::assignment).toList();
    }

    private static String assignment(Map.Entry<String, String> variable) {
        return variable.getKey() + "=" + variable.getValue();
    }

    private static String bytes(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    /// An array of pointers to strings, with NULL at its end.
    static MemorySegment strings(Arena arena, List<String> strings, boolean isText) {
        var array = arena.allocate(ADDRESS, strings.size() + 1);
        for (int i = 0; i < strings.size(); i++) {
            var string = arena.allocateFrom(strings.get(i), isText ? UTF_8 : ISO_8859_1);
            array.setAtIndex(ADDRESS, i, string);
        }
        return array;
    }

    /// Closes what is only the child's now; all, if there is no child.
    @Override
    public void close() {
        ours.forEach(Runnable::run);
        kept.forEach(Runnable::run);
    }
}
