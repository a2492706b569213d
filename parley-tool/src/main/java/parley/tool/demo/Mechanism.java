package parley.tool.demo;

import java.util.List;
import java.util.Optional;
import parley.os.Fd;

/// One way for two processes to talk, as the demonstration uses it.
///
/// @param name what the user calls it; where there is one, the scheme of its addresses
/// @param offer makes the kernel objects, in the first process
/// @param join opens them, in the second
record Mechanism(String name, Offering offer, Joining join) {
    /// The first process's part: what it makes goes to `end`, with whatever takes its names away.
    @FunctionalInterface
    interface Offering {
        Offer offer(Workplace workplace, Closing end) throws Exception;
    }

    /// The second process's part: what it opens, and the descriptors, go to `end`.
    @FunctionalInterface
    interface Joining {
        Link join(List<String> details, List<Fd> descriptors, Closing end) throws Exception;
    }

    /// All of them, in the order of the demonstration.
    static final List<Mechanism> ALL =
            List.of(
                    new Mechanism("pipe", Pipes::offerPipe, Pipes::joinPipe),
                    new Mechanism("fifo", Pipes::offerFifo, Pipes::joinFifo),
                    new Mechanism("unix", Sockets::offerUnix, Sockets::joinUnix),
                    new Mechanism("unix-dgram", Sockets::offerDatagram, Sockets::joinDatagram),
                    new Mechanism("unix-seq", Sockets::offerSeqpacket, Sockets::joinSeqpacket),
                    new Mechanism("tcp", Sockets::offerTcp, Sockets::joinTcp),
                    new Mechanism("udp", UdpLink::offer, UdpLink::join),
                    new Mechanism("msg", Queues::offerSysv, Queues::joinSysv),
                    new Mechanism("mq", Queues::offerPosix, Queues::joinPosix),
                    new Mechanism("shm", Memories::offerSysv, Memories::joinSysv),
                    new Mechanism("pshm", Memories::offerPosix, Memories::joinPosix),
                    new Mechanism("mmap", Memories::offerMappedFile, Memories::joinMappedFile),
                    new Mechanism("memfd", Memories::offerMemoryFile, Memories::joinMemoryFile),
                    new Mechanism("chan", Channels::offer, Channels::join),
                    new Mechanism("file", FileLink::offer, FileLink::join));

    static Optional<Mechanism> named(String name) {
        return ALL.stream().filter(mechanism -> mechanism.name.equals(name)).findFirst();
    }
}
