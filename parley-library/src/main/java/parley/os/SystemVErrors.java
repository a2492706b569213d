package parley.os;

import static parley.os.ErrorCatalogue.Kind.ABSENT;
import static parley.os.ErrorCatalogue.Kind.LIMIT;
import static parley.os.ErrorCatalogue.Kind.NOT_PERMITTED;
import static parley.os.ErrorCatalogue.Kind.OTHER;
import static parley.os.ErrorCatalogue.Kind.REMOVED;
import static parley.os.ErrorRow.row;

import java.io.IOException;
import java.util.List;

/// Rows of the catalogue for System V queues, semaphore sets and segments.
final class SystemVErrors {
    private static final String CLEAN = ", not the disk. Try: ipcs, and ipcrm for what nobody uses";

    static final List<ErrorRow> ROWS =
            List.of(
                    row("msgget", Errno.ENOSPC, LIMIT, _ -> notTheDisk(Limit.MSGMNI)),
                    row("semget", Errno.ENOSPC, LIMIT, _ -> oneOf(Limit.SEMMNI, Limit.SEMMNS)),
                    row("shmget", Errno.ENOSPC, LIMIT, _ -> oneOf(Limit.SHMMNI, Limit.SHMALL)),
                    row(
                            "semop semtimedop semctl",
                            Errno.ENOSPC,
                            LIMIT,
                            "no room for more SEM_UNDO"),
                    row(
                            "msgget msgctl",
                            Errno.ENOENT,
                            ABSENT,
                            subject -> absent(subject, "message queue", "-q")),
                    row(
                            "semget semctl",
                            Errno.ENOENT,
                            ABSENT,
                            subject -> absent(subject, "semaphore set", "-s")),
                    row(
                            "shmget shmctl",
                            Errno.ENOENT,
                            ABSENT,
                            subject -> absent(subject, "shared memory segment", "-m")),
                    row("semget", Errno.EINVAL, OTHER, SystemVErrors::setOfWrongSize),
                    row("shmget", Errno.EINVAL, OTHER, SystemVErrors::segmentOfWrongSize),
                    row("nsems", Errno.EINVAL, LIMIT, SystemVErrors::setOfWrongSize),
                    row("size", Errno.EINVAL, LIMIT, SystemVErrors::segmentOfWrongSize),
                    row("msgsz", Errno.EINVAL, LIMIT, SystemVErrors::badMessage),
                    row("msgsnd", Errno.EINVAL, OTHER, SystemVErrors::badMessage),
                    row(
                            "msgrcv",
                            Errno.EINVAL,
                            OTHER,
                            subject ->
                                    goneOr(
                                            subject,
                                            "a negative size, or flags that exclude each other")),
                    row(
                            "semop semtimedop",
                            Errno.EINVAL,
                            OTHER,
                            subject -> goneOr(subject, "no operation, or a negative timeout")),
                    row(
                            "shmat",
                            Errno.EINVAL,
                            OTHER,
                            subject ->
                                    goneOr(
                                            subject,
                                            "it cannot be attached at this address, which does not"
                                                    + " begin a page, or has something there"
                                                    + " already")),
                    row(
                            "msgctl semctl shmctl",
                            Errno.EINVAL,
                            OTHER,
                            subject -> goneOr(subject, "a value that this command does not take")),
                    row(
                            "msgrcv msgsnd",
                            Errno.EIDRM,
                            REMOVED,
                            "the queue was removed. Open or create it anew"),
                    row(
                            "semop semtimedop",
                            Errno.EIDRM,
                            REMOVED,
                            "the set was removed. Open or create it anew"),
                    row(
                            "msgget semget shmget msgctl semctl shmctl shmat",
                            Errno.EIDRM,
                            REMOVED,
                            "it was removed. Open or create it anew"),
                    row(
                            "msgrcv",
                            Errno.E2BIG,
                            OTHER,
                            "the message is longer than the room given for it; it stays in the"
                                    + " queue. Receive it with more room, or cut off"),
                    row("msgrcv", Errno.ENOMSG, OTHER, "there is no message of this type now"),
                    row("msgsnd", Errno.EAGAIN, OTHER, SystemVErrors::queueFull),
                    row(
                            "msgrcv",
                            Errno.ENOSYS,
                            OTHER,
                            "this kernel cannot copy a message that stays in the queue: it was"
                                    + " built without CONFIG_CHECKPOINT_RESTORE"),
                    row("msg_qbytes", Errno.EPERM, NOT_PERMITTED, SystemVErrors::mayNotEnlarge),
                    row("SHM_LOCK", Errno.EPERM, NOT_PERMITTED, SystemVErrors::mayNotLock),
                    row("SHM_LOCK", Errno.ENOMEM, LIMIT, _ -> tooMuchLocked()),
                    row(
                            "semop semtimedop",
                            Errno.E2BIG,
                            LIMIT,
                            _ ->
                                    "more operations in one call than "
                                            + Limit.SEMOPM.words()
                                            + " allows. "
                                            + Limit.SEMOPM.advice()),
                    row("semop semtimedop", Errno.EFBIG, OTHER, SystemVErrors::noSuchSemaphore),
                    row(
                            "semop semtimedop semctl",
                            Errno.ERANGE,
                            LIMIT,
                            _ ->
                                    "the value would be negative or exceed "
                                            + Limit.SEMVMX.words()
                                            + ", which is fixed; or so would the sum to undo"),
                    row(
                            "shmget",
                            Errno.EPERM,
                            NOT_PERMITTED,
                            "huge pages need CAP_IPC_LOCK, or membership in the group of"
                                    + " vm.hugetlb_shm_group"));

