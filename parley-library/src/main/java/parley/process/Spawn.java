package parley.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import parley.os.Fd;
import parley.ready.Deadline;

/// A command to start as a child process: its arguments, environment, directory, and which
/// descriptors of ours it gets under which numbers. See posix_spawn(3).
///
/// By default the child has our standard streams and nothing else: every other descriptor is closed
/// in it, also those that other libraries left open to children. It starts with no signal blocked
/// and with all dispositions default, whoever started us and however: SIGPIPE ends it when nobody
/// reads its output, and it can be interrupted. See [#keepIgnoredSignals()].
///
/// The program is looked up as execvp(3) does: a name without a slash in this process's `PATH`, a
/// relative path from the child's directory.
///
/// Describing is for one thread; what is described can be started many times, by many threads.
public final class Spawn {
    /// The highest number under which a child can be given a descriptor.
    public static final int NUMBER_MAX = 255;

    /// What [#run()] captures of each output if nothing else is said, in bytes.
    public static final long CAPTURE_BYTES_MAX_DEFAULT = 64L << 20;

    static final int STDIN = 0;
    static final int STDOUT = 1;
    static final int STDERR = 2;

    private final List<String> command;
    private final Map<String, String> set = new LinkedHashMap<>();
    private final Set<String> removed = new HashSet<>();
    private final SortedMap<Integer, Gift> gifts = new TreeMap<>();
    private boolean isEnvironmentEmpty;
    private boolean isKeepingOthers;
    private boolean isKeepingIgnored;
    private boolean isOwnGroup;
    private boolean isOwnSession;
    private long captureBytesMax = CAPTURE_BYTES_MAX_DEFAULT;
    private @Nullable Path directory;
    private @Nullable Redirect stdin;
    private @Nullable Redirect stdout;
    private @Nullable Redirect stderr;

    /// A descriptor for the child.
    ///
    /// @param isClosedHere ours is closed once the child runs
    /// @param isAsIs its O_NONBLOCK is left as it is
    record Gift(Fd fd, boolean isClosedHere, boolean isAsIs) {}

    private Spawn(List<String> command) {
        this.command = command;
    }

    /// A command and its arguments, which no shell looks at.
    public static Spawn command(String program, String... arguments) {
        var command = new ArrayList<String>();
        command.add(program);
        command.addAll(List.of(arguments));
        return command(command);
    }

    /// A command and its arguments, which no shell looks at.
    public static Spawn command(List<String> command) {
        if (command.isEmpty() || command.getFirst().isEmpty()) {
            throw new IllegalArgumentException("a command has a program at least");
        }
        command.forEach(Spawn::requireText);
        return new Spawn(List.copyOf(command));
    }

