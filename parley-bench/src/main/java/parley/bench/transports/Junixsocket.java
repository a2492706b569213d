package parley.bench.transports;

import java.nio.channels.spi.SelectorProvider;

/// The library junixsocket, found on the class path: its channels are of the JDK's kind, so that
/// nothing is compiled against it.
final class Junixsocket {
    private static final String PROVIDER = "org.newsclub.net.unix.AFUNIXSelectorProvider";

    private Junixsocket() {}

    static boolean isPresent() {
        return Junixsocket.class.getResource("/" + PROVIDER.replace('.', '/') + ".class") != null;
    }

    /// What opens its channels.
    static SelectorProvider provider() throws ReflectiveOperationException {
        return (SelectorProvider) Class.forName(PROVIDER).getMethod("provider").invoke(null);
    }
}
