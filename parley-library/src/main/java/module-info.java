import org.jspecify.annotations.NullMarked;

/// Every way two processes on a Linux host can talk.
@NullMarked
module parley {
    requires static transitive org.jspecify;

    exports parley.address;
    exports parley.channel;
    exports parley.memory;
    exports parley.os;
    exports parley.pipe;
    exports parley.posix;
    exports parley.process;
    exports parley.ready;
    exports parley.shm;
    exports parley.signal;
    exports parley.socket;
    exports parley.sysv;
}
