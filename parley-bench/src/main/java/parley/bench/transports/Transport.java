package parley.bench.transports;

import java.util.List;
import java.util.stream.Stream;

/// What is measured; `transports.c` has the same words.
enum Transport {
    PIPE("pipe"),
    FIFO("fifo"),
    UNIX("unix"),
    UNIX_DATAGRAM("unix-dgram"),
    UNIX_SEQPACKET("unix-seq"),
    TCP("tcp"),
    UDP("udp"),
    SYSV_QUEUE("msg"),
    POSIX_QUEUE("mq"),
    SYSV_SEMAPHORES("sem"),
    POSIX_SEMAPHORES("psem"),
    MEMORY("memory");

    private static final int UDP_BYTES_MAX = 65_507; // over IPv4
    private static final int QUEUE_BYTES_MAX = 8192; // msgmax and msgsize_default
    private static final int UDP_BYTES_UNREAD = 192 * 1024; // a little less than SO_RCVBUF
    private static final int UDP_MESSAGE_BYTES = 4096; // at least, with the kernel's book-keeping

    private final String word;

    Transport(String word) {
        this.word = word;
    }

    /// What the report calls it.
    String word() {
        return word;
    }

    /// Who else in Java has it between two processes.
    List<Library> rivals() {
        return switch (this) {
            case UNIX -> List.of(Library.JDK, Library.JUNIXSOCKET);
            case UNIX_DATAGRAM -> List.of(Library.JUNIXSOCKET);
            case PIPE, FIFO, TCP, UDP -> List.of(Library.JDK);
            default -> List.of();
        };
    }

    static Transport named(String word) {
        return Stream.of(values()).filter(each -> each.word.equals(word)).findFirst().orElseThrow();
    }

    /// The nearest to these that one message can have.
    int messageBytes(int bytes) {
        return switch (this) {
            case UDP -> Math.min(bytes, UDP_BYTES_MAX);
            case SYSV_QUEUE, POSIX_QUEUE -> Math.min(bytes, QUEUE_BYTES_MAX);
            default -> bytes;
        };
    }

    /// How many messages may be on their way without an acknowledgement, when one after the other
    /// is sent. UDP drops what the receiver has no room for; everywhere else the sender waits.
    int window(int bytes) {
        return this == UDP
                ? Math.max(2, UDP_BYTES_UNREAD / Math.max(2 * bytes, UDP_MESSAGE_BYTES))
                : Integer.MAX_VALUE;
    }
}
