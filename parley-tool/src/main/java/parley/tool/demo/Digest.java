package parley.tool.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The checksum that tells whether every byte arrived.
final class Digest {
    private static final String ALGORITHM = "SHA-256";

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int WARM_UP_BYTES = 32 << 20;

    private Digest() {}

    /// A checksum, in hexadecimal digits, and of how many bytes it is.
    record Result(String checksum, long bytes) {}

    /// The checksum of a file's first bytes.
    ///
    /// @param bytesMax how many, if there are as many
    static Result of(FileChannel file, long bytesMax) throws IOException {
        var digest = start();
        var buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
        long position = 0;
        while (position < bytesMax) {
            buffer.clear().limit((int) Math.min(CHUNK_BYTES, bytesMax - position));
            if (file.read(buffer, position) < 0) {
                break;
            }
            position += buffer.flip().remaining();
            digest.update(buffer);
        }
        return new Result(hexadecimal(digest), position);
    }

    /// Ends a checksum.
    static String hexadecimal(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Lets the JVM compile the checksum, which would otherwise be measured with the first
    /// mechanism.
    static void warmUp() {
        var digest = start();
        var buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
        for (int i = 0; i < WARM_UP_BYTES / CHUNK_BYTES; i++) {
            digest.update(buffer.clear());
        }
    }

    static MessageDigest start() {
        try {
            return MessageDigest.getInstance(ALGORITHM);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }
}
