package parley.signal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import parley.kernel.SignalH;
import parley.kernel.SysWait;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.LimitReachedException;
import parley.ready.EventFd;

/// What tests let another JVM do while it receives signals: collect garbage, start and end threads,
/// calculate.
final class BusyJvm {
    private static final int GARBAGE_BYTES = 10_000;
    private static final int GARBAGE_PER_COLLECTION = 20_000;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    private BusyJvm() {
        // Daemons: a JVM whose main thread fails ends, and says so.
        threads.add(Thread.ofPlatform().daemon().start(this::startAndEndThreads));
        threads.add(Thread.ofPlatform().daemon().start(this::makeGarbage));
        threads.add(Thread.ofVirtual().start(this::yieldAllTheTime));
    }

    private void startAndEndThreads() {
        while (!isOver.get()) {
            try {
                Thread.ofPlatform().start(() -> {}).join();
                Thread.ofVirtual().start(() -> {}).join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void makeGarbage() {
        var kept = new Object[100];
        for (int i = 0; !isOver.get(); i++) {
            kept[i % kept.length] = new byte[GARBAGE_BYTES];
            if (i % GARBAGE_PER_COLLECTION == 0) {
                System.gc();
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // so that it goes from carrier to carrier
    private void yieldAllTheTime() {
        while (!isOver.get()) {
            Thread.yield();
        }
    }

    private void stop() throws InterruptedException {
        isOver.set(true);
        for (var thread : threads) {
            thread.join();
        }
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "ordered" -> ordered(Integer.parseInt(arguments[1]));
            case "mixed" -> mixed(Integer.parseInt(arguments[1]));
            case "swept" -> swept(Integer.parseInt(arguments[1]));
            case "relayed" -> relayed(Integer.parseInt(arguments[1]));
            case "named" -> named();
            case "crowded" -> crowded();
            case "born" -> born();
            case "childless" -> childless();
            case "profiled" -> profiled();
            case "shutdown" -> shutdown();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /// Receives numbers that must come in their order, from one sender.
    private static void ordered(int count) throws Exception {
        var busy = new BusyJvm();
        try (var stream = SignalStream.open(Signal.realTime(3))) {
            System.out.println("ready");
            SignalInfo.Sender first = null;
            for (int i = 0; i < count; i++) {
                var info = (SignalInfo.Queued) stream.receive();
                if (info.intValue() != i || (first != null && !first.equals(info.from()))) {
                    throw new AssertionError(i + ": " + info);
                }
                first = info.from();
            }
            System.out.println(count + " in order from " + first);
            if (stream.receive(Duration.ofMillis(10)).isPresent()) {
                throw new AssertionError("one too many");
            }
        }
        busy.stop();
        System.out.println("over");
    }

    /// Receives signals of all kinds until as many queued ones have come.
    private static void mixed(int count) throws Exception {
        var busy = new BusyJvm();
        long standard = 0;
        var all =
                SignalSet.of(
                        Signal.USR1,
                        Signal.CHLD,
                        Signal.WINCH,
                        Signal.ALRM,
                        Signal.IO,
                        Signal.HUP,
                        Signal.realTime(3));
        try (var stream = SignalStream.open(all)) {
            System.out.println("ready");
            for (int queued = 0; queued < count; ) {
                if (stream.receive() instanceof SignalInfo.Queued) {
                    queued++;
                } else {
                    standard++;
                }
            }
        }
        busy.stop();
        System.out.println(count + " and " + (standard > 0 ? "others" : "no others"));
    }

    /// Takes signals and gives them back, again and again. One that came to a thread that was left
    /// out, or after it was given back, would end this JVM.
    private static void swept(int rounds) throws Exception {
        var busy = new BusyJvm();
        int pid = (int) ProcessHandle.current().pid();
        for (int round = 0; round < rounds; round++) {
            try (var stream = SignalStream.open(Signal.USR1, Signal.realTime(3))) {
                for (var thread : ThreadSignals.ofProcess("self")) {
                    SignalH.tgkill(pid, thread.tid(), SignalH.SIGUSR1);
                }
                SignalH.kill(pid, SignalH.SIGUSR1);
                var _ = stream.receive();
                for (var thread : ThreadSignals.ofProcess("self")) {
                    if (!thread.blocked().containsAll(stream.signals())) {
                        throw new AssertionError(thread.toString());
                    }
                }
            }
        }
        busy.stop();
        System.out.println("swept " + rounds);
    }

    private static void startNext() {
        Thread.ofPlatform().daemon().start(BusyJvm::startNext);
    }

    /// A chain of threads, each of which starts the next one and ends: none lives long enough to be
    /// looked at.
    private static void relayed(int rounds) throws Exception {
        startNext();
        int pid = (int) ProcessHandle.current().pid();
        for (int round = 0; round < rounds; round++) {
            try (var stream = SignalStream.open(Signal.USR1)) {
                for (int i = 0; i < 100; i++) {
                    SignalH.kill(pid, SignalH.SIGUSR1);
                    var _ = stream.receive();
                }
            }
        }
        System.out.println("relayed " + rounds);
    }

    /// A thread whose name the kernel cuts in the middle of a character.
    private static void named() throws Exception {
        var isOver = new CountDownLatch(1);
        Thread.ofPlatform()
                .daemon()
                .name("\u00fc".repeat(20))
                .start(() -> {
                    try {
                        isOver.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        try (var stream = SignalStream.open(Signal.USR1)) {
            for (var thread : ThreadSignals.ofProcess("self")) {
                if (!thread.blocked().contains(Signal.USR1)) {
                    throw new AssertionError(thread.toString());
                }
            }
            SignalH.kill((int) ProcessHandle.current().pid(), SignalH.SIGUSR1);
            System.out.println("named " + stream.receive().signal());
        }
        isOver.countDown();
    }

    /// With few descriptors left, opening fails or works, and closing can be done again.
    private static void crowded() throws Exception {
        SignalStream.open(Signal.USR1).close(); // else classes could not be loaded
        assertRefused();
        var files = new ArrayList<Fd>();
        try {
            while (true) {
                files.add(EventFd.create().fd());
            }
        } catch (LimitReachedException _) {
            // All are taken.
        }
        int failed = 0;
        for (int free = 0; free < 8; free++) {
            try (var stream = SignalStream.open(Signal.USR1)) {
                SignalH.kill((int) ProcessHandle.current().pid(), SignalH.SIGUSR1);
                var _ = stream.receive();
            } catch (IOException _) {
                failed++;
            }
            files.removeLast().close();
        }
        files.forEach(Fd::close);
        SignalStream.open(Signal.USR1).close();
        for (var thread : ThreadSignals.ofProcess("self")) {
            if (thread.blocked().contains(Signal.USR1)) {
                throw new AssertionError(thread.toString());
            }
        }
        System.out.println("crowded " + (failed > 0));
    }

    private static void assertRefused() throws IOException {
        try {
            Fd.of("open", "nothing", -Errno.EMFILE.number()).close();
            throw new AssertionError();
        } catch (LimitReachedException _) {
            // As it has to be.
        }
    }

    /// In a JVM that was started with SIGUSR1 blocked it stays so, in threads born meanwhile too.
    private static void born() throws Exception {
        var isOver = new CountDownLatch(1);
        try (var _ = SignalStream.open(Signal.USR1)) {
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                        try {
                            isOver.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    });
        }
        boolean isBlocked =
                ThreadSignals.ofProcess("self").stream()
                        .allMatch(thread -> thread.blocked().contains(Signal.USR1));
        System.out.println("born " + isBlocked);
        isOver.countDown();
    }

    /// Ignores SIGCHLD, so that nobody can wait for a child.
    private static void childless() throws Exception {
        new ProcessBuilder("true")
                .start()
                .waitFor(); // at its first the JDK sets the default action
        try (var _ = SignalAction.replace(Signal.CHLD, SignalAction.IGNORE);
                var arena = Arena.ofConfined()) {
            int pid = (int) new ProcessBuilder("sleep", "0.1").start().pid();
            var info = arena.allocate(SignalH.SIGINFO_SENT);
            int r = SysWait.waitid(SysWait.P_PID, pid, info, SysWait.WEXITED | SysWait.WNOWAIT);
            System.out.println(Errno.of(-r));
        }
    }

    /// The sampling profiler of the JDK uses signals itself.
    private static void profiled() throws Exception {
        var stream = SignalStream.open(Signal.USR1, Signal.realTime(3));
        stream.close();
        try (var recording = new Recording()) {
            recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10));
            recording.start();
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            double sum = 0;
            while (System.nanoTime() - end < 0) {
                sum += LongStream.range(0, 10_000).mapToDouble(Math::sqrt).sum();
            }
            recording.stop();
            var file = Files.createTempFile("parley", ".jfr");
            recording.dump(file);
            int samples = RecordingFile.readAllEvents(file).size();
            Files.delete(file);
            System.out.println((samples > 0 ? "sampled " : "not sampled ") + (sum > 0));
        }
    }

    /// Says in a shutdown hook who wanted it.
    private static void shutdown() throws Exception {
        var observed = SignalStream.observe(Signal.TERM, Signal.INT, Signal.HUP);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            try {
                                System.out.println("hook: " + observed.tryReceive().orElseThrow());
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        }));
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
