package parley.bench.transports;

/// One of two processes, as the programs are told.
///
/// @param role `active` for the one that says what happens, or `passive`
/// @param directory for names: `there` and `back` are FIFOs, `active` and `passive` sockets
record Side(String role, String directory) {
    static final String ACTIVE = "active";
    static final String PASSIVE = "passive";

    boolean isActive() {
        return role.equals(ACTIVE);
    }

    /// The FIFO or socket of this name.
    String path(String name) {
        return directory + "/" + name;
    }

    /// Its own socket.
    String ownPath() {
        return path(role);
    }
}
