package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubjectTest {
    @ParameterizedTest
    @CsvSource({
        "fifo:/tmp/f, /tmp/f",
        "'fifo:/tmp/f,mode=0600', /tmp/f",
        "'unix:/run/s,listen', /run/s",
        "unix-dgram:/run/s, /run/s",
        "file:/a/b, /a/b",
        "/a/b, /a/b",
        "/a:b, /a:b",
        "pshm:/name, /dev/shm/name",
        "psem:/name, /dev/shm/sem.name",
        "http://x, http://x"
    })
    void aNameThatIsAFileHasAPath(String object, String path) {
        assertEquals(Optional.of(path), Subject.of(object).path());
    }

    @ParameterizedTest
    @CsvSource({
        "unix:@name",
        "mq:/name",
        "msg:0x1",
        "fd 7",
        "tcp:localhost:80",
        "memfd:name",
        "unix:"
    })
    void othersHaveNone(String object) {
        assertEquals(Optional.empty(), Subject.of(object).path());
    }

    @Test
    void keysAndIdsAreToldApart() {
        assertEquals(OptionalInt.of(0x2a01), Subject.of("msg:0x2a01").key());
        assertEquals(OptionalInt.empty(), Subject.of("msg:0x2a01").id());
        assertEquals(OptionalInt.of(7), Subject.of("shm:#7").id());
        assertEquals(OptionalInt.empty(), Subject.of("shm:#7").key());
        assertEquals(OptionalInt.of(-1), Subject.of("sem:0xffffffff").key());
        assertEquals(OptionalInt.empty(), Subject.of("sem:/path,A").key());
        assertEquals(OptionalInt.empty(), Subject.of("mq:7").key());
    }

    @Test
    void aFileAndALetterAreAKey() throws Exception {
        var file = FileStatus.of("/proc").orElseThrow();
        assertEquals(OptionalInt.of(file.ftok('A')), Subject.of("sem:/proc,A").key());
        assertEquals(OptionalInt.of(file.ftok('a')), Subject.of("msg:/proc,a").key());
        assertEquals(OptionalInt.of(file.ftok('z')), Subject.of("shm:/proc,z,mode=0600").key());
        assertEquals(OptionalInt.empty(), Subject.of("msg:/proc/nothing,A").key());
        assertEquals(OptionalInt.empty(), Subject.of("msg:/proc/version/x,A").key());
    }

    @Test
    void anAbstractNameIsUnix() {
        assertTrue(Subject.of("unix-seq:@name").isAbstract());
        assertFalse(Subject.of("unix:/name").isAbstract());
    }
}
