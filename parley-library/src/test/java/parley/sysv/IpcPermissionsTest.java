package parley.sysv;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import parley.kernel.SysIpc;
import parley.os.FileMode;

class IpcPermissionsTest {
    @Test
    void everyFieldIsItsOwn() {
        try (var arena = Arena.ofConfined()) {
            var permissions = arena.allocate(SysIpc.IPC_PERM);
            permissions.set(JAVA_INT, SysIpc.KEY, 0x2a01);
            permissions.set(JAVA_INT, SysIpc.UID, 1001);
            permissions.set(JAVA_INT, SysIpc.GID, 1002);
            permissions.set(JAVA_INT, SysIpc.CUID, -2);
            permissions.set(JAVA_INT, SysIpc.CGID, 1004);
            permissions.set(JAVA_SHORT, SysIpc.MODE, (short) 03640);
            permissions.set(JAVA_SHORT, SysIpc.SEQ, (short) 0x8001);

            var expected =
                    new IpcPermissions(
                            IpcKey.of(0x2a01),
                            1001,
                            1002,
                            0xfffffffeL,
                            1004,
                            new FileMode(0640),
                            0x8001);
            assertEquals(expected, IpcPermissions.of(permissions));
        }
    }
}
