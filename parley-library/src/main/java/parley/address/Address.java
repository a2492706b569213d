package parley.address;

import java.nio.file.Path;
import java.util.Optional;
import parley.os.FileMode;
import parley.os.Spelling;
import parley.posix.PosixNames;
import parley.shm.SharedRegion;
import parley.socket.UnixAddress;

/// What an object is called: one spelling for all that processes talk through, in programs, in the
/// command and in what they report.
///
/// `scheme:name`, then options after commas: `unix:/run/s,listen,mode=0660`. In a name, `\,` is a
/// comma, `\\` a backslash and `\x00` one byte. `toString` spells it so that [#parse] gives the
/// same address back. An address opens nothing, and says nothing of whether the object is there.
public sealed interface Address {
    /// Reads an address.
    ///
    /// @throws IllegalArgumentException saying what was expected, with an example
    static Address parse(String text) {
        return new AddressParser(text).parse();
    }

    /// A named pipe: `fifo:/path`.
    ///
    /// @param mode which one that is made gets: `fifo:/path,mode=0660`
    record Fifo(Path path, Optional<FileMode> mode) implements Address {
        @Override
        public String toString() {
            return "fifo:" + spelled(path) + spelled(mode);
        }
    }

    /// A Unix socket: `unix:/path`, `unix-dgram:@abstract`, `unix-seq:/path,listen`.
    ///
    /// @param type how it carries what is sent
    /// @param listens true for the server's side
    /// @param mode which its file gets; only where it listens
    record Unix(Type type, UnixAddress name, boolean listens, Optional<FileMode> mode)
            implements Address {
        /// The types of unix(7).
        public enum Type {
            /// Bytes.
            STREAM("unix"),
            /// Messages from anybody.
            DATAGRAM("unix-dgram"),
            /// Messages over a connection.
            SEQPACKET("unix-seq");

            private final String scheme;

            Type(String scheme) {
                this.scheme = scheme;
            }

            String scheme() {
                return scheme;
            }
        }

        @Override
        public String toString() {
            return type.scheme + ":" + name + listening(listens) + spelled(mode);
        }
    }

    /// TCP: `tcp:host:port`, `tcp:[::1]:80,listen`.
    ///
    /// @param host a name or a number, an IPv6 one without brackets
    /// @param port 0 to 65535; 0 for any free one where it listens
    /// @param listens true for the server's side
    record Tcp(String host, int port, boolean listens) implements Address {
        @Override
        public String toString() {
            return "tcp:" + spelledHost(host) + ":" + port + listening(listens);
        }
    }

    /// UDP: `udp:host:port`, `udp:0.0.0.0:53,listen`.
    ///
    /// @param host a name or a number, an IPv6 one without brackets
    /// @param port 0 to 65535; 0 for any free one where it listens
    /// @param listens true for the side that is sent to
    record Udp(String host, int port, boolean listens) implements Address {
        @Override
        public String toString() {
            return "udp:" + spelledHost(host) + ":" + port + listening(listens);
        }
    }

    /// A System V message queue: `msg:0x2a01`, `msg:#7`, `msg:/path,A`, `msg:private`.
    record SysvQueue(SysvName name) implements Address {
        @Override
        public String toString() {
            return "msg:" + name;
        }
    }

    /// A System V semaphore set: `sem:0x2a01`, `sem:#7`, `sem:/path,A`, `sem:private`.
    record SysvSemaphores(SysvName name) implements Address {
        @Override
        public String toString() {
            return "sem:" + name;
        }
    }

    /// A System V shared memory segment: `shm:0x2a01`, `shm:#7`, `shm:/path,A`, `shm:private`.
    record SysvMemory(SysvName name) implements Address {
        @Override
        public String toString() {
            return "shm:" + name;
        }
    }

    /// A POSIX message queue: `mq:/jobs`.
    ///
    /// @param name with its slash
    record PosixQueue(String name) implements Address {
        public PosixQueue {
            PosixNames.check(name, "");
        }

        @Override
        public String toString() {
            return "mq:" + Spelling.escape(name);
        }
    }

    /// A POSIX semaphore: `psem:/lock`.
    ///
    /// @param name with its slash
    record PosixSemaphore(String name) implements Address {
        public PosixSemaphore {
            PosixNames.check(name, PosixNames.SEMAPHORE);
        }

        @Override
        public String toString() {
            return "psem:" + Spelling.escape(name);
        }
    }

    /// A POSIX shared memory object: `pshm:/table`.
    ///
    /// @param name with its slash
    record PosixMemory(String name) implements Address {
        public PosixMemory {
            PosixNames.check(name, "");
        }

        @Override
        public String toString() {
            return "pshm:" + Spelling.escape(name);
        }
    }

    /// A channel in shared memory: `chan:prices`.
    ///
    /// @param name 1 to 200 bytes without a slash, with no dot at its beginning
    record Channel(String name) implements Address {
        public Channel {
            if (!SharedRegion.isName(name)) {
                throw new IllegalArgumentException(
                        "a channel's name has 1 to 200 bytes, no slash, and no dot at its"
                                + " beginning, such as chan:prices");
            }
        }

        @Override
        public String toString() {
            return "chan:" + Spelling.escape(name);
        }
    }

    /// A file: `file:/path`.
    ///
    /// @param appends true to write at its end: `file:/path,append`
    record FilePath(Path path, boolean appends) implements Address {
        @Override
        public String toString() {
            return "file:" + spelled(path) + (appends ? ",append" : "");
        }
    }

    /// Standard input or output: `-`.
    record Standard() implements Address {
        @Override
        public String toString() {
            return "-";
        }
    }

    /// The input and output of a command that the shell runs: `exec:COMMAND`. All after the colon
    /// is the command; it has no options, and nothing in it is escaped.
    record Exec(String command) implements Address {
        @Override
        public String toString() {
            return "exec:" + command;
        }
    }

    private static String spelled(Path path) {
        return Spelling.escape(path.toString());
    }

    private static String spelledHost(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static String spelled(Optional<FileMode> mode) {
        return mode.map(given -> ",mode=" + given).orElse("");
    }

    private static String listening(boolean listens) {
        return listens ? ",listen" : "";
    }
}
