package parley.tool.talk;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import parley.address.FileStream;
import parley.os.Fd;
import parley.os.OsException;
import parley.process.ChildProcess;
import parley.process.Redirect;
import parley.process.Spawn;
import parley.ready.ByteSink;
import parley.ready.ByteSource;
import parley.socket.StreamSocket;
import parley.tool.Family;
import parley.tool.StandardOutput;

/// A byte stream, in one direction or both.
///
/// @param source null if it is only written
/// @param sink null if it is only read
/// @param isStandard true if it is standard input and output
/// @param child the process behind it, if there is one
record Bytes(
        @Nullable ByteSource source,
        @Nullable ByteSink sink,
        boolean isStandard,
        @Nullable ChildProcess child)
        implements Endpoint {
    static Bytes of(StreamSocket socket) {
        return new Bytes(socket, socket, false, null);
    }

    static Bytes of(ByteSource source) {
        return new Bytes(source, null, false, null);
    }

    static Bytes of(ByteSink sink) {
        return new Bytes(null, sink, false, null);
    }

    static Bytes ofStandardStreams() throws IOException {
        return new Bytes(standardInput(), standardOutput(), true, null);
    }

    // Copies: the numbers themselves stay taken when these are closed.

    static ByteSource standardInput() throws IOException {
        return FileStream.source(Fd.adopt(0).duplicate(), "standard input");
    }

    static ByteSink standardOutput() throws IOException {
        return FileStream.sink(Fd.adopt(1).duplicate(), StandardOutput.NAME);
    }

    /// The streams of a command that the shell runs.
    static Bytes ofCommand(String command, Role role) throws IOException, InterruptedException {
        boolean isRead = role.isBridge() || role.isRead();
        boolean isWritten = role.isBridge() || !role.isRead();
        var child =
                Spawn.command("sh", "-c", command)
                        .stdin(isWritten ? Redirect.pipe() : Redirect.nothing())
                        .stdout(isRead ? Redirect.pipe() : Redirect.inherit())
                        .start();
        return new Bytes(
                isRead ? child.stdout() : null, isWritten ? child.stdin() : null, false, child);
    }

    @Override
    public void endOutput() throws IOException {
        switch (sink) {
            case null -> {}
            case StreamSocket socket -> {
                try {
                    socket.shutdownOutput();
                } catch (OsException _) {
                    // The peer has gone meanwhile, and so knows it.
                }
            }
            default -> sink.close();
        }
        if (isStandard) {
            new FileOutputStream(FileDescriptor.out).close(); // the JDK puts /dev/null there
        }
    }

    @Override
    public void finish() throws IOException, InterruptedException {
        var status = child == null ? null : child.awaitExit();
        if (status != null && !status.isSuccess()) {
            throw new IOException("the command " + status);
        }
    }

    @Override
    public void close() throws IOException {
        if (source != null) {
            source.close();
        }
        if (sink != null) {
            sink.close();
        }
        if (child != null) {
            end(child);
        }
    }

    private static void end(ChildProcess child) throws IOException {
        try (child) {
            Family.end(child);
        } catch (ClosedChannelException _) {
            // It was closed before.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // they were told
        }
    }
}
