package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.SharedMemoryContract;
import parley.contract.Unique;
import parley.os.AlreadyExistsException;
import parley.os.FileMode;
import parley.os.FileStatus;
import parley.os.NotFoundException;

final class MappingTest extends SharedMemoryContract {
    @TempDir private Path directory;

    @Override
    protected Memory create(long bytes) throws Exception {
        var path = directory.resolve(Unique.name("mapped"));
        var creator = Mapping.create(path, bytes);
        return new Memory() {
            @Override
            public View open() throws Exception {
                return View.of(Mapping.open(path, Protection.READ_WRITE));
            }

            @Override
            public View openReadOnly() throws Exception {
                return View.of(Mapping.open(path, Protection.READ_ONLY));
            }

            @Override
            public void dispose() throws Exception {
                creator.close();
                Files.delete(path);
            }
        };
    }

    @Test
    void makingAndOpeningFollowTheNameAndTheFileHasTheBytes() throws Exception {
        var path = directory.resolve("named");
        assertThrows(NotFoundException.class, () -> Mapping.open(path, Protection.READ_ONLY));
        try (var mapping = Mapping.create(path, 100)) {
            assertThrows(AlreadyExistsException.class, () -> Mapping.create(path, 100));
            mapping.segment().setString(0, "in the file");
            mapping.sync();
        }
        assertEquals("in the file", Files.readString(path).substring(0, 11));
        assertEquals(FileMode.OWNER_ONLY, FileStatus.of(path.toString()).orElseThrow().mode());
    }
}
