package parley.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The time of recvmmsg(2), which Parley does not use: it is looked at only after a message.
final class RecvmmsgTest {
    private static final Function RECVMMSG = Function.of("recvmmsg");
    private static final int EINVAL = 22;

    @Test
    @DisplayName("UNIX-074 times that cannot be are refused")
    void timesThatCannotBe() {
        int number = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_DGRAM, 0);
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(Time.TIMESPEC);
            var messages = arena.allocate(SysSocket.MMSGHDR);
            for (long[] fields : new long[][] {{-1, 0}, {0, 1_000_000_001}}) {
                time.set(JAVA_LONG, 0, fields[0]);
                time.set(JAVA_LONG, Long.BYTES, fields[1]);
                int r = RECVMMSG.pass(number, messages, 1, 0, time.address());
                assertEquals(-EINVAL, r);
            }
        }
        assertEquals(0, Unistd.close(number));
    }
}
