package parley.os;

import java.util.Arrays;

/// The kernel's error numbers by their C names, which are the same on every platform Parley runs
/// on. See errno(3).
public enum Errno {
    EPERM(1, "the caller may not do this"),
    ENOENT(2, "no object of this name"),
    ESRCH(3, "no such process"),
    EINTR(4, "a signal came while the call waited"),
    EIO(5, "input/output error"),
    ENXIO(6, "nobody at the other end, or no such device"),
    E2BIG(7, "argument too long, or too many"),
    ENOEXEC(8, "not an executable"),
    EBADF(9, "not an open descriptor, or not open for this"),
    ECHILD(10, "no such child"),
    EAGAIN(11, "would have to wait"),
    ENOMEM(12, "not enough memory"),
    EACCES(13, "the mode or the owner does not allow it"),
    EFAULT(14, "address outside of the process"),
    ENOTBLK(15, "not a block device"),
    EBUSY(16, "in use"),
    EEXIST(17, "exists already"),
    EXDEV(18, "on another file system"),
    ENODEV(19, "no such device"),
    ENOTDIR(20, "not a directory"),
    EISDIR(21, "a directory"),
    EINVAL(22, "invalid argument"),
    ENFILE(23, "the system has too many open files"),
    EMFILE(24, "the process has too many open descriptors"),
    ENOTTY(25, "not a request this descriptor knows"),
    ETXTBSY(26, "the file is being executed"),
    EFBIG(27, "file too large, or index out of the set"),
    ENOSPC(28, "no space left, or a limit of the system is reached"),
    ESPIPE(29, "a pipe or socket has no position"),
    EROFS(30, "the file system is read-only"),
    EMLINK(31, "too many links"),
    EPIPE(32, "nobody reads any more"),
    EDOM(33, "argument out of the function's domain"),
    ERANGE(34, "result out of range"),
    EDEADLK(35, "would wait for itself"),
    ENAMETOOLONG(36, "the name is too long"),
    ENOLCK(37, "no locks left"),
    ENOSYS(38, "this kernel does not have the call"),
    ENOTEMPTY(39, "the directory is not empty"),
    ELOOP(40, "too many symbolic links, or one where none is followed"),
    ENOMSG(42, "no message of the wanted type"),
    EIDRM(43, "removed while in use"),
    ECHRNG(44, "channel number out of range"),
    EL2NSYNC(45, "level 2 not synchronized"),
    EL3HLT(46, "level 3 halted"),
    EL3RST(47, "level 3 reset"),
    ELNRNG(48, "link number out of range"),
    EUNATCH(49, "protocol driver not attached"),
    ENOCSI(50, "no CSI structure"),
    EL2HLT(51, "level 2 halted"),
    EBADE(52, "invalid exchange"),
    EBADR(53, "invalid request descriptor"),
    EXFULL(54, "exchange full"),
    ENOANO(55, "no anode"),
    EBADRQC(56, "invalid request code"),
    EBADSLT(57, "invalid slot"),
    EBFONT(59, "invalid font file"),
    ENOSTR(60, "not a stream"),
    ENODATA(61, "no data"),
    ETIME(62, "timer expired"),
    ENOSR(63, "out of streams resources"),
    ENONET(64, "not on the network"),
    ENOPKG(65, "package not installed"),
    EREMOTE(66, "the object is remote"),
    ENOLINK(67, "the link is gone"),
    EADV(68, "advertise error"),
    ESRMNT(69, "mount error"),
    ECOMM(70, "communication error"),
    EPROTO(71, "protocol error"),
    EMULTIHOP(72, "multihop attempted"),
    EDOTDOT(73, "RFS error"),
    EBADMSG(74, "not such a message"),
    EOVERFLOW(75, "value too large"),
    ENOTUNIQ(76, "name not unique"),
    EBADFD(77, "descriptor in a bad state"),
    EREMCHG(78, "remote address changed"),
    ELIBACC(79, "shared library not accessible"),
    ELIBBAD(80, "shared library corrupted"),
    ELIBSCN(81, ".lib section corrupted"),
    ELIBMAX(82, "too many shared libraries"),
    ELIBEXEC(83, "a shared library cannot be executed"),
    EILSEQ(84, "invalid byte sequence"),
    ERESTART(85, "call should be restarted"),
    ESTRPIPE(86, "streams pipe error"),
    EUSERS(87, "too many users"),
    ENOTSOCK(88, "not a socket"),
    EDESTADDRREQ(89, "destination address required"),
    EMSGSIZE(90, "the message is too long"),
    EPROTOTYPE(91, "wrong type of socket for this address"),
    ENOPROTOOPT(92, "no such socket option"),
    EPROTONOSUPPORT(93, "protocol not supported"),
    ESOCKTNOSUPPORT(94, "socket type not supported"),
    EOPNOTSUPP(95, "not supported by this object"),
    EPFNOSUPPORT(96, "protocol family not supported"),
    EAFNOSUPPORT(97, "address family not supported"),
    EADDRINUSE(98, "the address is taken"),
    EADDRNOTAVAIL(99, "not an address of this host"),
    ENETDOWN(100, "the network is down"),
    ENETUNREACH(101, "the network is unreachable"),
    ENETRESET(102, "the network dropped the connection"),
    ECONNABORTED(103, "the connection was aborted"),
    ECONNRESET(104, "the peer closed with data unread, or died"),
    ENOBUFS(105, "no buffer space left"),
    EISCONN(106, "connected already"),
    ENOTCONN(107, "not connected"),
    ESHUTDOWN(108, "shut down already"),
    ETOOMANYREFS(109, "too many descriptors in flight"),
    ETIMEDOUT(110, "the time is over"),
    ECONNREFUSED(111, "nobody listens there"),
    EHOSTDOWN(112, "the host is down"),
    EHOSTUNREACH(113, "no route to the host"),
    EALREADY(114, "under way already"),
    EINPROGRESS(115, "under way"),
    ESTALE(116, "stale file handle"),
    EUCLEAN(117, "structure needs cleaning"),
    ENOTNAM(118, "not a XENIX file"),
    ENAVAIL(119, "no XENIX semaphores"),
    EISNAM(120, "is a named file"),
    EREMOTEIO(121, "remote input/output error"),
    EDQUOT(122, "the disk quota is used up"),
    ENOMEDIUM(123, "no medium"),
    EMEDIUMTYPE(124, "wrong medium"),
    ECANCELED(125, "cancelled"),
    ENOKEY(126, "key not available"),
    EKEYEXPIRED(127, "key expired"),
    EKEYREVOKED(128, "key revoked"),
    EKEYREJECTED(129, "key rejected"),
    EOWNERDEAD(130, "the lock's owner died"),
    ENOTRECOVERABLE(131, "the state is not recoverable"),
    ERFKILL(132, "switched off"),
    EHWPOISON(133, "the memory page is broken"),
    /// A number that has no name here: newer than this list. `OsException.number()` has it.
    UNNAMED(0, "an error newer than this version of Parley");

    private static final Errno[] BY_NUMBER = byNumber();

    private final int number;
    private final String meaning;

    Errno(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /// The error of a number, [#UNNAMED] if it has no name here.
    public static Errno of(int number) {
        return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : UNNAMED;
    }

    /// The number, positive; 0 for [#UNNAMED].
    public int number() {
        return number;
    }

    /// What it means, in a few words.
    public String meaning() {
        return meaning;
    }

    /// True if `result` of a function of `parley.kernel` is this error.
    public boolean is(long result) {
        return result < 0 && result == -number;
    }

    private static Errno[] byNumber() {
        var values = values();
        var numbered = new Errno[EHWPOISON.number + 1];
        Arrays.fill(numbered, UNNAMED);
        for (var value : values) {
            numbered[value.number] = value;
        }
        numbered[0] = UNNAMED;
        return numbered;
    }
}
