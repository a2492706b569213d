package parley.os;

import static parley.os.ErrorCatalogue.Kind.ABSENT;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorRow.row;
import static parley.os.FileErrors.used;

import java.util.List;

/// Rows of the catalogue for POSIX message queues and named semaphores.
final class QueueErrors {
    static final List<ErrorRow> ROWS =
            List.of(
                    row("mq_open", Errno.EMFILE, LIMIT, _ -> queueMemoryOrDescriptors()),
                    row("mq_open", Errno.ENOSPC, LIMIT, _ -> queues()),
                    row("mq_open", Errno.EINVAL, OTHER, QueueErrors::badQueue),
                    row("mq_attr", Errno.EINVAL, LIMIT, QueueErrors::badQueue),
                    row("mq_open", Errno.EACCES, NOT_PERMITTED, QueueErrors::refused),
                    row("mq_unlink", Errno.EACCES, NOT_PERMITTED, QueueErrors::refused),
                    row("mq_open mq_unlink", Errno.ENOENT, ABSENT, QueueErrors::absent),
                    row("mq_open", Errno.ENOMEM, LIMIT, "not enough memory for a queue this large"),
                    row(
                            "mq_send mq_timedsend",
                            Errno.EMSGSIZE,
                            OTHER,
                            _ ->
                                    "longer than this queue's messages may be; that was fixed when"
                                            + " it was made, and "
                                            + Limit.MQUEUE_MSGSIZE_DEFAULT.words()
                                            + " if it was not said then"),
                    row(
                            "mq_receive mq_timedreceive",
                            Errno.EMSGSIZE,
                            OTHER,
                            "the room given is less than the longest message of this queue, even if"
                                    + " the one that waits is shorter"),
                    row(
                            "mq_send mq_timedsend",
                            Errno.EINVAL,
                            OTHER,
                            _ ->
                                    "a priority is less than %s, and a time has no negative part"
                                            .formatted(Limit.MQ_PRIO_MAX.words())),
                    row("mq_send mq_timedsend", Errno.EAGAIN, OTHER, "the queue is full"),
                    row("mq_receive mq_timedreceive", Errno.EAGAIN, OTHER, "the queue is empty"),
                    row(
                            "mq_send mq_timedsend",
                            Errno.EBADF,
                            OTHER,
                            "this opening of the queue is for receiving only"),
                    row(
                            "mq_receive mq_timedreceive",
                            Errno.EBADF,
                            OTHER,
                            "this opening of the queue is for sending only"),
                    row(
                            "mq_notify",
                            Errno.EBUSY,
                            OTHER,
                            "a queue notifies one process only, until a message came or that"
                                    + " process closes the queue"),
                    row(
                            "fsopen fsconfig fsmount",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "only root can list queues that are mounted nowhere. Try: mkdir -p"
                                    + " /dev/mqueue && mount -t mqueue none /dev/mqueue"),
                    row(
                            "sem_t",
                            Errno.EINVAL,
                            OTHER,
                            "there is no semaphore in it, or one of another libc, or of threads of"
                                    + " one process only"),
                    row(
                            "sem_open",
                            Errno.ENODEV,
                            OTHER,
                            "what has this name in /dev/shm is no file. Try: ls -l /dev/shm"),
                    row("sem_open", Errno.EINVAL, OTHER, QueueErrors::badSemaphore),
                    row(
                            "sem_post",
                            Errno.EOVERFLOW,
                            LIMIT,
                            "the value is at its maximum, 2147483647"),
                    row("sem_trywait", Errno.EAGAIN, OTHER, "the semaphore is 0"));

    private static final int MESSAGES_MAX = 65_536; // HARD_MSGMAX of the kernel
    private static final int MESSAGE_BYTES_MAX = 16 << 20; // HARD_MSGSIZEMAX

    private QueueErrors() {}

    private static String queueMemoryOrDescriptors() {
        var used = Limit.RLIMIT_NOFILE.used();
        if (used.isEmpty()
                || Limit.RLIMIT_NOFILE.isUsedUp()) { // not even the listing could be opened
            return used(Limit.RLIMIT_NOFILE, "");
        }
        return "%s has no room for it; it is not the descriptors, of which %s are open. %s"
                .formatted(
                        Limit.RLIMIT_MSGQUEUE.words(),
                        Limit.amount(used),
                        "All queues of a user count, full or empty: messages x (longest + 96"
                                + " bytes). Ask for fewer or shorter messages. "
                                + Limit.RLIMIT_MSGQUEUE.advice());
    }

    private static String queues() {
        return used(Limit.MQUEUE_QUEUES_MAX, ", not the disk; remove queues that nobody needs");
    }

    private static String badQueue(Subject subject) {
        var name = subject.rest();
        if (!name.startsWith("/")) {
            return "the name has to begin with a slash. Try: /" + name;
        }
        return "a queue has room for 1 message or more of 1 byte or more; for the unprivileged up"
                + " to"
                + " %s, and %s; for anybody up to %d and %d. %s; or: %s"
                        .formatted(
                                Limit.MQUEUE_MSG_MAX.words(),
                                Limit.MQUEUE_MSGSIZE_MAX.words(),
                                MESSAGES_MAX,
                                MESSAGE_BYTES_MAX,
                                Limit.MQUEUE_MSG_MAX.advice(),
                                Limit.MQUEUE_MSGSIZE_MAX.howToRaise());
    }

    private static boolean hasTwoSlashes(Subject subject) {
        return subject.rest().indexOf('/', 1) > 0;
    }

    private static String refused(Subject subject) {
        if (hasTwoSlashes(subject)) {
            return "the name of a queue has one slash, at its beginning, and no directories";
        }
        return Ownership.ofVisible("/dev/mqueue" + subject.rest())
                .orElseGet(() ->
                        "its owner or mode does not allow it; "
                                + Ownership.asker()
                                + ". Both can be seen where queues are mounted: mount -t"
                                + " mqueue none /dev/mqueue");
    }

    private static String absent(Subject subject) {
        if (hasTwoSlashes(subject)) {
            return refused(subject);
        }
        return subject.rest().equals("/")
                ? "the name of a queue has something after its slash"
                : "there is no queue of this name in this IPC namespace";
    }

    private static String badSemaphore(Subject subject) {
        return subject.rest().indexOf('/', 1) > 0
                ? "the name of a semaphore has one slash, at its beginning, and no directories"
                : "a name such as /name, and a value from 0 to 2147483647, are needed";
    }
}
