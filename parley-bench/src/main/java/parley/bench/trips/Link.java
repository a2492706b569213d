package parley.bench.trips;

/// One end of something over which a small message goes there and back.
public interface Link {
    /// Sends a message.
    void send() throws Exception;

    /// Receives a message, waiting until there is one.
    void receive() throws Exception;

    /// Makes round trips.
    ///
    /// @return the nanoseconds of each
    default long[] trips(int count) throws Exception {
        var nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            send();
            receive();
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    /// Sends back what comes.
    default void echo(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            receive();
            send();
        }
    }

    /// The other way round: receives where this one sends.
    default Link reversed() {
        var link = this;
        return new Link() {
            @Override
            public void send() throws Exception {
                link.receive();
            }

            @Override
            public void receive() throws Exception {
                link.send();
            }
        };
    }
}
