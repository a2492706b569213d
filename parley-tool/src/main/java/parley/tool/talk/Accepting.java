package parley.tool.talk;

import java.io.Closeable;
import java.io.IOException;
import parley.socket.Listener;
import parley.socket.StreamSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.tool.Patience;

/// A listener and its name.
record Accepting(Listener<?> listener, Closeable name) implements Place {
    @Override
    public boolean accepts() {
        return true;
    }

    @Override
    public Endpoint open(Patience patience) throws IOException, InterruptedException {
        var accepted = listener.accept(patience.left()).orElseThrow(patience::over);
        return switch (accepted) {
            case StreamSocket stream -> Bytes.of(stream);
            case UnixSeqpacketSocket seqpacket -> Messages.connected(seqpacket);
            default -> throw new AssertionError(accepted);
        };
    }

    @Override
    public void leave() throws IOException {
        name.close();
        listener.close();
    }
}
