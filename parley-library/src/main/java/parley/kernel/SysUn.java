package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.StructLayout;

/// `<sys/un.h>`. See unix(7).
@Header("sys/un.h")
public final class SysUn {
    /// Bytes of `sun_path`.
    public static final int PATH_BYTES = 108;

    public static final StructLayout SOCKADDR_UN =
            structLayout(
                            JAVA_SHORT.withName("sun_family"),
                            sequenceLayout(PATH_BYTES, JAVA_BYTE).withName("sun_path"))
                    .withName("sockaddr_un");

    public static final long SUN_PATH = SOCKADDR_UN.byteOffset(groupElement("sun_path"));

    private SysUn() {}
}
