package parley.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.Unistd;
import parley.os.Capability;
import parley.os.Errno;
import parley.os.Fd;
import parley.os.OsException;
import parley.peer.Command;

final class SecretMemoryTest {
    private static final long PAGE = FileSystem.PAGE_BYTES;

    @BeforeEach
    void requireIt() {
        var cause = Capability.MEMFD_SECRET.unavailabilityCause();
        assumeTrue(cause.isEmpty(), cause::toString);
    }

    @Test
    void allWhoHaveItSeeTheSame() throws Exception {
        try (var memory = SecretMemory.create(2 * PAGE);
                var taken = SecretMemory.of(memory.fd().duplicate());
                var writer = memory.map(Protection.READ_WRITE);
                var reader = taken.map(Protection.READ_ONLY)) {
            assertEquals(2 * PAGE, taken.bytes());
            writer.segment().set(ValueLayout.JAVA_LONG, PAGE, 42);
            assertEquals(42, reader.segment().get(ValueLayout.JAVA_LONG, PAGE));
            assertTrue(reader.segment().isReadOnly());
            int number = memory.fd().enter();
            assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(number, Fcntl.F_GETFD, 0));
            assertEquals(-Errno.EINVAL.number(), Unistd.ftruncate(number, PAGE));
            memory.fd().exit();
        }
    }

    /// dd(1) reads ordinary memory of this process where it lies, and not this.
    @Test
    void nobodyElseReadsIt() throws Exception {
        Command.require("dd");
        try (var memory = SecretMemory.create(PAGE);
                var secret = memory.map(Protection.READ_WRITE);
                var ordinary = Mapping.anonymous(PAGE)) {
            secret.segment().setString(0, "nobody reads this");
            ordinary.segment().setString(0, "everybody reads this");
            var seen = look(ordinary);
            assumeTrue(seen.contains("everybody"), "this process's memory cannot be read: " + seen);
            assertFalse(look(secret).contains("nobody"), look(secret));
        }
    }

    private static String look(Mapping mapping) throws Exception {
        long page = mapping.segment().address() / PAGE;
        var memory = "if=/proc/%d/mem".formatted(ProcessHandle.current().pid());
        var result =
                Command.run(
                        java.util.List.of("dd", memory, "bs=" + PAGE, "skip=" + page, "count=1"));
        return result.output();
    }

    @Test
    void noWordOfItCanBeWaitedFor() throws Exception {
        try (var memory = SecretMemory.create(PAGE);
                var mapping = memory.map(Protection.READ_WRITE)) {
            var e = assertThrows(OsException.class, () -> mapping.futex(0).wake(1));
            assertEquals(Errno.EFAULT, e.errno());
        }
    }

    @Test
    void somethingElseIsNoSecretMemoryAndIsClosed() throws Exception {
        try (var file = MemoryFile.create("ordinary", PAGE)) {
            var fd = file.fd().duplicate();
            var e = assertThrows(OsException.class, () -> SecretMemory.of(fd));
            assertEquals(Errno.EINVAL, e.errno());
            assertFalse(fd.isOpen());
        }
        var fd = Fd.openToRead(Path.of("/dev/null"));
        assertThrows(OsException.class, () -> SecretMemory.of(fd));
        try (var memory = SecretMemory.create(PAGE)) {
            var secret = memory.fd().duplicate();
            assertThrows(OsException.class, () -> MemoryFile.of(secret));
        }
    }

    @Test
    void aKernelWithoutItIsSaid() {
        try (var _ = Faults.fail("memfd_secret", 1, Errno.ENOSYS.number())) {
            var e = assertThrows(OsException.class, () -> SecretMemory.create(PAGE));
            assertTrue(e.getMessage().contains("secretmem.enable"), e.getMessage());
        }
    }
}
