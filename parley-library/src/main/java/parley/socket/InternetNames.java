package parley.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import parley.kernel.NetinetIn;
import parley.kernel.SysSocket;

/// Internet addresses as the kernel has them: `struct sockaddr_in` and `sockaddr_in6`.
final class InternetNames {
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;
    private static final int V4_IN_V6_BYTES = V6_BYTES - V4_BYTES; // ::ffff:1.2.3.4

    private InternetNames() {}

    /// The address family of sockets for this address.
    ///
    /// @throws IllegalArgumentException if it is a host name that was not found
    static int family(InetSocketAddress address) {
        return resolved(address) instanceof Inet6Address ? SysSocket.AF_INET6 : SysSocket.AF_INET;
    }

    private static InetAddress resolved(InetSocketAddress address) {
        var host = address.getAddress();
        if (host == null) {
            throw new IllegalArgumentException("no address is known for " + address);
        }
        return host;
    }

    /// Writes an address for a socket of `family`.
    ///
    /// @return its length
    static long encode(InetSocketAddress address, int family, MemorySegment to) {
        var host = resolved(address);
        short port = (short) address.getPort();
        if (family == SysSocket.AF_INET6) {
            to.set(JAVA_SHORT, 0, (short) SysSocket.AF_INET6);
            to.set(NetinetIn.PORT, NetinetIn.SIN6_PORT, port);
            var bytes = v6(host);
            MemorySegment.copy(bytes, 0, to, JAVA_BYTE, NetinetIn.SIN6_ADDR, V6_BYTES);
            int scope = host instanceof Inet6Address v6 ? v6.getScopeId() : 0;
            to.set(JAVA_INT, NetinetIn.SIN6_SCOPE_ID, scope);
            return NetinetIn.SOCKADDR_IN6.byteSize();
        }
        if (!(host instanceof Inet4Address)) {
            throw new IllegalArgumentException("an IPv4 socket does not reach " + address);
        }
        to.set(JAVA_SHORT, 0, (short) SysSocket.AF_INET);
        to.set(NetinetIn.PORT, NetinetIn.SIN_PORT, port);
        MemorySegment.copy(host.getAddress(), 0, to, JAVA_BYTE, NetinetIn.SIN_ADDR, V4_BYTES);
        return NetinetIn.SOCKADDR_IN.byteSize();
    }

    private static byte[] v6(InetAddress host) {
        if (host instanceof Inet6Address) {
            return host.getAddress();
        }
        var mapped = new byte[V6_BYTES];
        mapped[V4_IN_V6_BYTES - 2] = (byte) 0xff;
        mapped[V4_IN_V6_BYTES - 1] = (byte) 0xff;
        System.arraycopy(host.getAddress(), 0, mapped, V4_IN_V6_BYTES, V4_BYTES);
        return mapped;
    }

    /// Reads an address that the kernel wrote.
    static InetSocketAddress decode(MemorySegment from) {
        boolean isV6 = from.get(JAVA_SHORT, 0) == SysSocket.AF_INET6;
        long offset = isV6 ? NetinetIn.SIN6_ADDR : NetinetIn.SIN_ADDR;
        var bytes = from.asSlice(offset, isV6 ? V6_BYTES : V4_BYTES).toArray(JAVA_BYTE);
        long portOffset = isV6 ? NetinetIn.SIN6_PORT : NetinetIn.SIN_PORT;
        int port = Short.toUnsignedInt(from.get(NetinetIn.PORT, portOffset));
        try {
            int scope = isV6 ? from.get(JAVA_INT, NetinetIn.SIN6_SCOPE_ID) : 0;
            var host =
                    scope == 0
                            ? InetAddress.getByAddress(bytes)
                            : Inet6Address.getByAddress(null, bytes, scope);
            return new InetSocketAddress(host, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(Arrays.toString(bytes), e); // of 4 or 16 bytes
        }
    }

    /// As it stands in an address: `127.0.0.1:4242`, `[::1]:53`.
    static String toString(InetSocketAddress address) {
        var host = resolved(address);
        return switch (host) {
            case Inet6Address v6 -> "[" + shortened(v6) + "]:" + address.getPort();
            default -> host.getHostAddress() + ":" + address.getPort();
        };
    }

    /// The longest run of zero groups, of two at least, becomes `::`. See RFC 5952.
    private static String shortened(Inet6Address address) {
        var text = address.getHostAddress();
        int percent = text.indexOf('%');
        var zone = percent < 0 ? "" : text.substring(percent);
        var groups = (percent < 0 ? text : text.substring(0, percent)).split(":", -1);
        int start = 0;
        int length = 1;
        for (int i = 0; i < groups.length; i++) {
            int end = i;
            while (end < groups.length && groups[end].equals("0")) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        if (length == 1) {
            return String.join(":", groups) + zone;
        }
        var before = String.join(":", Arrays.copyOfRange(groups, 0, start));
        var after = String.join(":", Arrays.copyOfRange(groups, start + length, groups.length));
        return before + "::" + after + zone;
    }
}
