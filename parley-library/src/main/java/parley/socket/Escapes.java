package parley.socket;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Makes names printable: a backslash and what cannot be printed becomes `\\`, `\x00`.
final class Escapes {
    private Escapes() {}

    static String escape(String text) {
        var escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            append(escaped, text.charAt(i), Character.isISOControl(text.charAt(i)));
        }
        return escaped.toString();
    }

    /// Of bytes that are UTF-8, or anything.
    static String escape(byte[] bytes) {
        try {
            var decoder = StandardCharsets.UTF_8.newDecoder();
            return escape(decoder.decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException _) {
            var escaped = new StringBuilder();
            for (byte b : bytes) {
                append(escaped, (char) Byte.toUnsignedInt(b), b < ' ' || b == 0x7f);
            }
            return escaped.toString();
        }
    }

    private static void append(StringBuilder to, char c, boolean isUnprintable) {
        if (c == '\\') {
            to.append("\\\\");
        } else if (isUnprintable) {
            to.append("\\x%02x".formatted((int) c));
        } else {
            to.append(c);
        }
    }
}
