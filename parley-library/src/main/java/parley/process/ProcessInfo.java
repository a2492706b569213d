package parley.process;

import java.util.OptionalLong;

/// Who a process is for the kernel. See credentials(7).
///
/// @param pid its number, in the PID namespace of this process
/// @param parentPid its parent's; 0 if that is in a namespace that cannot be seen from here
/// @param users its users
/// @param groups its groups
/// @param cgroupId its control group (Linux 6.13)
public record ProcessInfo(
        long pid, long parentPid, Identity users, Identity groups, OptionalLong cgroupId) {

    /// The four users, or groups, that a process has, each 0 to 2^32-1.
    ///
    /// @param real who started it
    /// @param effective as whom it asks for most things
    /// @param saved whom it may become again
    /// @param fileSystem as whom it opens files
    public record Identity(long real, long effective, long saved, long fileSystem) {}
}
