package parley.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import parley.kernel.Abi;
import parley.os.FileStatus;

/// The threads of all processes that wait in a system call on a queue or a semaphore, at about one
/// moment; and for each object, which of them wait on it. See proc_pid_syscall(5).
///
/// Who waits otherwise, in poll(2), epoll_wait(2) or io_uring, is not seen: a virtual thread, and
/// one that waits on a POSIX queue with a timeout. Only root sees the processes of other users, and
/// with `kernel.yama.ptrace_scope` above 0 also those of its own.
public final class BlockedCalls {
    private static final Path PROC = Path.of("/proc");
    private static final Path OWN_NAMESPACE = Path.of("/proc/self/ns/ipc");

    private final List<Blocked> calls = new ArrayList<>();
    private int hiddenProcesses;

    private BlockedCalls() {}

    /// The system calls that are looked for.
    public enum Call {
        MSGSND(Abi.HOST.SYS_msgsnd()),
        MSGRCV(Abi.HOST.SYS_msgrcv()),
        SEMOP(Abi.HOST.SYS_semop()),
        SEMTIMEDOP(Abi.HOST.SYS_semtimedop()),
        MQ_TIMEDSEND(Abi.HOST.SYS_mq_timedsend()),
        MQ_TIMEDRECEIVE(Abi.HOST.SYS_mq_timedreceive()),
        FUTEX(Abi.HOST.SYS_futex());

        private final int number;

        Call(int number) {
            this.number = number;
        }

        /// In C's words: `msgrcv`.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Optional<Call> of(String number) {
            for (var call : values()) {
                if (number.equals("" + call.number)) {
                    return Optional.of(call);
                }
            }
            return Optional.empty();
        }
    }

    /// A thread that waits.
    ///
    /// @param pid its process
    /// @param threadId its own number
    /// @param call what it waits in
    /// @param argument the call's first one: an id, a descriptor or an address in that process
    public record Blocked(int pid, int threadId, Call call, long argument) {
        /// What `/proc/PID/task/TID/syscall` says: `70 0x3 0x7ffd…`; `running`; or, of a thread
        /// that waits for a page, `-1 …`.
        static Optional<Blocked> parse(int pid, int threadId, String text) {
            var fields = text.strip().split(" ", -1);
            return Call.of(fields[0])
                    .map(call ->
                            new Blocked(pid, threadId, call, unsigned(fields[1].substring(2))));
        }

        private static long unsigned(String hexadecimal) {
            return Long.parseUnsignedLong(hexadecimal, 16);
        }

        private Path folder() {
            return PROC.resolve("" + pid);
        }
    }

    /// Looks at all processes.
    public static BlockedCalls read() throws IOException {
        var found = new BlockedCalls();
        try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var process : processes) {
                found.lookInto(process);
            }
        }
        return found;
    }

    private void lookInto(Path process) throws IOException {
        int pid = number(process);
        try (var threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (var thread : threads) {
                var text = read(thread.resolve("syscall"));
                text.flatMap(known -> Blocked.parse(pid, number(thread), known))
                        .ifPresent(calls::add);
            }
        } catch (IOException | DirectoryIteratorException _) {
            // It has ended, or may not be looked into. The kernel's own wait on nothing like this.
            var stat = ProcessStat.of(pid);
            hiddenProcesses += stat.isPresent() && !stat.get().isKernels() ? 1 : 0;
        }
    }

    private static int number(Path folder) {
        return Integer.parseInt(folder.getFileName().toString());
    }

    /// Empty if the thread has ended.
    private static Optional<String> read(Path file) throws IOException {
        try {
            return Optional.of(Files.readString(file, ISO_8859_1));
        } catch (IOException e) {
            if (ProcessStat.isGone(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Processes that could not be looked into, for they are not ours: any may wait.
    public int hiddenProcesses() {
        return hiddenProcesses;
    }

    /// Who waits on a System V queue of this IPC namespace.
    public List<Blocked> onSysvQueue(int id) throws IOException {
        return inOwnNamespace(id, Set.of(Call.MSGSND, Call.MSGRCV));
    }

    /// Who waits on a System V semaphore set of this IPC namespace.
    public List<Blocked> onSysvSemaphores(int id) throws IOException {
        return inOwnNamespace(id, Set.of(Call.SEMOP, Call.SEMTIMEDOP));
    }

    private List<Blocked> inOwnNamespace(int id, Set<Call> which) throws IOException {
        var own = Files.readSymbolicLink(OWN_NAMESPACE);
        return matching(
                which,
                one ->
                        (int) one.argument == id
                                && Files.readSymbolicLink(one.folder().resolve("ns/ipc"))
                                        .equals(own));
    }

    /// Who waits on a POSIX queue, by a descriptor of its own.
    ///
    /// @param queue its device and inode
    public List<Blocked> onPosixQueue(FileStatus queue) throws IOException {
        return matching(
                Set.of(Call.MQ_TIMEDSEND, Call.MQ_TIMEDRECEIVE),
                one ->
                        FileStatus.ofTarget(one.folder() + "/fd/" + (int) one.argument)
                                .filter(file -> isSame(file, queue))
                                .isPresent());
    }

    private static boolean isSame(FileStatus a, FileStatus b) {
        return a.device() == b.device() && a.inode() == b.inode();
    }

    /// Who waits on a word in a mapped file: on the POSIX semaphore in it, if it holds one.
    ///
    /// @param file its device and inode
    public List<Blocked> onMemory(FileStatus file) throws IOException {
        var isOfFile = " %02x:%02x %d ".formatted(major(file), minor(file), file.inode());
        return matching(
                Set.of(Call.FUTEX),
                one ->
                        read(one.folder().resolve("maps"))
                                .orElse("")
                                .lines()
                                .anyMatch(line ->
                                        line.contains(isOfFile) && covers(line, one.argument)));
    }

    // As gnu_dev_major(3) does of st_dev.
    private static long major(FileStatus file) {
        return (file.device() >>> 8 & 0xfff) | (file.device() >>> 32 & 0xfffff000L);
    }

    private static long minor(FileStatus file) {
        return (file.device() & 0xff) | (file.device() >>> 12 & 0xffffff00L);
    }

    /// A line begins `7f5a3c000000-7f5a3c001000 rw-s `.
    private static boolean covers(String line, long address) {
        int dash = line.indexOf('-');
        long start = Long.parseUnsignedLong(line, 0, dash, 16);
        long end = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
        return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, end) < 0;
    }

    /// Whether a thread waits on what is meant.
    private interface Test {
        boolean isMet(Blocked one) throws IOException;
    }

    private List<Blocked> matching(Set<Call> which, Test test) throws IOException {
        var found = new ArrayList<Blocked>();
        for (var one : calls) {
            try {
                if (which.contains(one.call) && test.isMet(one)) {
                    found.add(one);
                }
            } catch (IOException e) {
                if (!ProcessStat.isGone(e)) {
                    throw e;
                }
            }
        }
        return found;
    }
}
