package parley.socket;

import org.junit.jupiter.api.Test;
import parley.contract.Allocations;

/// A message that does not have to wait allocates nothing.
class AllocationTest extends SocketTest {
    @Test
    void seqpacket() throws Throwable {
        try (var pair = UnixSeqpacketSocket.pair()) {
            var message = room(100);
            Allocations.assertNone(() -> {
                pair.first().send(message);
                var _ = pair.second().receive(message);
                var _ = pair.second().tryReceive(message);
            });
        }
    }

    @Test
    void datagram() throws Throwable {
        try (var pair = UnixDatagramSocket.pair()) {
            var message = room(100);
            Allocations.assertNone(() -> {
                var _ = pair.first().trySend(message);
                var _ = pair.second().receive(message);
            });
        }
    }

    @Test
    void stream() throws Throwable {
        try (var pair = UnixStreamSocket.pair()) {
            var message = room(100);
            Allocations.assertNone(() -> {
                pair.first().write(message);
                var _ = pair.second().read(message);
                var _ = pair.first().tryWrite(message);
                var _ = pair.second().read(message);
            });
        }
    }
}
