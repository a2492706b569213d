package parley.os;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/// Names as they stand in addresses, which can be printed whatever their bytes are: `\\` is a
/// backslash, `\,` a comma, `\x00` one byte. All else stands for itself, in UTF-8.
public final class Spelling {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:([\\\\,])|x([0-9a-fA-F]{2}))");

    private Spelling() {}

    /// Spells a name that is text.
    public static String escape(String name) {
        return escape(name.getBytes(StandardCharsets.UTF_8));
    }

    /// Spells a name.
    public static String escape(byte[] name) {
        try {
            var decoder = StandardCharsets.UTF_8.newDecoder();
            var text = decoder.decode(ByteBuffer.wrap(name)).toString();
            return escape(text, StandardCharsets.UTF_8, Character.MAX_VALUE);
        } catch (CharacterCodingException _) {
            var text = new String(name, StandardCharsets.ISO_8859_1);
            return escape(text, StandardCharsets.ISO_8859_1, '~');
        }
    }

    private static String escape(String text, Charset charset, char last) {
        var escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' || c == ',') {
                escaped.append('\\').append(c);
            } else if (c <= last && !Character.isISOControl(c)) {
                escaped.append(c);
            } else {
                for (byte b : Character.toString(c).getBytes(charset)) {
                    escaped.append("\\x%02x".formatted(b));
                }
            }
        }
        return escaped.toString();
    }

    /// Reads a spelled name.
    ///
    /// @throws IllegalArgumentException if a backslash begins nothing that is known
    public static byte[] unescape(String text) {
        var name = new ByteArrayOutputStream();
        var matcher = ESCAPE.matcher(text);
        int from = 0;
        while (true) {
            int backslash = text.indexOf('\\', from);
            int end = backslash < 0 ? text.length() : backslash;
            name.writeBytes(text.substring(from, end).getBytes(StandardCharsets.UTF_8));
            if (backslash < 0) {
                return name.toByteArray();
            }
            if (!matcher.find(backslash) || matcher.start() != backslash) {
                throw new IllegalArgumentException(
                        "a backslash begins \\\\ (a backslash), \\, (a comma) or \\x00 (a byte)");
            }
            var character = matcher.group(1);
            name.write(
                    character == null
                            ? Integer.parseInt(matcher.group(2), 16)
                            : character.charAt(0));
            from = matcher.end();
        }
    }
}
