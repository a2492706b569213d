package parley.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import parley.contract.Unique;
import parley.shm.BadRegionException;
import parley.shm.SharedRegion;

/// A channel of any kind that all have left is found and removed by who opens it next.
class OpenOrReplaceTest {
    private static final int SMALL = 4096;
    private static final int LARGE = 8192;

    private final String name = Unique.name("replaced");

    @AfterEach
    void unlink() throws IOException {
        SharedRegion.unlink(name);
    }

    /// Opens one, or makes it of a size.
    private interface Opening {
        Opened open(int size) throws IOException;
    }

    /// One that is open, and how large it is.
    private record Opened(Object size, Runnable close) {}

    /// Once all have closed it.
    private static void assertAnother(Opening opening) throws IOException {
        var first = opening.open(SMALL);
        var same = opening.open(LARGE);
        assertEquals(first.size, same.size);
        first.close.run();
        same.close.run();
        var other = opening.open(LARGE);
        assertNotEquals(first.size, other.size);
        other.close.run();
    }

    @Test
    void messages() throws Exception {
        assertAnother(size -> {
            var wanted = MessageChannel.Size.ofOneSender(size);
            var channel = MessageChannel.openOrReplace(name, wanted);
            return new Opened(channel.size(), channel::close);
        });
    }

    @Test
    void bytes() throws Exception {
        assertAnother(size -> {
            var pipe = BytePipe.openOrReplace(name, size);
            return new Opened(pipe.status().ring().capacity(), pipe::close);
        });
    }

    @Test
    void broadcasts() throws Exception {
        assertAnother(size -> {
            var wanted = new Broadcast.Size(2, size, Broadcast.Size.DEFAULT.whenSlow());
            var broadcast = Broadcast.openOrReplace(name, wanted);
            return new Opened(broadcast.status().size(), broadcast::close);
        });
    }

    @Test
    void mailboxes() throws Exception {
        assertAnother(size -> {
            var mailbox = Mailbox.openOrReplace(name, new Mailbox.Size(16, size));
            return new Opened(mailbox.status().size(), mailbox::close);
        });
    }

    @Test
    void requests() throws Exception {
        assertAnother(size -> {
            var wanted = new RequestChannel.Size(2, size, size);
            var channel = RequestChannel.openOrReplace(name, wanted);
            return new Opened(channel.status().size(), channel::close);
        });
    }

    /// A name of another kind is left alone.
    @Test
    void unlinkTakesNoNameOfAnotherKind() throws Exception {
        BytePipe.create(name, SMALL).close();
        assertThrows(BadRegionException.class, () -> MessageChannel.unlink(name));
        assertThrows(BadRegionException.class, () -> Broadcast.unlink(name));
        assertThrows(BadRegionException.class, () -> Mailbox.unlink(name));
        assertThrows(BadRegionException.class, () -> RequestChannel.unlink(name));
        BytePipe.unlink(name);
        MessageChannel.create(name, MessageChannel.Size.DEFAULT).close();
        assertThrows(BadRegionException.class, () -> BytePipe.unlink(name));
    }
}
