package parley.address;

import java.io.IOException;
import parley.memory.MemoryFile;
import parley.os.Fd;
import parley.pipe.PacketSink;
import parley.pipe.PipeSink;
import parley.pipe.PipeSource;
import parley.posix.PosixMessageQueue;
import parley.process.PidFd;
import parley.ready.EventFd;
import parley.socket.Socket;

/// What a descriptor leads to that this process got from another one, as the type that fits it: the
/// kernel is asked, and nobody's word is taken. To be told apart by `switch`.
public sealed interface Adopted extends AutoCloseable {
    /// Closes what it is.
    @Override
    default void close() throws IOException {
        switch (this) {
            case OfSocket(var socket) -> socket.close();
            case OfSource(var source) -> source.close();
            case OfSink(var sink) -> sink.close();
            case OfPacketSink(var sink) -> sink.close();
            case OfMemory(var file) -> file.close();
            case OfQueue(var queue) -> queue.close();
            case OfEvent(var event) -> event.close();
            case OfProcess(var process) -> process.close();
            case OfOther(var fd, _) -> fd.close();
        }
    }

    /// A socket, which a `switch` tells apart further.
    record OfSocket(Socket socket) implements Adopted {}

    /// The read end of a pipe or FIFO. Whether its writers send packets, it does not know: if they
    /// do, it is a [parley.pipe.PacketSource].
    record OfSource(PipeSource source) implements Adopted {}

    /// The write end of a pipe or FIFO.
    record OfSink(PipeSink sink) implements Adopted {}

    /// The write end of a pipe that carries packets.
    record OfPacketSink(PacketSink sink) implements Adopted {}

    /// A memory file that is sealed against shrinking, so that it can be mapped.
    record OfMemory(MemoryFile file) implements Adopted {}

    /// A POSIX message queue.
    record OfQueue(PosixMessageQueue queue) implements Adopted {}

    /// An eventfd.
    record OfEvent(EventFd event) implements Adopted {}

    /// A hold on a process.
    record OfProcess(PidFd process) implements Adopted {}

    /// Something else: a file, a device, a memory file that is not sealed against shrinking, a
    /// socket of another family or without a peer, a process that has ended.
    ///
    /// @param link what `/proc/self/fd` calls it
    record OfOther(Fd fd, String link) implements Adopted {}

    /// Finds out what a descriptor leads to.
    ///
    /// @param fd owned from now on, also if that fails
    static Adopted of(Fd fd) throws IOException {
        boolean isAdopted = false;
        try {
            var adopted = Adoption.of(fd);
            isAdopted = true;
            return adopted;
        } finally {
            if (!isAdopted) {
                fd.close();
            }
        }
    }
}
