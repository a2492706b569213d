package parley.bench.transports;

import java.util.List;

/// One of two processes, as the programs are told.
///
/// @param role `active` for the one that says what happens, or `passive`
/// @param directory for names: `there` and `back` are FIFOs, `active` and `passive` sockets
/// @param objects what [KernelObjects] are called
record Side(String role, String directory, List<String> objects) {
    static final String ACTIVE = "active";
    static final String PASSIVE = "passive";

    boolean isActive() {
        return role.equals(ACTIVE);
    }

    /// The FIFO or socket of this name.
    String path(String name) {
        return directory + "/" + name;
    }

    /// What it sends with: 0 or 1, of two that were made.
    int outward() {
        return isActive() ? 0 : 1;
    }

    /// What it receives with.
    int inward() {
        return 1 - outward();
    }

    /// Its own socket.
    String ownPath() {
        return path(role);
    }
}
