package parley.tool.talk;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import parley.address.Address;
import parley.channel.ChannelKind;
import parley.signal.SignalSet;
import parley.tool.Failure;
import parley.tool.OrderlyEnd;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// What the verbs that talk have in common: what they say, and how they end.
///
/// @param err for people
record Talk(PrintWriter err) {
    /// @param address as others write it
    void listensOn(Object address) {
        err.println("listening on " + address);
    }

    /// Tells what went wrong with one of many.
    void says(Exception e) {
        Failure.trace(e);
        says(Failure.of(e).message());
    }

    /// Tells something, unless it is empty.
    void says(String message) {
        if (!message.isEmpty()) {
            err.println("parley: " + message);
        }
    }

    /// True if an address carries bytes; false if it carries messages.
    static boolean isStream(Address address) {
        return switch (address) {
            case Address.Udp _, Address.SysvQueue _, Address.PosixQueue _ -> false;
            case Address.Channel(var name) -> Channels.isOf(ChannelKind.BYTES, name);
            case Address.Unix unix -> unix.type() == Address.Unix.Type.STREAM;
            default -> true;
        };
    }

    /// True for a channel of which one can look at what comes next; also for one that is not there,
    /// as is told when it is opened.
    static boolean isChannelToPeek(Address address) {
        return address instanceof Address.Channel(var name)
                && !Channels.isOf(ChannelKind.BROADCAST, name)
                && !Channels.isOf(ChannelKind.BYTES, name)
                && !Channels.isOf(ChannelKind.REQUESTS, name);
    }

    /// True if the messages there have types.
    static boolean hasTypes(Address address) {
        return address instanceof Address.SysvQueue || isMailbox(address);
    }

    /// True if the messages there have priorities.
    static boolean hasPriorities(Address address) {
        return address instanceof Address.PosixQueue || isMailbox(address);
    }

    private static boolean isMailbox(Address address) {
        return address instanceof Address.Channel(var name)
                && Channels.isOf(ChannelKind.MAILBOX, name);
    }

    /// True if an address is a socket.
    static boolean isSocket(Address address) {
        return switch (address) {
            case Address.Unix _, Address.Tcp _, Address.Udp _ -> true;
            default -> false;
        };
    }

    /// True for memory that processes share.
    static boolean isMemory(Address address) {
        return address instanceof Address.SysvMemory || address instanceof Address.PosixMemory;
    }

    /// Refuses an address that nothing can be sent to or received from.
    static void requireCarrying(Address address, CommandLine line) {
        if (address instanceof Address.SysvSemaphores
                || address instanceof Address.PosixSemaphore) {
            throw new ParameterException(
                    line, "'" + address + "' carries nothing; see 'parley sem --help'");
        }
    }

    /// Runs a talk so that it can be told to end: what it has open is closed in order then.
    static int untilTold(Callable<Integer> talk) throws Exception {
        try (var end = OrderlyEnd.begin(SignalSet.of())) {
            try {
                return talk.call();
            } catch (IOException e) {
                end.check(); // then it is only how the talk was ended
                throw e;
            }
        }
    }
}
