package parley.tool.talk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import parley.ready.MessageSink;
import parley.ready.MessageSource;
import parley.ready.Outcome;
import parley.tool.Patience;

/// Something that carries messages, and is received from or sent to in each talk.
///
/// @param source null if it is sent to
/// @param sink null if it is received from
/// @param object what is closed in the end
record OneWay(
        @Nullable MessageSource source,
        @Nullable MessageSink sink,
        int messageBytesMax,
        Closing object)
        implements MessageEnd {
    /// Closes the whole of it.
    interface Closing {
        void close();
    }

    @Override
    public void send(MemorySegment message) throws IOException, InterruptedException {
        var _ = send(message, Patience.EVER);
    }

    /// False if there was no room in time.
    boolean send(MemorySegment message, Duration timeout) throws IOException, InterruptedException {
        if (sink == null) {
            throw new IllegalStateException("received from: " + object);
        }
        return sink.send(message, timeout);
    }

    @Override
    public int receive(MemorySegment into) throws IOException, InterruptedException {
        return receive(into, new Patience());
    }

    /// Waits for the next message.
    ///
    /// @throws parley.tool.OutOfTime if it would take longer than it may
    int receive(MemorySegment into, Patience patience) throws IOException, InterruptedException {
        if (source == null) {
            return Outcome.END;
        }
        int length = source.receive(into, patience.left());
        if (length == Outcome.NOTHING) {
            throw patience.over();
        }
        return length;
    }

    /// There is no end to tell; what is received from stays as it is.
    @Override
    public void endOutput() {
        if (sink != null) {
            close();
        }
    }

    @Override
    public void close() {
        object.close();
    }
}
