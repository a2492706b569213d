package parley.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Optional;
import parley.kernel.SignalH;
import parley.kernel.Unistd;
import parley.os.Fd;
import parley.os.OsException;
import parley.posix.MessageNotification.Registered;
import parley.posix.MessageNotification.Way;
import parley.signal.Signal;

/// What a queue says when its descriptor is read as a file: `QSIZE:0 NOTIFY:0 SIGNO:0
/// NOTIFY_PID:0`. See mq_overview(7).
///
/// Only by a descriptor that is open anyway: to open another one for it and to close that again
/// would end the registration of this process, if it has one.
///
/// @param bytes of all messages in it
/// @param registered who is to be notified
record QueueFile(long bytes, Optional<Registered> registered) {
    private static final int TEXT_BYTES_MAX = 256;

    /// @throws OsException `EBADF` if it is open for sending only
    static QueueFile read(Fd fd, String address) throws IOException {
        int number = fd.enter();
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocate(TEXT_BYTES_MAX);
            long r = Unistd.pread(number, text, 0);
            int length = (int) OsException.check("pread", address, r);
            return parse(new String(text.toArray(JAVA_BYTE), 0, length, US_ASCII));
        } finally {
            fd.exit();
        }
    }

    private static QueueFile parse(String text) {
        var values = new HashMap<String, Long>();
        for (var field : text.strip().split("\\s+", -1)) {
            int colon = field.indexOf(':');
            values.put(field.substring(0, colon), Long.parseLong(field.substring(colon + 1)));
        }
        return new QueueFile(
                values.getOrDefault("QSIZE", 0L),
                registered(
                        values.getOrDefault("NOTIFY", 0L).intValue(),
                        values.getOrDefault("SIGNO", 0L).intValue(),
                        values.getOrDefault("NOTIFY_PID", 0L).intValue()));
    }

    /// SIGEV_SIGNAL is 0, as it is where nobody is registered.
    private static Optional<Registered> registered(int notify, int signal, int pid) {
        var bySignal = signal == 0 ? Optional.<Signal>empty() : Optional.of(Signal.of(signal));
        return switch (notify) {
            case SignalH.SIGEV_SIGNAL ->
                    bySignal.isEmpty() && pid == 0
                            ? Optional.empty()
                            : Optional.of(new Registered(pid, Way.SIGNAL, bySignal));
            case SignalH.SIGEV_THREAD -> Optional.of(new Registered(pid, Way.THREAD, bySignal));
            default -> Optional.of(new Registered(pid, Way.NOTHING, bySignal));
        };
    }
}
