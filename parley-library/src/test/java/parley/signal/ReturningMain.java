package parley.signal;

import java.io.IOException;

/// A program whose `main` returns, as that of most servers does, while another thread goes on until
/// the end of its input. It says which signals come.
final class ReturningMain {
    private ReturningMain() {}

    static void main() throws IOException {
        var signals = SignalSet.of(Signal.USR1, Signal.realTime(3));
        var _ = SignalHandler.install(signals, ReturningMain::say);
        var first = Thread.currentThread();
        Thread.ofPlatform()
                .start(() -> {
                    try {
                        first.join();
                        IO.println("listening");
                        while (System.in.read() >= 0) {}
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static void say(SignalInfo info) {
        IO.println(
                "%s from %d, code %d"
                        .formatted(
                                info.signal().name(),
                                info.sender().orElseThrow().pid(),
                                info.code()));
    }
}
