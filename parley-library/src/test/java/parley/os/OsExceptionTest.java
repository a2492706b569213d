package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OsExceptionTest {
    @Test
    void callersBranchBySubtype() {
        assertType(AlreadyExistsException.class, "mkfifo", Errno.EEXIST);
        assertType(AlreadyExistsException.class, "bind", Errno.EADDRINUSE);
        assertType(NotFoundException.class, "open", Errno.ENOENT);
        assertType(NotPermittedException.class, "open", Errno.EACCES);
        assertType(NotPermittedException.class, "kill", Errno.EPERM);
        assertType(LimitReachedException.class, "open", Errno.EMFILE);
        assertType(LimitReachedException.class, "semget", Errno.ENOSPC);
        assertType(LimitReachedException.class, "mq_open", Errno.ENOSPC);
        assertType(RemovedException.class, "msgrcv", Errno.EIDRM);
        assertType(PeerGoneException.class, "write", Errno.EPIPE);
        assertType(OsException.class, "ioctl", Errno.ENOTTY);
    }

    private static void assertType(Class<?> type, String call, Errno errno) {
        assertEquals(type, OsException.of(call, "object", errno.number()).getClass());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNNAMED")
    void callObjectAndNumberAreKept(Errno errno) {
        var refusal = OsException.of("some_call", "mq:/name", errno.number());
        assertEquals("some_call", refusal.call());
        assertEquals("mq:/name", refusal.object());
        assertEquals(errno.number(), refusal.number());
        assertEquals(errno, refusal.errno());
        var head = "some_call mq:/name: " + errno + ": ";
        assertTrue(refusal.getMessage().startsWith(head), refusal.getMessage());
        assertTrue(refusal.getMessage().length() > head.length(), refusal.getMessage());
    }

    @Test
    void aNumberWithoutANameIsKept() {
        var refusal = OsException.of("some_call", "x", 4000);
        assertEquals(4000, refusal.number());
        assertEquals(Errno.UNNAMED, refusal.errno());
        assertTrue(
                refusal.getMessage().startsWith("some_call x: errno 4000: "), refusal.getMessage());
    }

    @Test
    void aNumberThatIsNoErrnoIsAMistake() {
        assertThrows(IllegalArgumentException.class, () -> OsException.of("open", "x", 0));
        assertThrows(IllegalArgumentException.class, () -> OsException.of("open", "x", -5));
    }

    @Test
    void aResultIsPassedOnAndAnErrorIsNot() throws Exception {
        assertEquals(0, OsException.check("open", "x", 0));
        assertEquals(Long.MAX_VALUE, OsException.check("mmap", "x", Long.MAX_VALUE));
        assertEquals(-4096, OsException.check("mmap", "x", -4096)); // an address
        var refusal = assertThrows(OsException.class, () -> OsException.check("mmap", "x", -4095));
        assertEquals(4095, refusal.number());
        assertThrows(NotFoundException.class, () -> OsException.check("open", "x", -2));
    }
}
