package parley.signal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;
import parley.kernel.Unistd;
import parley.peer.Peer;

/// Another program, in Python, that blocks signals, receives them by sigwaitinfo(2) in one or more
/// threads, the first among them, and says what came. libc makes SI_USER of SI_TKILL.
public final class SignalReceiver implements AutoCloseable {
    private static final String SCRIPT =
            """
            import ctypes, os, signal, struct, sys, threading
            libc = ctypes.CDLL(None)
            wanted = {int(word) for word in sys.argv[2:]}
            signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
            sigset = struct.pack("Q120x", sum(1 << number - 1 for number in wanted))
            def say(*words):
                os.write(1, (" ".join(map(str, words)) + "\\n").encode())
            def receive():
                say(threading.get_native_id())
                info = ctypes.create_string_buffer(128)
                while libc.sigwaitinfo(sigset, info) > 0:
                    say(threading.get_native_id(), *struct.unpack_from("i4xi4xiIq", info.raw))
            def end():
                sys.stdin.read()
                os._exit(0)
            others = [threading.Thread(target=receive) for _ in range(1, int(sys.argv[1]))]
            for thread in [threading.Thread(target=end), *others]: thread.start()
            receive()
            """;

    private final Peer peer;
    private final List<Integer> threads = new ArrayList<>();

    /// What came.
    public record Received(int tid, int number, int code, int pid, long uid, long value) {
        /// True if this process has sent it.
        public boolean isOwn(Signal signal, int wantedCode, long wantedValue) {
            return number == signal.number()
                    && code == wantedCode
                    && pid == ProcessHandle.current().pid()
                    && uid == Integer.toUnsignedLong(Unistd.getuid())
                    && value == wantedValue;
        }
    }

    private SignalReceiver(List<String> before, int threadCount, Signal... signals)
            throws IOException {
        var words = new ArrayList<>(before);
        words.addAll(List.of("python3", "-c", SCRIPT, "" + threadCount));
        Stream.of(signals).forEach(signal -> words.add("" + signal.number()));
        peer = Peer.start(words);
        for (int i = 0; i < threadCount; i++) {
            threads.add(Integer.valueOf(peer.line()));
        }
    }

    /// One that receives these with a single thread.
    public static SignalReceiver start(Signal... signals) throws IOException {
        return new SignalReceiver(List.of(), 1, signals);
    }

    static SignalReceiver withThreads(int count, Signal... signals) throws IOException {
        return new SignalReceiver(List.of(), count, signals);
    }

    /// One for which no more than `room` signals are queued.
    public static SignalReceiver withQueueFor(int room, Signal... signals) throws IOException {
        return new SignalReceiver(List.of("prlimit", "--sigpending=" + room), 1, signals);
    }

    /// One behind other words, which lead to it as a child of theirs.
    static SignalReceiver behind(List<String> words, Signal... signals) throws IOException {
        return new SignalReceiver(words, 1, signals);
    }

    public long pid() {
        return peer.pid();
    }

    /// The numbers of the threads that receive.
    List<Integer> threads() {
        return threads;
    }

    /// The next that it says, waiting for it.
    public Received next() throws IOException {
        var line = new Scanner(peer.line());
        return new Received(
                line.nextInt(),
                line.nextInt(),
                line.nextInt(),
                line.nextInt(),
                line.nextLong(),
                line.nextLong());
    }

    /// Lets it end.
    public void end() throws IOException {
        peer.endInput();
    }

    @Override
    public void close() throws IOException {
        peer.close();
    }
}
