package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.channel.RequestChannel;
import parley.contract.ThreadKind;
import parley.contract.Unique;
import parley.os.Credentials;

/// A program in C, written from the page of the layout, calls this one.
@Timeout(600)
class RequestsFromCTest {
    private static final int TIMES = 50_000;

    @TempDir private Path directory;

    @Test
    void aProgramInCCallsAndIsAnswered() throws Exception {
        var name = Unique.name("calls");
        var file = "/dev/shm/parley-" + Credentials.own().uid() + "/" + name;
        var program = CPeer.compile(directory);
        try (var channel = RequestChannel.create(name, new RequestChannel.Size(2, 256, 512));
                var server = channel.server()) {
            var count = new AtomicInteger();
            var serving =
                    ThreadKind.PLATFORM.start(() -> {
                        server.serve(request -> {
                            int number = count.getAndIncrement();
                            var answer = request.bytes();
                            for (int i = 0; i < answer.length; i++) {
                                answer[i] = (byte) ~answer[i];
                            }
                            for (int i = 0; i < 3 && number % 2 == 0; i++) {
                                assertTrue(request.part(answer));
                            }
                            return answer;
                        });
                        return true;
                    });
            try (var peer = CPeer.start(program, "call", file, 0, TIMES)) {
                assertEquals("done", peer.line());
            }
            assertEquals(TIMES, count.get());
            channel.client().close(); // of the same lane
            serving.interrupt();
            assertThrows(InterruptedException.class, serving::result);
        } finally {
            RequestChannel.unlink(name);
        }
    }
}