    private static String requireText(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero character ends a string in C: " + text);
        }
        return text;
    }

    Spawn copy() {
        var copy = new Spawn(command);
        copy.set.putAll(set);
        copy.removed.addAll(removed);
        copy.gifts.putAll(gifts);
        copy.isEnvironmentEmpty = isEnvironmentEmpty;
        copy.isKeepingOthers = isKeepingOthers;
        copy.isKeepingIgnored = isKeepingIgnored;
        copy.isOwnGroup = isOwnGroup;
        copy.isOwnSession = isOwnSession;
        copy.captureBytesMax = captureBytesMax;
        copy.directory = directory;
        copy.stdin = stdin;
        copy.stdout = stdout;
        copy.stderr = stderr;
        return copy;
    }

    /// Sets a variable of the child's environment, which else is ours.
    public Spawn set(String name, String value) {
        set.put(requireName(name), requireText(value));
        removed.remove(name);
        return this;
    }

    /// Removes a variable from the child's environment.
    public Spawn remove(String name) {
        set.remove(requireName(name));
        removed.add(name);
        return this;
    }

    /// Begins the child's environment with nothing.
    public Spawn emptyEnvironment() {
        isEnvironmentEmpty = true;
        set.clear();
        return this;
    }

    private static String requireName(String name) {
        if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new IllegalArgumentException("not the name of a variable: '" + name + "'");
        }
        return requireText(name);
    }

    /// The directory that the child begins in; else it is ours.
    public Spawn directory(Path path) {
        directory = path;
        return this;
    }

    /// Where its standard input comes from.
    public Spawn stdin(Redirect from) {
        if (from instanceof Redirect.WriteFile || from instanceof Redirect.ToStdout) {
            throw new IllegalArgumentException("not to be read: " + from);
        }
        stdin = from;
        return this;
    }

    /// Where its standard output goes.
    public Spawn stdout(Redirect to) {
        if (to instanceof Redirect.ReadFile || to instanceof Redirect.ToStdout) {
            throw new IllegalArgumentException("not for the standard output: " + to);
        }
        stdout = to;
        return this;
    }

    /// Where its standard error goes.
    public Spawn stderr(Redirect to) {
        if (to instanceof Redirect.ReadFile) {
            throw new IllegalArgumentException("not to be written: " + to);
        }
        stderr = to;
        return this;
    }

    /// Gives the child a copy of a descriptor under a number, by which the two agree on it: the end
    /// of a pipe, a socket, a memory file. Ours stays open; that of a pipe should be closed after
    /// the start, or the end of the stream never comes. It is made to wait (O_NONBLOCK is cleared,
    /// for all who share it), as programs expect.
    ///
    /// @param number 3 to [#NUMBER_MAX]
    public Spawn give(int number, Fd fd) {
        return give(number, new Gift(fd, false, false));
    }

    /// Gives the child a copy of a descriptor, leaving O_NONBLOCK as it is.
    ///
    /// @param number 3 to [#NUMBER_MAX]
    public Spawn giveAsIs(int number, Fd fd) {
        return give(number, new Gift(fd, false, true));
    }

    /// Gives the child a descriptor as [#give] does, and closes ours once the child runs.
    ///
    /// @param number 3 to [#NUMBER_MAX]
    public Spawn handOver(int number, Fd fd) {
        return give(number, new Gift(fd, true, false));
    }

    private Spawn give(int number, Gift gift) {
        if (number <= STDERR || number > NUMBER_MAX) {
            throw new IllegalArgumentException(
                    "not in %d..%d: %d".formatted(STDERR + 1, NUMBER_MAX, number));
        }
        gifts.put(number, gift);
        return this;
    }

    /// Leaves the child every descriptor that is open to children (without CLOEXEC), whoever opened
    /// it. None of Parley's is.
    public Spawn keepOtherDescriptors() {
        isKeepingOthers = true;
        return this;
    }

    /// Lets the child ignore what we were started to ignore of SIGHUP, SIGINT and SIGQUIT, so that
    /// a `nohup` before us is one for it too.
    public Spawn keepIgnoredSignals() {
        isKeepingIgnored = true;
        return this;
    }

    /// Makes the child the leader of a process group: a Ctrl-C at our terminal does not reach it.
    public Spawn ownProcessGroup() {
        isOwnGroup = true;
        return this;
    }

    /// Makes the child the leader of a session without a terminal. See setsid(2).
    public Spawn ownSession() {
        isOwnSession = true;
        return this;
    }

    /// Bounds what [#run()] captures of each output.
    ///
    /// @param bytes at least 0
    public Spawn captureBytesMax(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("not a number of bytes: " + bytes);
        }
        captureBytesMax = bytes;
        return this;
    }

    /// Starts the child. What is not redirected it shares with us.
    ///
    /// @throws parley.os.NotFoundException if there is no such program, directory, or file to read
    /// @throws parley.os.NotPermittedException if one of them may not be used
    /// @throws parley.os.LimitReachedException if there are too many processes (`EAGAIN`), or
    ///   descriptors; if arguments and environment are too long (`E2BIG`)
    /// @throws parley.os.OsException `ENOEXEC` if the program is a script without `#!`, or for
    ///   another kind of machine
    /// @throws InterruptedException if the thread was interrupted before the child was started
    public ChildProcess start() throws IOException, InterruptedException {
        try (var launch = new Launch(this)) {
            return launch.start();
        }
    }

    /// Runs the command to its end without any input, and captures what is not redirected.
    ///
    /// @throws IOException if there was more to capture than [#captureBytesMax]; the child is
    ///   killed
    public Completed run() throws IOException, InterruptedException {
        return run(new byte[0]);
    }

    /// Runs the command to its end with an input, and captures what is not redirected. Feeding and
    /// capturing go on at the same time in this thread, so that no pipe that is full can stop both.
    ///
    /// Output is read to its end, which comes when the last process that has it open closes it: a
    /// background process of the child may keep it open. If the child does not read all of its
    /// input, the rest is dropped. If the calling thread is interrupted the child is killed.
    ///
    /// @throws IOException if there was more to capture than [#captureBytesMax]; the child is
    ///   killed
    public Completed run(byte[] input) throws IOException, InterruptedException {
        return run(input, Deadline.NEVER).orElseThrow();
    }

    /// The same, but the child is killed if the time is over before its end.
    ///
    /// @return empty if the time was over
    public Optional<Completed> run(byte[] input, Duration timeout)
            throws IOException, InterruptedException {
        return run(input, Deadline.after(timeout));
    }

    private Optional<Completed> run(byte[] input, Deadline deadline)
            throws IOException, InterruptedException {
        return Pipeline.of(this).run(input, deadline);
    }

    // What Launch and Pipeline read.

    List<String> command() {
        return command;
    }

    /// For errors: `exec:sort`.
    String address() {
        return "exec:" + command.getFirst();
    }

    Map<String, String> set() {
        return set;
    }

    Set<String> removed() {
        return removed;
    }

    boolean isEnvironmentEmpty() {
        return isEnvironmentEmpty;
    }

    SortedMap<Integer, Gift> gifts() {
        return gifts;
    }

    boolean isKeepingOthers() {
        return isKeepingOthers;
    }

    boolean isKeepingIgnored() {
        return isKeepingIgnored;
    }

    boolean isOwnGroup() {
        return isOwnGroup;
    }

    boolean isOwnSession() {
        return isOwnSession;
    }

    long captureBytesMax() {
        return captureBytesMax;
    }

    @Nullable Path directory() {
        return directory;
    }

    /// Empty if nothing was said about it.
    Optional<Redirect> stdin() {
        return Optional.ofNullable(stdin);
    }

    Optional<Redirect> stdout() {
        return Optional.ofNullable(stdout);
    }

    Optional<Redirect> stderr() {
        return Optional.ofNullable(stderr);
    }

    @Override
    public String toString() {
        return String.join(" ", command);
    }
}
