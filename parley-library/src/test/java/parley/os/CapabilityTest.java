package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import parley.kernel.Faults;

class CapabilityTest {
    @ParameterizedTest
    @EnumSource
    void theAnswerIsTheSameEveryTimeAndHasACauseIfItIsNo(Capability capability) {
        boolean first = capability.isAvailable();
        assertEquals(first, capability.isAvailable());
        assertEquals(first, capability.unavailabilityCause().isEmpty());
        capability.unavailabilityCause().ifPresent(cause -> assertFalse(cause.isBlank()));
    }

    @ParameterizedTest
    @EnumSource
    void itCanBeSwitchedOff(Capability capability) {
        var property = "parley.capability." + capability.name();
        System.setProperty(property, "false");
        try {
            assertFalse(capability.isAvailable());
            assertEquals(
                    Optional.of("switched off by -D" + property + "=false"),
                    capability.unavailabilityCause());
        } finally {
            System.clearProperty(property);
        }
    }

    @Test
    void whatTheKernelShowsUnderProcIsAvailable() {
        assertEquals(Files.exists(Path.of("/proc/sysvipc/msg")), Capability.SYSV_IPC.isAvailable());
        assertEquals(
                Files.exists(Path.of("/proc/sys/fs/mqueue")),
                Capability.POSIX_MESSAGE_QUEUES.isAvailable());
    }

    @ParameterizedTest
    @EnumSource
    void askingLeavesNoDescriptorOpen(Capability capability) {
        assertFalse(leaks(capability));
    }

    @ParameterizedTest
    @CsvSource({
        "SYSV_IPC, msgctl",
        "POSIX_MESSAGE_QUEUES, syscall",
        "MEMFD_SEALING, memfd_create",
        "PIPE_NOWAIT, preadv2",
        "PIDFD_OPEN, syscall",
        "PIDFD_GETFD, syscall",
        "EPOLL_PWAIT2, syscall",
        "FUTEX_WAITV, syscall",
        "MEMFD_SECRET, syscall",
        "IO_URING, syscall",
        "PEER_PIDFD, getsockopt"
    })
    void aMissingAndAForbiddenCallAreToldApart(Capability capability, String function) {
        Capability.forget(capability);
        try (var _ = Faults.fail(function, 1, Errno.ENOSYS.number())) {
            var cause = capability.unavailabilityCause().orElse("");
            assertTrue(cause.startsWith("not in this kernel ("), cause);
            assertEquals(cause, capability.unavailabilityCause().orElse("")); // it is remembered
        }
        Capability.forget(capability);
        try (var _ = Faults.fail(function, 1, Errno.EPERM.number())) {
            var cause = capability.unavailabilityCause().orElse("");
            assertTrue(cause.startsWith("forbidden here"), cause);
        }
        Capability.forget(capability);
    }

    @Test
    void outOfDescriptorsIsNoAnswerAndIsAskedAgain() {
        Capability.forget(Capability.PIPE_NOWAIT);
        boolean isAvailable = Capability.PIPE_NOWAIT.isAvailable();
        Capability.forget(Capability.PIPE_NOWAIT);
        try (var _ = Faults.fail("pipe2", 1, Errno.EMFILE.number())) {
            var cause = Capability.PIPE_NOWAIT.unavailabilityCause().orElse("");
            assertTrue(cause.startsWith("could not be found out now"), cause);
            assertEquals(isAvailable, Capability.PIPE_NOWAIT.isAvailable());
        }
    }

    private static boolean leaks(Capability capability) {
        long before = Limit.RLIMIT_NOFILE.used().orElseThrow();
        for (int i = 0; i < 50; i++) {
            Capability.forget(capability);
            capability.unavailabilityCause();
        }
        return Limit.RLIMIT_NOFILE.used().orElseThrow() >= before + 50;
    }
}
