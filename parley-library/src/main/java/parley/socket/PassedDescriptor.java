package parley.socket;

import parley.os.Fd;

/// A descriptor that the service manager gave to this process. See sd_listen_fds(3).
///
/// What it is, its name or its unit's file says: a socket, of which [Socket#of] makes the right
/// one, a FIFO ([parley.pipe.PipeSource#of]), or what was stored.
///
/// @param name as `FileDescriptorName=` has it, else that of the socket unit; as it was stored;
///   `unknown` if the manager says nothing
/// @param fd the caller's, to be closed by the caller; not inherited by child processes
public record PassedDescriptor(String name, Fd fd) {}
