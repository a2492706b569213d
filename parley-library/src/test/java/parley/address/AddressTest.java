package parley.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import parley.channel.MessageChannel;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.socket.UnixAddress;

class AddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fifo:/tmp/f",
                "fifo:/tmp/f,mode=0660",
                "unix:/run/s",
                "unix:/run/s,listen",
                "unix:/run/s,listen,mode=0666",
                "unix:@name",
                "unix:@",
                "unix:./@file",
                "unix-dgram:@a\\x00b\\xff",
                "unix-seq:relative/ü s,listen",
                "unix:/tmp/a\\,listen,listen",
                "unix:@a\\\\b\\,c",
                "fifo:/tmp/tab\\x09",
                "fifo:/tmp/\\xc2\\x85",
                "tcp:localhost:80",
                "tcp:[::1]:80,listen",
                "tcp:0.0.0.0:0,listen",
                "udp:[fe80::1%eth0]:53",
                "msg:0x2a01",
                "sem:0xffffffff",
                "shm:#7",
                "shm:#2147483647",
                "msg:private",
                "shm:/etc/hosts,A",
                "sem:./a\\,b,#200",
                "mq:/jobs",
                "psem:/a b\\,c",
                "pshm:/table",
                "chan:prices",
                "chan:a b\\,ü",
                "file:/etc/hosts",
                "file:/tmp/log,append",
                "exec:sort -u | awk '{print $1,$2}',listen",
                "-",
            })
    void theSpellingComesBack(String text) {
        var address = Address.parse(text);
        assertEquals(text, address.toString());
        assertEquals(address, Address.parse(address.toString()));
    }

    @Test
    void thePartsAreFound() {
        var mode = Optional.of(new FileMode(0640));
        assertEquals(
                new Address.Unix(
                        Address.Unix.Type.SEQPACKET,
                        UnixAddress.path(Path.of("/tmp/a,b\\c")),
                        true,
                        mode),
                Address.parse("unix-seq:/tmp/a\\x2cb\\\\c,mode=640,listen"));
        assertEquals(
                new Address.Unix(
                        Address.Unix.Type.STREAM,
                        UnixAddress.abstractName(new byte[] {'n', 0, (byte) 0xfe}),
                        false,
                        Optional.empty()),
                Address.parse("unix:@n\\x00\\xfe"));
        assertEquals(new Address.Udp("::1", 53, false), Address.parse("udp:[::1]:53"));
        assertEquals(new Address.Exec("a,listen"), Address.parse("exec:a,listen"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|known are fifo:/path",
                "/tmp/f|known are fifo:/path",
                "foo:/tmp/f|known are fifo:/path",
                "msg:|expected a key, msg:0x2a01; an id as of ipcs, msg:#7; a file and a letter",
                "msg:/etc/hosts|expected a key, msg:0x2a01",
                "msg:2a01|expected a key, msg:0x2a01",
                "msg:0x123456789|expected a key, msg:0x2a01",
                "sem:0x0|0 is no key; one without a key is made as sem:private",
                "shm:/etc/hosts,AB|after the file stands a letter or digit, or #1 to #255",
                "shm:/etc/hosts,#256|after the file stands a letter or digit, or #1 to #255",
                "shm:#2147483648|an id is at most 2147483647",
                "shm:#7,A|no option 'A' here",
                "mq:jobs|a name is a slash and then no other, such as /jobs",
                "mq:|a name stands after the colon, such as /jobs",
                "psem:/a/b|a name is a slash and then no other",
                "chan:|a name stands after the colon, such as prices",
                "chan:/prices|no slash, and no dot at its beginning, such as chan:prices",
                "chan:.prices|no slash, and no dot at its beginning",
                "chan:a\\x00b|no slash, and no dot at its beginning",
                "chan:prices,4|no option '4' here",
                "pipe:[7]|pipe: is not yet known to this version",
                "134/5|PID/FD is not yet known to this version",
                "fifo:|a path stands after the colon",
                "unix:|a path stands after the colon",
                "unix:/tmp/s,lisen|no option 'lisen' here; a comma that is part of a name",
                "unix:/tmp/s,|no option '' here",
                "unix:/tmp/s,listen,listen|no option 'listen'",
                "unix:/tmp/s,mode=600|add ',listen'",
                "fifo:/f,mode=9|not a mode such as 0600",
                "fifo:/f,listen|no option 'listen' here",
                "fifo:/tmp/a\\b|a backslash begins",
                "fifo:/tmp/a\\|a backslash begins",
                "fifo:/tmp/a\\x0|a backslash begins",
                "fifo:/tmp/a\\x00b|a path has no zero byte",
                "fifo:/tmp/a\\xff|a path has no zero byte, and is UTF-8",
                "tcp:80|expected tcp:host:port, such as tcp:127.0.0.1:4242 or tcp:[::1]:4242",
                "tcp::80|expected tcp:host:port",
                "tcp:::1:80|expected tcp:host:port",
                "udp:host:http|expected udp:host:port",
                "tcp:host:65536|a port is at most 65535",
                "tcp:host:0|port 0 is any free one",
                "tcp:host:80,mode=600|no option 'mode=600' here",
                "exec: |a command for the shell",
            })
    void aMistakeSaysWhatWasExpected(String text, String expected) {
        var e = assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
        var message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("'" + text + "' is no address: "), message);
        assertTrue(message.contains(expected), message);
    }

    /// A name that no channel can have is no name of an address.
    @ParameterizedTest
    @ValueSource(ints = {1, 200, 201})
    void aChannelsNameMayBeAsLongAsItsFilesMay(int bytes) throws Exception {
        var name = "~".repeat(bytes);
        if (bytes <= 200) {
            assertEquals(new Address.Channel(name), Address.parse("chan:" + name));
            assertThrows(NotFoundException.class, () -> MessageChannel.open(name));
        } else {
            assertThrows(IllegalArgumentException.class, () -> new Address.Channel(name));
            assertThrows(IllegalArgumentException.class, () -> MessageChannel.open(name));
        }
    }

    @Test
    void aNameThatIsTooLongSaysHowLongItMayBe() {
        for (var end :
                Map.of("/" + "x".repeat(4095), 4095, "@" + "x".repeat(108), 107).entrySet()) {
            var text = "unix:" + end.getKey();
            var e = assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
            var expected = end.getValue() + " bytes";
            assertTrue(String.valueOf(e.getMessage()).contains(expected), e.getMessage());
        }
    }
}
