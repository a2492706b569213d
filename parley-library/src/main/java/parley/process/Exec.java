package parley.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import parley.kernel.Fcntl;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.OsException;

/// Lets this process become another program: the JVM is gone, without shutdown hooks or `finally`,
/// and the program has its number, its parent, and what the kernel keeps for the process: permits
/// of System V semaphores that it gives back at the end, record locks. See execve(2).
///
/// What the program finds:
///
/// * **Descriptors.** 0, 1 and 2. Everything else is closed: a JVM has files open to programs that
///   it becomes, and nobody can tell them from those that it was started with.
/// * **Signals.** Blocked is what the process's first thread has blocked, which a JVM leaves as it
///   was started with (what a [parley.signal.SignalStream] receives is blocked there too: close it
///   before). Ignored is what is ignored now: with `-Xrs` all that was when we were started, but
///   PIPE and XFSZ, for which HotSpot has handlers, and which are default then.
/// * **Limits.** HotSpot raises the soft limit of open files to the hard one, unless it is started
///   with `-XX:-MaxFDLimit`.
public final class Exec {
    private static final String BLOCKED = "SigBlk:"; // as bits, the first is signal 1

    private Exec() {}

    /// Becomes a program, which is looked up as execvp(3) does: a name without a slash in `PATH`. A
    /// script without `#!` is given to `sh`. What is buffered and not written yet is lost.
    ///
    /// Returns never; if it throws, nothing has changed.
    ///
    /// @param command the program and its arguments, which no shell looks at
    /// @throws parley.os.NotFoundException if there is no such program
    /// @throws parley.os.NotPermittedException if it may not be executed
    /// @throws parley.os.LimitReachedException if the arguments and the environment are too long
    ///   (`E2BIG`)
    public static void become(List<String> command) throws IOException {
        var words = Spawn.command(command).command(); // refuses what cannot be one
        long blocked = blockedOfFirstThread();
        try (var arena = Arena.ofConfined()) {
            var file = arena.allocateFrom(words.getFirst());
            var argv = Launch.strings(arena, words, true);
            var mask = arena.allocate(SignalH.SIGSET_T);
            mask.set(JAVA_LONG, 0, blocked);
            var before = arena.allocate(SignalH.SIGSET_T);
            var closed = openToPrograms();
            setFlags(closed, Fcntl.FD_CLOEXEC);
            setMask(mask, before);
            int r = Unistd.execvp(file, argv);
            setMask(before, MemorySegment.NULL);
            setFlags(closed, 0);
            throw OsException.of("execvp", "exec:" + words.getFirst(), -r);
        }
    }

    /// The descriptors without CLOEXEC, but the standard streams.
    private static List<Integer> openToPrograms() throws IOException {
        var found = new ArrayList<Integer>();
        try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var each : all) {
                int number = Integer.parseInt(each.getFileName().toString());
                if (number > Spawn.STDERR && Fcntl.fcntl(number, Fcntl.F_GETFD, 0) == 0) {
                    found.add(number);
                }
            }
        }
        return found;
    }

    private static void setFlags(List<Integer> numbers, int flags) {
        for (int number : numbers) {
            int _ = Fcntl.fcntl(number, Fcntl.F_SETFD, flags); // fails only if it was closed since
        }
    }

    private static long blockedOfFirstThread() throws IOException {
        var file = "/proc/self/task/" + ProcessHandle.current().pid() + "/status";
        return ProcessStat.read(file)
                .flatMap(text -> text.lines().filter(line -> line.startsWith(BLOCKED)).findFirst())
                .map(line -> Long.parseUnsignedLong(line.substring(BLOCKED.length()).strip(), 16))
                .orElseThrow(() -> new IOException("no " + BLOCKED + " in " + file));
    }

    private static void setMask(MemorySegment mask, MemorySegment before) throws OsException {
        int r = SignalH.pthread_sigmask(SignalH.SIG_SETMASK, mask, before);
        OsException.check("pthread_sigmask", "this thread", r);
    }
}
