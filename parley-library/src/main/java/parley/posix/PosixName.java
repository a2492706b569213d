package parley.posix;

import java.util.Comparator;
import parley.os.FileStatus;

/// A name that a POSIX object has now, and what can be seen of the object without opening it.
///
/// @param name a slash and what follows it
/// @param status owner and mode; the size of shared memory
public record PosixName(String name, FileStatus status) {
    static final Comparator<PosixName> BY_NAME = Comparator.comparing(PosixName::name);
}
