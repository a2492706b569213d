package parley.kernel;

import java.lang.foreign.MemorySegment;

/// `<stdio.h>`, of which only what is about names of files.
@Header("stdio.h")
public final class Stdio {
    private static final Function RENAME = Function.of("rename");

    private Stdio() {}

    /// `int rename(const char *from, const char *to)`
    public static int rename(MemorySegment from, MemorySegment to) {
        return RENAME.call(from.address(), to.address());
    }
}
