package parley.signal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import parley.kernel.SignalH;
import parley.os.Errno;
import parley.os.OsException;

/// Whether this process may signal another one, and by which rule. See kill(2).
///
/// The answer is the kernel's own, to a signal 0; the rule is found by what `/proc` says of both
/// processes. A moment later either may be another's.
///
/// @param isGranted true if it may
/// @param rule the first that grants it
/// @param explanation a sentence for people
public record SignalPermission(boolean isGranted, Rule rule, String explanation) {
    private static final int CAP_KILL = 5;
    private static final int HEXADECIMAL = 16;

    /// What grants it.
    public enum Rule {
        /// It is this process.
        SAME_PROCESS,
        /// The real or effective user of the sender is the real or saved one of the receiver.
        SAME_USER,
        /// The sender has `CAP_KILL`, and in the receiver's user namespace.
        CAPABILITY,
        /// SIGCONT goes to all processes of the same session, which a shell's jobs are.
        SAME_SESSION,
        /// One that cannot be seen from here: such as that the sender's user owns the user
        /// namespace that the receiver is in.
        HIDDEN,
        /// None: it is refused.
        NONE
    }

    static SignalPermission of(int pid, boolean isContinue) throws IOException {
        int r = SignalH.kill(pid, 0);
        if (!Errno.EPERM.is(r)) {
            OsException.check("kill", "process " + pid, r);
        }
        return new Question(pid, r >= 0, isContinue).answer();
    }

    /// What is known of one case.
    private record Question(int pid, boolean isGrantedByKernel, boolean isContinue) {
        SignalPermission answer() throws IOException {
            if (pid == ProcessHandle.current().pid()) {
                return granted(Rule.SAME_PROCESS, "it is this process");
            }
            var own = Party.read("self").orElseThrow();
            var other = Party.read("" + pid);
            if (other.isEmpty()) {
                return hidden();
            }
            return isGrantedByKernel ? granted(own, other.get()) : refused(own, other.get());
        }

        private SignalPermission granted(Party own, Party other) {
            if (own.isSameUser(other)) {
                return granted(Rule.SAME_USER, own.sender() + " signals " + other.receiver());
            }
            if (own.hasCapKill) {
                return granted(
                        Rule.CAPABILITY,
                        "this process has CAP_KILL, and so signals " + other.receiver());
            }
            return granted(
                    Rule.HIDDEN,
                    "the kernel lets %s signal %s, for a reason that cannot be seen from here"
                            .formatted(own.sender(), other.receiver()));
        }

        private SignalPermission refused(Party own, Party other) {
            if (isContinue && own.isSameSession(other)) {
                return granted(
                        Rule.SAME_SESSION,
                        "SIGCONT goes to all of session " + own.session + ", whoever they are");
            }
            var words = own.sender() + " does not signal " + other.receiver();
            if (own.isSameUser(other)) {
                return none(words + ": a security module or a sandbox forbids it");
            }
            if (own.hasCapKill) {
                return none(words + ": its CAP_KILL does not count in that user namespace");
            }
            return none(
                    words
                            + ": its real or effective uid would have to be that process's real or"
                            + " saved one, or it would have to have CAP_KILL"
                            + (isContinue ? ", or to be in the same session for SIGCONT" : ""));
        }

        private SignalPermission hidden() {
            var words = "/proc does not show process " + pid + " to this one";
            return isGrantedByKernel
                    ? granted(Rule.HIDDEN, words + ", but the kernel lets it be signalled")
                    : none(words + ", and the kernel refuses");
        }

        private static SignalPermission granted(Rule rule, String explanation) {
            return new SignalPermission(true, rule, explanation);
        }

        private static SignalPermission none(String explanation) {
            return new SignalPermission(false, Rule.NONE, explanation);
        }
    }

    /// What counts of a process.
    private record Party(
            long real, long effective, long saved, boolean hasCapKill, String session) {
        /// Empty if it is gone, or hidden by the option `hidepid` of the mount of `/proc`.
        static Optional<Party> read(String pid) {
            try {
                var folder = Path.of("/proc", pid);
                var status = StatusFile.read(folder.resolve("status"));
                var users = status.value("Uid").split("\\s+", -1);
                long capabilities = Long.parseUnsignedLong(status.value("CapEff"), HEXADECIMAL);
                return Optional.of(
                        new Party(
                                Long.parseLong(users[0]),
                                Long.parseLong(users[1]),
                                Long.parseLong(users[2]),
                                (capabilities >> CAP_KILL & 1) != 0,
                                session(folder.resolve("stat"))));
            } catch (IOException _) {
                return Optional.empty();
            }
        }

        /// Field 6 of proc_pid_stat(5): the fourth behind the name, in which anything may stand.
        private static String session(Path stat) throws IOException {
            var text = Files.readString(stat, StandardCharsets.ISO_8859_1);
            var fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
            return List.of(fields).get(3);
        }

        boolean isSameUser(Party receiver) {
            return LongStream.of(real, effective)
                    .anyMatch(uid -> uid == receiver.real || uid == receiver.saved);
        }

        boolean isSameSession(Party receiver) {
            return session.equals(receiver.session);
        }

        String sender() {
            return "a process of uid " + real + and(effective, "effective");
        }

        String receiver() {
            return "one of uid " + real + and(saved, "saved");
        }

        private String and(long uid, String kind) {
            return uid == real ? "" : " (" + kind + ": " + uid + ")";
        }
    }

    /// `true: SAME_USER: …`.
    @Override
    public String toString() {
        return isGranted + ": " + rule + ": " + explanation;
    }
}
