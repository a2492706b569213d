package parley.kernel;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// `<netinet/in.h>` and `<netinet/tcp.h>`. See ip(7), ipv6(7), tcp(7).
@Header({"netinet/in.h", "netinet/tcp.h"})
public final class NetinetIn {
    public static final int IPPROTO_TCP = 6;
    public static final int IPPROTO_UDP = 17;
    public static final int IPPROTO_IPV6 = 41;
    public static final int IPPROTO_MPTCP = 262;
    public static final int IPV6_V6ONLY = 26;
    public static final int TCP_NODELAY = 1;
    public static final int TCP_KEEPIDLE = 4;
    public static final int TCP_KEEPINTVL = 5;
    public static final int TCP_KEEPCNT = 6;
    public static final int TCP_QUICKACK = 12;
    public static final int TCP_USER_TIMEOUT = 18;

    /// A port number as it stands in an address: in network byte order.
    public static final ValueLayout.OfShort PORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    public static final StructLayout SOCKADDR_IN =
            structLayout(
                            JAVA_SHORT.withName("sin_family"),
                            PORT.withName("sin_port"),
                            sequenceLayout(4, JAVA_BYTE).withName("sin_addr"),
                            paddingLayout(8))
                    .withByteAlignment(4)
                    .withName("sockaddr_in");

    public static final long SIN_PORT = SOCKADDR_IN.byteOffset(groupElement("sin_port"));
    public static final long SIN_ADDR = SOCKADDR_IN.byteOffset(groupElement("sin_addr"));

    public static final StructLayout SOCKADDR_IN6 =
            structLayout(
                            JAVA_SHORT.withName("sin6_family"),
                            PORT.withName("sin6_port"),
                            JAVA_INT.withName("sin6_flowinfo"),
                            sequenceLayout(16, JAVA_BYTE).withName("sin6_addr"),
                            JAVA_INT.withName("sin6_scope_id"))
                    .withName("sockaddr_in6");

    public static final long SIN6_PORT = SOCKADDR_IN6.byteOffset(groupElement("sin6_port"));
    public static final long SIN6_ADDR = SOCKADDR_IN6.byteOffset(groupElement("sin6_addr"));
    public static final long SIN6_SCOPE_ID = SOCKADDR_IN6.byteOffset(groupElement("sin6_scope_id"));

    private NetinetIn() {}
}
