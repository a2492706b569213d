package parley.bench.transports;

/// One end of a transport.
interface End {
    /// Sends all of a message.
    void send(Message message) throws Exception;

    /// Receives a message of the length that there is room for, waiting until all of it is there.
    void receive(Message message) throws Exception;
}
