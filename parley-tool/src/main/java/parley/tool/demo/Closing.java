package parley.tool.demo;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/// What one side of a mechanism has made. Closes things in the reverse of the order they were made
/// in, all of them whatever some throw, each once.
public final class Closing implements AutoCloseable {
    private final Deque<AutoCloseable> things = new ArrayDeque<>();
    private boolean isClosed;

    /// Adds a thing and returns it. After [#close] it is closed at once.
    public <T extends AutoCloseable> T add(T thing) throws IOException {
        synchronized (this) {
            things.push(thing);
            if (!isClosed) {
                return thing;
            }
        }
        close();
        throw new IllegalStateException("closed");
    }

    /// @throws IOException what the first thing threw, with the others suppressed
    @Override
    public void close() throws IOException {
        Deque<AutoCloseable> all;
        synchronized (this) {
            isClosed = true;
            all = new ArrayDeque<>(things);
            things.clear();
        }
        IOException first = null;
        for (var thing : all) {
            try {
                thing.close();
            } catch (Exception e) {
                if (first == null) {
                    first = new IOException(e.getMessage(), e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
