package parley.shm;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.contract.Unique;
import parley.memory.MemoryFile;
import parley.memory.Protection;
import parley.memory.Seal;
import parley.os.Credentials;
import parley.os.FileMode;

/// Whichever way a region is opened, a header that is not right in each bit is refused.
@Timeout(120)
class DamagedHeadersTest {
    private static final long LAYOUT = 0x7a11;

    /// A way to open what somebody else has made.
    enum Opening {
        BY_NAME {
            @Override
            AutoCloseable open(byte[] content, long layout) throws IOException {
                var name = Unique.name("damaged");
                var file = Path.of("/dev/shm/parley-" + Credentials.own().uid(), name);
                try (var folder = RegionFolder.open();
                        var made = folder.openUnnamed(name)) {
                    folder.publish(made, name);
                    Files.write(file, content);
                    return SharedRegion.open(name, layout);
                } finally {
                    Files.delete(file);
                }
            }
        },
        BY_DESCRIPTOR {
            @Override
            AutoCloseable open(byte[] content, long layout) throws IOException {
                return SharedRegion.of(sealed(content).fd(), layout);
            }
        },
        TO_LOOK_AT {
            @Override
            AutoCloseable open(byte[] content, long layout) throws IOException {
                return RegionView.of(sealed(content).fd(), layout);
            }
        };

        abstract AutoCloseable open(byte[] content, long layout) throws IOException;

        static MemoryFile sealed(byte[] content) throws IOException {
            var file = MemoryFile.create("damaged", content.length, Set.of(Seal.SHRINK, Seal.GROW));
            FileMode.OWNER_ONLY.applyTo(file.fd(), "damaged");
            try (var mapping = file.map(Protection.READ_WRITE)) {
                mapping.segment().asByteBuffer().put(content);
            }
            return file;
        }
    }

    @ParameterizedTest
    @EnumSource
    void isRefused(Opening opening) throws Exception {
        var layout = RegionLayout.of(LAYOUT, 1000);
        var whole = Arrays.copyOf(layout.header(), (int) layout.bytes());
        for (int bit = 0; bit < 8 * RegionLayout.HEADER_BYTES; bit++) {
            var damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefused(opening, damaged, LAYOUT, "bit " + bit);
        }
        for (int length : new int[] {1, 63, 64, 4096, whole.length - 1, whole.length + 1}) {
            assertRefused(opening, Arrays.copyOf(whole, length), LAYOUT, length + " bytes");
        }
        var said = assertRefused(opening, whole, 5, "layout 5");
        assertTrue(said.contains("has layout 31249, and 5 was expected"), said);
        opening.open(whole, LAYOUT).close();
    }

    private static String assertRefused(Opening opening, byte[] content, long layout, String what) {
        var e =
                assertThrows(
                        BadRegionException.class, () -> opening.open(content, layout), () -> what);
        return String.valueOf(e.getMessage());
    }
}
