package parley.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// `<unistd.h>`.
@Header({"unistd.h", "limits.h"})
public final class Unistd {
    /// Bytes that a write(2) to a pipe takes together or not at all.
    public static final int PIPE_BUF = 4096;

    public static final int _SC_CLK_TCK = 2;
    public static final int _SC_PAGESIZE = 30;
    public static final int _SC_NPROCESSORS_ONLN = 84;

    private static final Function CLOSE = Function.of("close");
    private static final Function DUP3 = Function.of("dup3");
    private static final Function READ = Function.of("read");
    private static final Function WRITE = Function.of("write");
    private static final Function PREAD = Function.of("pread");
    private static final Function PWRITE = Function.of("pwrite");
    private static final Function PIPE2 = Function.of("pipe2");
    private static final Function FTRUNCATE = Function.of("ftruncate");
    private static final Function FCHOWNAT = Function.of("fchownat");
    private static final Function EXECVP = Function.of("execvp");
    private static final Function LINKAT = Function.of("linkat");
    private static final Function UNLINK = Function.of("unlink");
    private static final Function GETEUID = Function.of("geteuid");
    private static final Function GETEGID = Function.of("getegid");
    private static final Function GETUID = Function.of("getuid");
    private static final Function GETGID = Function.of("getgid");
    private static final Function GETGROUPS = Function.of("getgroups");
    private static final Function SYSCONF = Function.of("sysconf");

    private Unistd() {}

    /// `extern char **environ`: the strings themselves, byte for byte, each as ISO 8859-1.
    public static List<String> environ() {
        var strings = new ArrayList<String>();
        var array = Native.pointer(Native.find("environ"));
        for (long at = 0; array.address() != 0; at += ADDRESS.byteSize()) {
            var string = Native.pointer(array.asSlice(at));
            if (string.address() == 0) {
                break;
            }
            strings.add(string.getString(0, StandardCharsets.ISO_8859_1));
        }
        return strings;
    }

    /// `int close(int fd)`
    public static int close(int fd) {
        return CLOSE.call(fd);
    }

    /// `int dup3(int old, int new, int flags)`
    public static int dup3(int oldFd, int newFd, int flags) {
        return DUP3.call(oldFd, newFd, flags);
    }

    /// `ssize_t read(int fd, void *buffer, size_t)`
    public static long read(int fd, MemorySegment buffer) {
        return READ.receive(fd, buffer, buffer.byteSize(), 0, 0);
    }

    /// `ssize_t write(int fd, const void *buffer, size_t)`
    public static long write(int fd, MemorySegment buffer) {
        return WRITE.send(fd, buffer, buffer.byteSize(), 0, 0);
    }

    /// `ssize_t pread(int fd, void *buffer, size_t, off_t)`
    public static long pread(int fd, MemorySegment buffer, long offset) {
        return PREAD.receive(fd, buffer, buffer.byteSize(), offset, 0);
    }

    /// `ssize_t pwrite(int fd, const void *buffer, size_t, off_t)`
    public static long pwrite(int fd, MemorySegment buffer, long offset) {
        return PWRITE.send(fd, buffer, buffer.byteSize(), offset, 0);
    }

    /// `int pipe2(int fds[2], int flags)`
    public static int pipe2(MemorySegment fds, int flags) {
        return PIPE2.call(fds.address(), flags);
    }

    /// `int ftruncate(int fd, off_t length)`
    public static int ftruncate(int fd, long length) {
        return FTRUNCATE.call(fd, length);
    }

    /// `int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags)`
    public static int fchownat(int dirfd, MemorySegment path, int owner, int group, int flags) {
        return FCHOWNAT.call(dirfd, path.address(), owner, group, flags, 0);
    }

    /// `int execvp(const char *file, char *const argv[])`, which returns only if it fails
    public static int execvp(MemorySegment file, MemorySegment argv) {
        return EXECVP.call(file.address(), argv.address());
    }

    /// `int linkat(int dirfd, const char *from, int dirfd, const char *to, int flags)` without
    /// directories
    public static int linkat(MemorySegment from, MemorySegment to, int flags) {
        return LINKAT.call(Fcntl.AT_FDCWD, from.address(), Fcntl.AT_FDCWD, to.address(), flags, 0);
    }

    /// `int unlink(const char *path)`
    public static int unlink(MemorySegment path) {
        return UNLINK.call(path.address());
    }

    /// `uid_t geteuid(void)`
    public static int geteuid() {
        return GETEUID.call();
    }

    /// `gid_t getegid(void)`
    public static int getegid() {
        return GETEGID.call();
    }

    /// `uid_t getuid(void)`
    public static int getuid() {
        return GETUID.call();
    }

    /// `gid_t getgid(void)`
    public static int getgid() {
        return GETGID.call();
    }

    /// `int getgroups(int size, gid_t list[])`
    public static int getgroups(int size, MemorySegment list) {
        return GETGROUPS.call(size, list.address());
    }

    /// `long sysconf(int name)`
    public static long sysconf(int name) {
        return SYSCONF.callLong(name, 0, 0, 0, 0, 0);
    }
}
