package parley.tool;

import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import parley.os.AlreadyExistsException;
import parley.os.Errno;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.OsException;
import parley.os.PeerGoneException;
import parley.os.RemovedException;

/// What a command that threw says, and the exit status it ends with.
///
/// @param message one line for stderr; empty if nobody is to be told
/// @param status one of the command's documented exit statuses
public record Failure(String message, int status) {
    private static final int FAILED = 1;
    private static final int NOT_FOUND = 3;
    private static final int NOT_PERMITTED = 4;
    private static final int LIMIT_REACHED = 5;
    private static final int EXISTS = 6;
    private static final int INTERRUPTED = 128 + 2; // SIGINT
    private static final int READER_GONE = 128 + 13; // SIGPIPE, of which other programs die here

    private static final String TRACE = "PARLEY_TRACE";

    /// Says what an exception means for the user.
    public static Failure of(Throwable thrown) {
        return switch (thrown) {
            case NotFoundException e -> new Failure(words(e), NOT_FOUND);
            case RemovedException e -> new Failure(words(e), NOT_FOUND);
            case NotPermittedException e -> new Failure(words(e), NOT_PERMITTED);
            case LimitReachedException e -> new Failure(words(e), LIMIT_REACHED);
            // Received: it is longer than the memory for it.
            case OsException e when e.errno() == Errno.EMSGSIZE ->
                    new Failure(words(e), LIMIT_REACHED);
            // A side that somebody has.
            case OsException e when e.errno() == Errno.EBUSY -> new Failure(words(e), EXISTS);
            case AlreadyExistsException e -> new Failure(words(e), EXISTS);
            case PeerGoneException e when e.object().equals(StandardOutput.NAME) ->
                    new Failure("", READER_GONE);
            case OutOfTime e -> new Failure(words(e), e.status());
            case UnknownHostException e -> new Failure(words(e), NOT_FOUND);
            // The JDK's file exceptions have the bare path for a message.
            case NoSuchFileException file ->
                    new Failure(file.getFile() + ": there is no such file", NOT_FOUND);
            case AccessDeniedException file ->
                    new Failure(file.getFile() + ": not permitted", NOT_PERMITTED);
            case FileAlreadyExistsException file ->
                    new Failure(file.getFile() + ": exists already", EXISTS);
            case InterruptedException _ -> new Failure("", INTERRUPTED);
            case StandardOutput.Failed out when out.isReaderGone() -> new Failure("", READER_GONE);
            case StandardOutput.Failed out -> new Failure(words(out), FAILED);
            case UncheckedIOException wrapped when wrapped.getCause() != null ->
                    of(wrapped.getCause());
            case RuntimeException e -> new Failure(defect(e), FAILED);
            case Error e -> new Failure(defect(e), FAILED);
            default -> new Failure(words(thrown), FAILED);
        };
    }

    /// Whether the user wants to see stack traces; they are for those who look for a defect.
    public static boolean isTraceWanted() {
        return System.getenv(TRACE) != null;
    }

    /// Prints the stack trace to standard error, if that is wanted.
    public static void trace(Throwable thrown) {
        if (isTraceWanted()) {
            thrown.printStackTrace();
        }
    }

    private static String words(Throwable thrown) {
        var message = thrown.getMessage();
        return message == null ? thrown.toString() : message.replaceAll("\\s+", " ");
    }

    private static String defect(Throwable thrown) {
        return "unexpected "
                + thrown.toString().replaceAll("\\s+", " ")
                + " ("
                + TRACE
                + "=1 in the environment shows where)";
    }
}
