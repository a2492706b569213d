package parley.tool.demo;

import java.util.List;
import parley.os.Fd;
import parley.os.FileMode;
import parley.os.Limit;
import parley.posix.PosixMessageQueue;
import parley.sysv.MessageSelector;
import parley.sysv.SysvMessageQueue;

/// The kernel's two kinds of message queue.
final class Queues {
    // Message types: both directions share one System V queue.
    private static final int TO_SECOND = 1;
    private static final int TO_FIRST = 2;

    // What an unprivileged process may have by default.
    private static final int MESSAGE_BYTES = 8192;
    private static final int MESSAGES = 10;

    private Queues() {}

    static Offer offerSysv(Workplace workplace, Closing end) throws Exception {
        var queue = end.add(SysvMessageQueue.createPrivate());
        end.add(queue::remove);
        return new Offer(
                queue.address(),
                List.of(Integer.toString(queue.id())),
                () -> sysvLink(queue, TO_SECOND, TO_FIRST));
    }

    static Link joinSysv(List<String> details, List<Fd> descriptors, Closing end) throws Exception {
        var queue = end.add(SysvMessageQueue.openById(Integer.parseInt(details.get(0))));
        return sysvLink(queue, TO_FIRST, TO_SECOND);
    }

    private static Link sysvLink(SysvMessageQueue queue, long outType, long inType) {
        var in = MessageSelector.exactly(inType);
        return new MessageLink(
                Math.min(MESSAGE_BYTES, queue.messageBytesMax()),
                piece -> queue.send(outType, piece),
                into -> queue.receive(into, in));
    }

    static Offer offerPosix(Workplace workplace, Closing end) throws Exception {
        var outName = "/" + workplace.name();
        var inName = "/" + workplace.name();
        var out = makePosix(outName, end);
        var in = makePosix(inName, end);
        return new Offer(out.address(), List.of(outName, inName), () -> posixLink(out, in));
    }

    private static PosixMessageQueue makePosix(String name, Closing end) throws Exception {
        var size =
                new PosixMessageQueue.Size(
                        atMost(Limit.MQUEUE_MSG_MAX, MESSAGES),
                        atMost(Limit.MQUEUE_MSGSIZE_MAX, MESSAGE_BYTES));
        var queue = end.add(PosixMessageQueue.create(name, size, FileMode.OWNER_ONLY));
        end.add(() -> PosixMessageQueue.unlink(name));
        return queue;
    }

    private static int atMost(Limit limit, int wanted) {
        return (int) Math.min(wanted, limit.value().orElse(wanted));
    }

    static Link joinPosix(List<String> details, List<Fd> descriptors, Closing end)
            throws Exception {
        var in = end.add(PosixMessageQueue.open(details.get(0)));
        return posixLink(end.add(PosixMessageQueue.open(details.get(1))), in);
    }

    private static Link posixLink(PosixMessageQueue out, PosixMessageQueue in) {
        return new MessageLink(out.messageBytesMax(), piece -> out.send(piece, 0), in::receive);
    }
}
