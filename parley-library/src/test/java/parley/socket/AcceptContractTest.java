package parley.socket;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import parley.contract.WaitingContract;

/// Waiting for a connection.
final class AcceptContractTest extends WaitingContract {
    @Override
    protected Wait newWait() throws Exception {
        return new AcceptWait(UnixStreamListener.listen(SocketTest.uniqueName()));
    }

    private static final class AcceptWait implements Wait {
        private final UnixStreamListener listener;
        private final List<Closeable> open = new ArrayList<>();

        AcceptWait(UnixStreamListener listener) {
            this.listener = listener;
        }

        private synchronized void keep(Closeable connection) {
            open.add(connection);
        }

        @Override
        public void forever() throws Exception {
            keep(listener.accept());
        }

        @Override
        public boolean atMost(Duration timeout) throws Exception {
            var connection = listener.accept(timeout);
            connection.ifPresent(this::keep);
            return connection.isPresent();
        }

        @Override
        public void satisfy() throws Exception {
            keep(UnixStreamSocket.connect(listener.localAddress()));
        }

        @Override
        public void close() {
            listener.close();
        }

        @Override
        public void dispose() throws Exception {
            for (var connection : open) {
                connection.close();
            }
        }
    }
}
