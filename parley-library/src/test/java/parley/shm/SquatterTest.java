package parley.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import parley.contract.Unique;
import parley.os.Credentials;
import parley.peer.Command;
import parley.peer.OtherUser;

/// Somebody else was in `/dev/shm` first, and has made what the user nobody would make.
@Timeout(60)
class SquatterTest {
    private static final Path FOLDER = Path.of("/dev/shm/parley-65534");
    private static final String CLASS_PATH =
            OtherUser.classPathOf(SharedRegion.class, SquatterTest.class);

    private final String name = Unique.name("squatter");

    /// In another JVM, as nobody: makes a region.
    public static void main(String[] arguments) throws Exception {
        try (var region = SharedRegion.openOrCreate(arguments[0], 1, 64)) {
            System.out.println("made " + region);
            SharedRegion.unlink(arguments[0]);
        } catch (IOException e) {
            System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }

    @BeforeEach
    void assumeThatAllIsFree() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can be somebody else for nobody");
        OtherUser.assumeItCanRead(OtherUser.NOBODY, CLASS_PATH);
        assumeTrue(!Files.exists(FOLDER), FOLDER + " is there");
    }

    @AfterEach
    void clear() throws Exception {
        Command.output("rm", "-rf", FOLDER.toString());
    }

    private String asNobody() throws Exception {
        return Command.output(Command.java(OtherUser.NOBODY, CLASS_PATH, SquatterTest.class, name));
    }

    @Test
    void whatNobodyTookIsMade() throws Exception {
        assertEquals("made file:" + FOLDER + "/" + name, asNobody());
        assertEquals("700 65534", Command.output("stat", "-c", "%a %u", FOLDER.toString()));
    }

    @Test
    void aFolderOfSomebodyElseIsRefused() throws Exception {
        Files.createDirectory(FOLDER);
        for (var mode : List.of("777", "755")) {
            Command.output("chmod", mode, FOLDER.toString());
            var said = asNobody();
            assertTrue(said.startsWith("NotPermittedException open " + FOLDER), said);
            assertTrue(said.contains("it belongs to uid 0 and has mode 0" + mode), said);
        }
    }

    @Test
    void aLinkInItsPlaceIsNotFollowed() throws Exception {
        var elsewhere = Files.createTempDirectory("parley-");
        Command.output("chown", "65534", elsewhere.toString());
        Files.createSymbolicLink(FOLDER, elsewhere);
        var said = asNobody();
        assertTrue(said.contains("ENOTDIR") || said.contains("ELOOP"), said);
        try (var inside = Files.list(elsewhere)) {
            assertEquals(0, inside.count());
        }
        Files.delete(elsewhere);
    }

    @Test
    void aFileInItsPlaceIsRefused() throws Exception {
        Files.createFile(FOLDER);
        Command.output("chown", "65534", FOLDER.toString());
        assertTrue(asNobody().contains("ENOTDIR"));
    }
}
