package parley.address;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import parley.os.FileMode;
import parley.os.Spelling;
import parley.socket.UnixAddress;
import parley.sysv.IpcKey;

/// Reads an address from left to right: the scheme, the name, options until none is left.
final class AddressParser {
    private static final String LISTEN = "listen";
    private static final String APPEND = "append";
    private static final String MODE = "mode=";
    private static final String NO_PATH = "a path has no zero byte, and is UTF-8 here";
    private static final String KNOWN =
            "known are fifo:/path, unix:/path, unix:@abstract, unix-dgram:, unix-seq:,"
                    + " tcp:host:port, udp:host:port, msg:, sem: and shm: with 0xKEY, #ID or"
                    + " /path,LETTER, mq:/name, psem:/name, pshm:/name, chan:name, file:/path,"
                    + " exec:COMMAND and -";

    /// Of objects that addresses will have, when there is something to do with them.
    private static final Set<String> LATER = Set.of("pipe", "memfd", "eventfd", "sig");

    private static final Pattern SCHEME = Pattern.compile("([a-z-]+):(.*)", Pattern.DOTALL);
    private static final Pattern DESCRIPTOR = Pattern.compile("\\d+/\\d+");
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:\\[([^\\[\\]\\s]+)]|([^:\\[\\]\\s]+)):(\\d{1,5})");
    private static final int PORT_MAX = 65535;
    private static final Pattern KEY = Pattern.compile("0x([0-9a-fA-F]{1,8})");
    private static final Pattern NUMBER = Pattern.compile("#(\\d{1,10})");
    private static final int PROJECT_ID_MAX = 255;

    private final String text;
    private String name = "";
    private List<String> options = List.of();

    AddressParser(String text) {
        this.text = text;
    }

    Address parse() {
        if (text.equals("-")) {
            return new Address.Standard();
        }
        var matcher = SCHEME.matcher(text);
        if (!matcher.matches()) {
            throw DESCRIPTOR.matcher(text).matches() ? later("PID/FD") : mistake(KNOWN);
        }
        var scheme = matcher.group(1);
        if (scheme.equals("exec")) {
            return exec(matcher.group(2));
        }
        split(matcher.group(2));
        var address =
                switch (scheme) {
                    case "fifo" -> new Address.Fifo(path(), mode());
                    case "unix" -> unix(Address.Unix.Type.STREAM);
                    case "unix-dgram" -> unix(Address.Unix.Type.DATAGRAM);
                    case "unix-seq" -> unix(Address.Unix.Type.SEQPACKET);
                    case "tcp", "udp" -> internet(scheme);
                    case "msg" -> new Address.SysvQueue(sysvName(scheme));
                    case "sem" -> new Address.SysvSemaphores(sysvName(scheme));
                    case "shm" -> new Address.SysvMemory(sysvName(scheme));
                    case "mq" -> named("/jobs", Address.PosixQueue::new);
                    case "psem" -> named("/jobs", Address.PosixSemaphore::new);
                    case "pshm" -> named("/jobs", Address.PosixMemory::new);
                    case "chan" -> named("prices", Address.Channel::new);
                    case "file" -> new Address.FilePath(path(), isGiven(APPEND));
                    default -> throw LATER.contains(scheme) ? later(scheme + ":") : mistake(KNOWN);
                };
        if (!options.isEmpty()) {
            throw mistake(
                    "no option '%s' here; a comma that is part of a name is written \\,"
                            .formatted(options.getFirst()));
        }
        return address;
    }

    private void split(String rest) {
        var parts = new ArrayList<String>();
        int start = 0;
        for (int i = 0; i < rest.length(); i++) {
            if (rest.charAt(i) == '\\') {
                i++;
            } else if (rest.charAt(i) == ',') {
                parts.add(rest.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(rest.substring(start));
        name = parts.removeFirst();
        options = parts;
    }

    private Address exec(String command) {
        if (command.isBlank()) {
            throw mistake("a command for the shell stands after 'exec:', as in exec:'sort -u'");
        }
        return new Address.Exec(command);
    }

    private Address unix(Address.Unix.Type type) {
        var socket =
                name.startsWith("@")
                        ? UnixAddress.abstractName(bytes(name.substring(1)))
                        : UnixAddress.path(path());
        boolean listens = isGiven(LISTEN);
        var mode = mode();
        if (mode.isPresent() && !listens) {
            throw mistake("a mode is for the side that makes the file: add ',listen'");
        }
        return new Address.Unix(type, socket, listens, mode);
    }

    private Address internet(String scheme) {
        var matcher = HOST_AND_PORT.matcher(name);
        if (!matcher.matches()) {
            throw mistake(
                    "expected %1$s:host:port, such as %1$s:127.0.0.1:4242 or %1$s:[::1]:4242"
                            .formatted(scheme));
        }
        var host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        int port = port(matcher);
        boolean listens = isGiven(LISTEN);
        if (port == 0 && !listens) {
            throw mistake("port 0 is any free one, for the side that listens only");
        }
        return scheme.equals("tcp")
                ? new Address.Tcp(host, port, listens)
                : new Address.Udp(host, port, listens);
    }

    private int port(Matcher matcher) {
        int port = Integer.parseInt(matcher.group(3));
        if (port > PORT_MAX) {
            throw mistake("a port is at most " + PORT_MAX);
        }
        return port;
    }

    private SysvName sysvName(String scheme) {
        if (name.equals(SysvName.ByKey.PRIVATE)) {
            return new SysvName.ByKey(IpcKey.PRIVATE);
        }
        var key = KEY.matcher(name);
        if (key.matches()) {
            int value = Integer.parseUnsignedInt(key.group(1), 16);
            if (value == IpcKey.PRIVATE.value()) {
                throw mistake("0 is no key; one without a key is made as " + scheme + ":private");
            }
            return new SysvName.ByKey(IpcKey.of(value));
        }
        var number = NUMBER.matcher(name);
        if (number.matches()) {
            long id = Long.parseLong(number.group(1));
            if (id > Integer.MAX_VALUE) {
                throw mistake("an id is at most " + Integer.MAX_VALUE);
            }
            return new SysvName.ById((int) id);
        }
        if (!name.contains("/") || options.isEmpty()) {
            throw mistake(
                    ("expected a key, %1$s:0x2a01; an id as of ipcs, %1$s:#7; a file and a letter"
                                    + " for ftok, %1$s:/path,A; or %1$s:private")
                            .formatted(scheme));
        }
        return new SysvName.ByFile(path(), projectId(options.removeFirst()));
    }

    private int projectId(String word) {
        if (word.length() == 1 && SysvName.ByFile.isSpelledAsLetter(word.charAt(0))) {
            return word.charAt(0);
        }
        var number = NUMBER.matcher(word);
        long id = number.matches() ? Long.parseLong(number.group(1)) : 0;
        if (id < 1 || id > PROJECT_ID_MAX) {
            throw mistake("after the file stands a letter or digit, or #1 to #255, for ftok");
        }
        return (int) id;
    }

    private Address named(String example, Function<String, Address> kind) {
        if (name.isEmpty()) {
            throw mistake("a name stands after the colon, such as " + example);
        }
        try {
            return kind.apply(text());
        } catch (IllegalArgumentException e) {
            throw mistake(e.getMessage());
        }
    }

    private Path path() {
        if (name.isEmpty()) {
            throw mistake("a path stands after the colon, such as /tmp/name");
        }
        try {
            return Path.of(text());
        } catch (InvalidPathException _) {
            throw mistake(NO_PATH);
        }
    }

    private String text() {
        try {
            var decoder = StandardCharsets.UTF_8.newDecoder();
            return decoder.decode(ByteBuffer.wrap(bytes(name))).toString();
        } catch (CharacterCodingException _) {
            throw mistake(NO_PATH);
        }
    }

    private byte[] bytes(String spelled) {
        try {
            return Spelling.unescape(spelled);
        } catch (IllegalArgumentException e) {
            throw mistake(e.getMessage());
        }
    }

    private boolean isGiven(String option) {
        return options.remove(option);
    }

    private Optional<FileMode> mode() {
        var given = options.stream().filter(option -> option.startsWith(MODE)).findFirst();
        given.ifPresent(options::remove);
        try {
            return given.map(option -> FileMode.parse(option.substring(MODE.length())));
        } catch (IllegalArgumentException e) {
            throw mistake(e.getMessage());
        }
    }

    private IllegalArgumentException later(String scheme) {
        return mistake(scheme + " is not yet known to this version; " + KNOWN);
    }

    private IllegalArgumentException mistake(@Nullable String expected) {
        return new IllegalArgumentException("'" + text + "' is no address: " + expected);
    }
}
