package parley.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import parley.contract.Unique;
import parley.memory.MemoryFile;
import parley.memory.Seal;
import parley.os.Fd;
import parley.pipe.PacketPipe;
import parley.pipe.Pipe;
import parley.posix.PosixMessageQueue;
import parley.process.PidFd;
import parley.process.Spawn;
import parley.ready.EventFd;
import parley.ready.TimerFd;
import parley.socket.ControlMessage;
import parley.socket.TcpListener;
import parley.socket.UdpSocket;
import parley.socket.UnixSeqpacketSocket;
import parley.socket.UnixStreamSocket;

/// Descriptors that travel over a Unix socket, as those of other processes do, and are what they
/// were.
@SuppressWarnings("try") // closing early is part of the tests
final class AdoptedTest {
    /// Something that has a descriptor.
    interface Made {
        Fd fd(List<AutoCloseable> toClose) throws Exception;
    }

    private static Arguments made(Class<?> type, Made made) {
        return Arguments.of(type, made);
    }

    private static <T extends AutoCloseable> Made of(T thing, Function<T, Fd> fd) {
        return toClose -> {
            toClose.add(thing);
            return fd.apply(thing);
        };
    }

    static Stream<Arguments> things() throws Exception {
        var name = "/" + Unique.name("adopted");
        var queue = PosixMessageQueue.create(name);
        PosixMessageQueue.unlink(name);
        return Stream.of(
                made(Adopted.OfSource.class, of(Pipe.create(), pipe -> pipe.source().fd())),
                made(Adopted.OfSink.class, of(Pipe.create(), pipe -> pipe.sink().fd())),
                made(Adopted.OfSource.class, of(PacketPipe.create(), pipe -> pipe.source().fd())),
                made(Adopted.OfPacketSink.class, of(PacketPipe.create(), pipe -> pipe.sink().fd())),
                made(Adopted.OfMemory.class, of(MemoryFile.create("x", 4096), MemoryFile::fd)),
                made(
                        Adopted.OfOther.class,
                        of(
                                MemoryFile.create("x", 4096, EnumSet.noneOf(Seal.class)),
                                MemoryFile::fd)),
                made(Adopted.OfQueue.class, of(queue, PosixMessageQueue::fd)),
                made(Adopted.OfEvent.class, of(EventFd.create(), EventFd::fd)),
                made(Adopted.OfOther.class, of(TimerFd.create(), TimerFd::fd)),
                made(
                        Adopted.OfProcess.class,
                        of(PidFd.open(ProcessHandle.current().pid()), PidFd::fd)),
                made(
                        Adopted.OfSocket.class,
                        of(UnixSeqpacketSocket.pair(), pair -> pair.first().fd())),
                made(Adopted.OfSocket.class, of(TcpListener.listenOnLoopback(0), TcpListener::fd)),
                made(Adopted.OfSocket.class, of(UdpSocket.boundToLoopback(0), UdpSocket::fd)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("things")
    void aDescriptorIsWhatTheKernelSays(Class<?> type, Made made) throws Exception {
        var toClose = new ArrayList<AutoCloseable>();
        try {
            try (var adopted = Adopted.of(sent(made.fd(toClose)))) {
                assertInstanceOf(type, adopted);
            }
        } finally {
            for (var thing : toClose) {
                thing.close();
            }
        }
    }

    /// The same open file, over a socket.
    private static Fd sent(Fd fd) throws IOException {
        try (var pair = UnixStreamSocket.pair();
                var arena = Arena.ofConfined()) {
            var descriptors = ControlMessage.Descriptors.of(fd);
            pair.first().send(arena.allocate(1), List.of(descriptors));
            try (var message = pair.second().receiveMessage(arena.allocate(1))) {
                return message.takeDescriptors().getFirst();
            }
        }
    }

    @Test
    void aFileIsSomethingElse(@TempDir Path directory) throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        try (var adopted = Adopted.of(Fd.openToRead(file))) {
            assertEquals(file.toString(), assertInstanceOf(Adopted.OfOther.class, adopted).link());
        }
    }

    @Test
    void aProcessThatHasEndedIsSomethingElse() throws Exception {
        try (var child = Spawn.command("true").start()) {
            var process = child.pidFd().fd().duplicate();
            child.awaitExit();
            try (var adopted = Adopted.of(process)) {
                var other = assertInstanceOf(Adopted.OfOther.class, adopted);
                assertEquals("anon_inode:[pidfd]", other.link());
                assertTrue(other.fd().isOpen());
            }
        }
    }

    @Test
    void whatIsClosedCannotBeAdopted() throws Exception {
        var pipe = Pipe.create();
        pipe.close();
        assertThrows(ClosedChannelException.class, () -> Adopted.of(pipe.source().fd()));
    }
}
