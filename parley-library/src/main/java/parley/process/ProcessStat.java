package parley.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;

/// What the kernel's text files say about a process. See proc_pid_stat(5), proc_pid_status(5).
///
/// @param state a letter: `R`, `S`, `Z`…
/// @param isKernels true of a thread of the kernel, which no program runs in
/// @param threads how many there are
/// @param startTicks clock ticks from the boot to its start
record ProcessStat(char state, boolean isKernels, long threads, long startTicks) {
    // Places behind the name, which begin with field 3 of proc_pid_stat(5).
    private static final int STATE = 0;
    private static final int FLAGS = 9 - 3;
    private static final int THREADS = 20 - 3;
    private static final int START = 22 - 3;
    private static final long PF_KTHREAD = 0x0020_0000; // linux/sched.h
    private static final String NO_SUCH_PROCESS = "No such process"; // ESRCH, as the JDK words it

    /// Empty if there is no such process.
    static Optional<ProcessStat> of(long pid) throws IOException {
        return read("/proc/" + pid + "/stat").map(ProcessStat::parse);
    }

    /// A program may call itself `) Z 1 (`: what counts is behind the last parenthesis.
    static ProcessStat parse(String text) {
        var fields = List.of(text.substring(text.lastIndexOf(')') + 2).strip().split(" ", -1));
        return new ProcessStat(
                fields.get(STATE).charAt(0),
                (Long.parseLong(fields.get(FLAGS)) & PF_KTHREAD) != 0,
                Long.parseLong(fields.get(THREADS)),
                Long.parseLong(fields.get(START)));
    }

    /// True until its last thread has ended; the first may end before others.
    boolean isAlive() {
        return "ZXx".indexOf(state) < 0 || threads > 1;
    }

    /// A file's content; empty if the process it is about is not there. By a stream, and not by a
    /// channel, which an interrupt would close.
    static Optional<String> read(String path) throws IOException {
        try (var file = new FileInputStream(path)) {
            return Optional.of(new String(file.readAllBytes(), ISO_8859_1));
        } catch (FileNotFoundException _) {
            return Optional.empty();
        } catch (IOException e) {
            if (isGone(e)) {
                return Optional.empty(); // it went between the opening and the reading
            }
            throw e;
        }
    }

    /// True if a file of a process could not be used because there is no such process any more.
    static boolean isGone(IOException e) {
        return e instanceof NoSuchFileException
                || String.valueOf(e.getMessage()).contains(NO_SUCH_PROCESS);
    }
}
