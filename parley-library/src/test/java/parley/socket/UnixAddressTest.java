package parley.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class UnixAddressTest {
    private static final byte[] NO_TEXT = {'a', 0, (byte) 0xff, '\\', '\n'};

    @Test
    void namesArePrintedAsAddresses() {
        assertEquals("/run/x", UnixAddress.path(Path.of("/run/x")).toString());
        assertEquals("/run/\\x0a\\\\", UnixAddress.path(Path.of("/run/\n\\")).toString());
        assertEquals("./@x", UnixAddress.path(Path.of("@x")).toString());
        assertEquals(
                "/run/a\\,b\\xc2\\x85", UnixAddress.path(Path.of("/run/a,b\u0085")).toString());
        assertEquals("@größe", UnixAddress.abstractName("größe").toString());
        assertEquals("@a\\x00\\xff\\\\\\x0a", UnixAddress.abstractName(NO_TEXT).toString());
        assertEquals("(unnamed)", UnixAddress.UNNAMED.toString());
    }

    @Test
    void namesAreEqualByContent() {
        assertEquals(UnixAddress.abstractName("a"), UnixAddress.abstractName("a"));
        assertEquals(
                UnixAddress.abstractName("a").hashCode(), UnixAddress.abstractName("a").hashCode());
        assertNotEquals(UnixAddress.abstractName("a"), UnixAddress.abstractName("a\0"));
        assertNotEquals(UnixAddress.abstractName("a"), UnixAddress.path(Path.of("a")));
    }

    @Test
    void anAbstractNameCannotBeChangedFromOutside() {
        var bytes = new byte[] {'a'};
        var address = new UnixAddress.AbstractAddress(bytes);
        bytes[0] = 'b';
        address.name()[0] = 'c';
        assertEquals("@a", address.toString());
    }

    @Test
    void aNameTooLongIsRefusedWithItsLength() {
        var path = Path.of("/" + "x".repeat(4095));
        var e = assertThrows(IllegalArgumentException.class, () -> UnixAddress.path(path));
        assertTrue(e.getMessage().contains("1 to 4095 bytes, not 4096"), e.getMessage());
        var name = "x".repeat(108);
        e = assertThrows(IllegalArgumentException.class, () -> UnixAddress.abstractName(name));
        assertTrue(e.getMessage().contains("at most 107 bytes, not 108"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> UnixAddress.path(Path.of("")));
    }

    @Test
    void theKernelsFormAndBackIsTheSame() {
        for (var address :
                new UnixAddress[] {
                    UnixAddress.path(Path.of("/run/größe")),
                    UnixAddress.path(Path.of("/" + "x".repeat(106))),
                    new UnixAddress.PathAddress(Path.of("/" + "x".repeat(107))),
                    UnixAddress.abstractName(NO_TEXT),
                    UnixAddress.abstractName(""),
                    UnixAddress.abstractName("x".repeat(107)),
                }) {
            try (var arena = Arena.ofConfined()) {
                var name = UnixNames.encode(address, arena);
                assertEquals(address, UnixNames.decode(name, (int) name.byteSize()));
            }
        }
    }

    @Test
    void noNameIsNothingToEncode() {
        try (var arena = Arena.ofConfined()) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> UnixNames.encode(UnixAddress.UNNAMED, arena));
            assertEquals(UnixAddress.UNNAMED, UnixNames.decode(arena.allocate(110), 2));
        }
    }
}
