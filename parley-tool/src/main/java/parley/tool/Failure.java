package parley.tool;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import parley.os.AlreadyExistsException;
import parley.os.LimitReachedException;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.os.RemovedException;

/// What a command that threw says, and the exit status it ends with.
///
/// @param message one line for stderr
/// @param status one of the command's documented exit statuses
record Failure(String message, int status) {
    private static final int FAILED = 1;
    private static final int NOT_FOUND = 3;
    private static final int NOT_PERMITTED = 4;
    private static final int LIMIT_REACHED = 5;
    private static final int EXISTS = 6;

    static Failure of(Exception e) {
        return switch (e) {
            case NotFoundException _, RemovedException _ -> new Failure(words(e), NOT_FOUND);
            case NotPermittedException _ -> new Failure(words(e), NOT_PERMITTED);
            case LimitReachedException _ -> new Failure(words(e), LIMIT_REACHED);
            case AlreadyExistsException _ -> new Failure(words(e), EXISTS);
            // The JDK's file exceptions have the bare path for a message.
            case NoSuchFileException file ->
                    new Failure(file.getFile() + ": there is no such file", NOT_FOUND);
            case AccessDeniedException file ->
                    new Failure(file.getFile() + ": not permitted", NOT_PERMITTED);
            case FileAlreadyExistsException file ->
                    new Failure(file.getFile() + ": exists already", EXISTS);
            default -> new Failure(words(e), FAILED);
        };
    }

    private static String words(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
