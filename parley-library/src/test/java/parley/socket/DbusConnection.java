package parley.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import parley.os.Credentials;
import parley.os.Fd;
import parley.socket.ControlMessage.Descriptors;

/// A client of dbus-daemon: as much of the D-Bus specification as its test needs.
final class DbusConnection implements AutoCloseable {
    static final String DAEMON = "org.freedesktop.DBus";

    private static final int METHOD_CALL = 1;
    private static final int METHOD_RETURN = 2;
    private static final int ERROR = 3;
    private static final int FIXED_BYTES = 16; // of a message's header
    private static final int BODY_LENGTH_AT = 4;
    private static final int FIELDS_LENGTH_AT = 12;
    private static final int MESSAGE_BYTES_MAX = 1000;

    private final UnixStreamSocket socket;
    private final Arena arena = Arena.ofShared();
    private int serial;

    private DbusConnection(UnixStreamSocket socket) {
        this.socket = socket;
    }

    /// A message that came.
    record Message(int type, ByteBuffer body, List<Fd> fds) {
        /// Its first value, which has to be a string.
        String text() {
            var bytes = new byte[body.getInt(0)];
            body.get(Integer.BYTES, bytes);
            return new String(bytes, UTF_8);
        }
    }

    /// Connects, and says who we are as the kernel does.
    static DbusConnection connect(UnixAddress address) throws IOException, InterruptedException {
        var connection = new DbusConnection(UnixStreamSocket.connect(address));
        var uid = HexFormat.of().formatHex(("" + Credentials.own().uid()).getBytes(UTF_8));
        connection.socket.write(SocketTest.bytes("\0AUTH EXTERNAL " + uid + "\r\n"));
        assertEquals("OK", connection.line().substring(0, 2));
        connection.socket.write(SocketTest.bytes("NEGOTIATE_UNIX_FD\r\n"));
        assertEquals("AGREE_UNIX_FD", connection.line());
        connection.socket.write(SocketTest.bytes("BEGIN\r\n"));
        return connection;
    }

    private String line() throws IOException {
        var input = socket.inputStream();
        var line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            int c = input.read();
            assertFalse(c < 0, line.toString());
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /// Calls a method of a bus name, with a descriptor or without.
    void call(String destination, String method, Fd... fds) throws IOException {
        var fields = buffer();
        field(fields, 1, "o", "/org/freedesktop/DBus");
        field(fields, 2, "s", DAEMON);
        field(fields, 3, "s", method);
        field(fields, 6, "s", destination);
        if (fds.length > 0) {
            field(fields, 8, "g", "h");
            align(fields).put((byte) 9).put((byte) 1).put((byte) 'u').put((byte) 0);
            fields.putInt(fds.length); // UNIX_FDS
        }
        serial++;
        int bodyLength = fds.length > 0 ? Integer.BYTES : 0;
        var message = buffer();
        message.put((byte) 'l').put((byte) METHOD_CALL).put((byte) 0).put((byte) 1);
        message.putInt(bodyLength).putInt(serial).putInt(fields.position()).put(fields.flip());
        align(message);
        if (fds.length > 0) {
            message.putInt(0); // the first descriptor
        }
        var bytes = MemorySegment.ofBuffer(message.flip());
        socket.send(bytes, fds.length > 0 ? List.of(Descriptors.of(fds)) : List.of());
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(MESSAGE_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void field(ByteBuffer to, int code, String type, String value) {
        align(to).put((byte) code).put((byte) 1).put((byte) type.charAt(0)).put((byte) 0);
        if (type.equals("g")) {
            to.put((byte) value.length());
        } else {
            to.putInt(value.length());
        }
        to.put(value.getBytes(UTF_8)).put((byte) 0);
    }

    private static ByteBuffer align(ByteBuffer buffer) {
        return buffer.position(aligned(buffer.position()));
    }

    private static int aligned(int position) {
        return (position + 7) & -8;
    }

    /// The answer to a call; signals before it are passed over.
    Message answer() throws IOException {
        return receive(METHOD_RETURN);
    }

    /// The next call from somebody else.
    Message called() throws IOException {
        return receive(METHOD_CALL);
    }

    private Message receive(int type) throws IOException {
        while (true) {
            var head = arena.allocate(FIXED_BYTES);
            try (var received = socket.receiveMessage(head)) {
                readFully(head.asSlice(received.length()));
                var header = head.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
                int fields = aligned(header.getInt(FIELDS_LENGTH_AT));
                var rest = arena.allocate(fields + header.getInt(BODY_LENGTH_AT));
                readFully(rest);
                var body = rest.asSlice(fields).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
                var message = new Message(header.get(1), body, received.takeDescriptors());
                assertNotEquals(ERROR, message.type(), message::text);
                if (message.type() == type) {
                    return message;
                }
            }
        }
    }

    private void readFully(MemorySegment into) throws IOException {
        for (long at = 0; at < into.byteSize(); ) {
            int count = socket.read(into.asSlice(at));
            assertFalse(count < 0, "the daemon closed the connection");
            at += count;
        }
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