    private SystemVErrors() {}

    private static String notTheDisk(Limit limit) {
        return limit.words() + " is used up" + CLEAN + orRaise(limit);
    }

    private static String orRaise(Limit limit) {
        var advice = limit.advice();
        return advice.startsWith("Try: ") ? ", or: " + advice.substring("Try: ".length()) : "";
    }

    /// Of the two limits that the error can stand for, the one that is used up: the number of
    /// objects if it is full, else the total, in which the request found no room.
    private static String oneOf(Limit objects, Limit total) {
        if (objects.isUsedUp()) {
            return notTheDisk(objects);
        }
        return "%s, of which %s are used, has no room for this one%s%s"
                .formatted(total.words(), Limit.amount(total.used()), CLEAN, orRaise(total));
    }

    private static String absent(Subject subject, String kind, String option) {
        return "there is no %s %s in this IPC namespace. Try: ipcs %s"
                .formatted(kind, which(subject), option);
    }

    private static String which(Subject subject) {
        if (subject.id().isPresent()) {
            return "with id " + subject.id().getAsInt();
        }
        var key = subject.key();
        return key.isPresent()
                ? "with key 0x" + Integer.toHexString(key.getAsInt())
                : "of this key";
    }

    private static String setOfWrongSize(Subject subject) throws IOException {
        var row = subject.row();
        return row.isPresent()
                ? "it has %d semaphores, fewer than asked for".formatted(row.get().number("nsems"))
                : "a set has 1 to as many semaphores as %s allows. %s"
                        .formatted(Limit.SEMMSL.words(), Limit.SEMMSL.advice());
    }

    private static String segmentOfWrongSize(Subject subject) throws IOException {
        var row = subject.row();
        return row.isPresent()
                ? "it has %d bytes, fewer than asked for".formatted(row.get().number("size"))
                : ("a segment has at least 1 byte, and at most what %s allows; huge pages have one"
                                + " of the sizes in /sys/kernel/mm/hugepages. %s")
                        .formatted(Limit.SHMMAX.words(), Limit.SHMMAX.advice());
    }

    private static String badMessage(Subject subject) throws IOException {
        return goneOr(
                subject,
                "the type of a message is at least 1, and its text no longer than %s. %s"
                        .formatted(Limit.MSGMAX.words(), Limit.MSGMAX.advice()));
    }

    /// The kernel says EINVAL also for an id that no longer exists.
    private static String goneOr(Subject subject, String otherwise) throws IOException {
        boolean isGone = subject.id().isPresent() && subject.row().isEmpty();
        return isGone ? "there is no object of this id (any more). Try: ipcs" : otherwise;
    }

    private static String queueFull(Subject subject) throws IOException {
        var row = subject.row();
        return row.isPresent()
                ? "the queue is full: %d messages, %d bytes wait in it"
                        .formatted(row.get().number("qnum"), row.get().number("cbytes"))
                : "the queue is full";
    }

    private static String noSuchSemaphore(Subject subject) throws IOException {
        var row = subject.row();
        return row.isPresent()
                ? "the set has the semaphores 0 to " + (row.get().number("nsems") - 1)
                : "the index is not that of a semaphore of this set";
    }

    private static String mayNotEnlarge(Subject subject) throws IOException {
        return unlessOwner(subject)
                + "more than "
                + Limit.MSGMNB.words()
                + " needs CAP_SYS_RESOURCE, which root may lack too. "
                + Limit.MSGMNB.advice();
    }

    private static String mayNotLock(Subject subject) throws IOException {
        return unlessOwner(subject) + "without CAP_IPC_LOCK " + tooMuchLocked();
    }

    private static String tooMuchLocked() {
        return "no more may be locked than %s allows. %s"
                .formatted(Limit.RLIMIT_MEMLOCK.words(), Limit.RLIMIT_MEMLOCK.advice());
    }

    /// Whose it is, if that can be why something is refused; the other reason follows.
    private static String unlessOwner(Subject subject) throws IOException {
        var row = subject.row();
        long asker = Credentials.own().uid();
        boolean isOwner =
                row.isPresent()
                        && (row.get().number("uid") == asker || row.get().number("cuid") == asker);
        return isOwner ? "" : Ownership.explain(subject).map(words -> words + "; and ").orElse("");
    }
}
