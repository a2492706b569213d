package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import parley.kernel.Faults;
import parley.kernel.Fcntl;
import parley.kernel.Mqueue;
import parley.kernel.SysIpc;
import parley.kernel.SysMman;
import parley.kernel.SysMsg;
import parley.kernel.SysSem;
import parley.kernel.SysShm;
import parley.kernel.SysSocket;
import parley.kernel.SysStat;
import parley.kernel.SysUn;
import parley.kernel.Unistd;
import parley.os.ErrorCatalogue.Kind;
import parley.peer.Command;
import parley.peer.OtherUser;

/// Errors provoked for real where one process can, and what is said about them.
class ErrorCatalogueTest {
    private static final String CALLS =
            "open mkfifo connect bind sendmsg mq_open mq_send msgget msgsnd msgctl semget semop"
                    + " shmget shmat mmap ftruncate fcntl(F_SETPIPE_SZ) kill io_uring_setup"
                    + " shm_open fcntl(F_GET_SEALS)"
                    + " sem_open epoll_ctl pipe2 write fallocate ( * ";
    private static final String OBJECTS =
            ": x / // fd fifo: fifo:relative unix: unix:@ unix:@name tcp: tcp:host msg: msg:#"
                    + " msg:#99999999999999999999 msg:0xzz sem:-1 shm:0xffffffff sem:/path,A"
                    + " mq: mq:/"
                    + " psem: pshm:/a/b memfd: file:\u0000 /\u0000 %s%d fifo:/\ud800 sig:1 ";

    @TempDir private Path folder;
    private Arena arena;

    @BeforeEach
    void openArena() {
        arena = Arena.ofConfined();
    }

    @AfterEach
    void closeArena() {
        arena.close();
    }

    /// The message of a refusal that has to be this one.
    private static String message(String call, String object, Errno expected, long result) {
        assertTrue(expected.is(result), call + " returned " + result);
        var refusal = OsException.of(call, object, (int) -result);
        var head = call + " " + object + ": " + expected + ": ";
        assertTrue(refusal.getMessage().startsWith(head), refusal.getMessage());
        var explanation = refusal.getMessage().substring(head.length());
        assertFalse(explanation.contains(expected.name()), explanation);
        return explanation;
    }

    private static void assertSays(String message, Object... words) {
        for (var word : words) {
            assertTrue(
                    message.contains(word.toString()),
                    () -> "'" + word + "' is not in: " + message);
        }
    }

    private MemorySegment name(Object path) {
        return arena.allocateFrom(path.toString());
    }

    private int open(Path path, int flags) {
        return Fcntl.open(name(path), flags | Fcntl.O_CLOEXEC, 0600);
    }

    @Test
    void aFifoThatNobodyReads() {
        var fifo = folder.resolve("fifo");
        assertEquals(0, SysStat.mkfifo(name(fifo), 0600));
        int r = open(fifo, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
        assertSays(
                message("open", "fifo:" + fifo, Errno.ENXIO, r), "nobody has it open for reading");
    }

    @Test
    void aMissingFileIsToldFromAMissingDirectory() {
        var file = folder.resolve("nothing");
        assertSays(
                message("open", "file:" + file, Errno.ENOENT, open(file, Fcntl.O_RDONLY)),
                "there is no nothing in the directory " + folder);
        var deep = folder.resolve("a/b/c");
        assertSays(
                message("mkfifo", "fifo:" + deep, Errno.ENOENT, SysStat.mkfifo(name(deep), 0600)),
                "there is no directory " + folder.resolve("a"),
                "mkdir -p " + deep.getParent());
    }

    @Test
    void aDanglingLink() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
        assertSays(
                message("open", link.toString(), Errno.ENOENT, open(link, Fcntl.O_RDONLY)),
                "symbolic link to nowhere");
    }

    @Test
    void aLinkThatIsNotFollowed() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("target"));
        int r = open(link, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW);
        assertSays(
                message("open", "fifo:" + link, Errno.ELOOP, r),
                "not followed",
                "Try " + folder.resolve("target"));
    }

    @Test
    void aFileInThePlaceOfADirectory() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        int r = open(file.resolve("below"), Fcntl.O_RDONLY);
        assertSays(
                message("open", "fifo:" + file + "/below", Errno.ENOTDIR, r),
                file + " on the way is a file, not a directory");
    }

    @Test
    void aDirectoryIsNotWritten() {
        int r = open(folder, Fcntl.O_WRONLY);
        assertSays(message("open", folder.toString(), Errno.EISDIR, r), folder + " is a directory");
    }

    @Test
    void aNameThatIsTaken() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        int r = SysStat.mkfifo(name(file), 0600);
        assertSays(
                message("mkfifo", "fifo:" + file, Errno.EEXIST, r),
                file + " is there already: a file of uid " + Credentials.own().uid());
    }

    @Test
    void namesThatAreTooLong() {
        var file = folder.resolve("x".repeat(256));
        assertSays(
                message("open", "file:" + file, Errno.ENAMETOOLONG, open(file, Fcntl.O_RDONLY)),
                "at most 255");
        var queue = "/" + "q".repeat(256);
        int r = Mqueue.mq_open(name(queue), Fcntl.O_RDONLY, 0, MemorySegment.NULL);
        assertSays(message("mq_open", "mq:" + queue, Errno.ENAMETOOLONG, r), "257 bytes", "255");
        assertSays(explain("bind", Errno.ENAMETOOLONG, "unix:/tmp/" + "s".repeat(200)), "107");
    }

    @Test
    void aServerThatIsGoneLeavesItsFile() throws Exception {
        var path = folder.resolve("socket");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            assertSays(
                    message("bind", "unix:" + path, Errno.EADDRINUSE, bind(path)),
                    "another process has a socket of this name open");
        }
        assertSays(
                message("connect", "unix:" + path, Errno.ECONNREFUSED, connect(path)),
                "the process that made it is gone",
                "rm " + path);
        assertSays(
                message("bind", "unix:" + path, Errno.EADDRINUSE, bind(path)),
                "left over",
                "rm " + path);
    }

    @Test
    void aFileIsNoSocket() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        assertSays(
                message("connect", "unix:" + file, Errno.ECONNREFUSED, connect(file)),
                file + " is a file, not a socket");
        assertSays(message("bind", "unix:" + file, Errno.EADDRINUSE, bind(file)), "and is a file");
    }

    @Test
    void anAbstractNameThatNobodyHas() {
        assertSays(explain("connect", Errno.ECONNREFUSED, "unix:@parley"), "ss -xl");
        assertSays(explain("bind", Errno.EADDRINUSE, "unix:@parley"), "abstract name");
    }

    private int connect(Path path) {
        return withSocket(path, true);
    }

    private int bind(Path path) {
        return withSocket(path, false);
    }

    private int withSocket(Path path, boolean isConnect) {
        var address = arena.allocate(SysUn.SOCKADDR_UN);
        address.set(JAVA_SHORT, 0, (short) SysSocket.AF_UNIX);
        address.asSlice(SysUn.SUN_PATH).setString(0, path.toString());
        int fd = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);
        try {
            return isConnect ? SysSocket.connect(fd, address) : SysSocket.bind(fd, address);
        } finally {
            Unistd.close(fd);
        }
    }

    @Test
    void theInternetsErrorsNameThePort() {
        assertSays(explain("connect", Errno.ECONNREFUSED, "tcp:localhost:80"), "ss -lnt", ":80'");
        assertSays(
                explain("bind", Errno.EADDRINUSE, "udp:127.0.0.1:53,listen"), "ss -anpu", ":53'");
        assertSays(explain("bind", Errno.EACCES, "tcp:localhost:80"), "CAP_NET_BIND_SERVICE");
    }

    @Test
    void aMessageWithoutATypeOrTooLong() {
        int queue = SysMsg.msgget(SysIpc.IPC_PRIVATE, 0600);
        try {
            var message = arena.allocate(64);
            int r = SysMsg.msgsnd(queue, message, SysIpc.IPC_NOWAIT);
            assertSays(
                    message("msgsnd", "msg:#" + queue, Errno.EINVAL, r),
                    "at least 1",
                    "kernel.msgmax = " + Limit.MSGMAX.value().getAsLong());
            message.set(JAVA_LONG, 0, 1);
            assertEquals(0, SysMsg.msgsnd(queue, message, SysIpc.IPC_NOWAIT));
            long received = SysMsg.msgrcv(queue, arena.allocate(16), 0, SysIpc.IPC_NOWAIT);
            assertSays(
                    message("msgrcv", "msg:#" + queue, Errno.E2BIG, received),
                    "stays in the queue");
        } finally {
            assertEquals(0, SysMsg.msgctl(queue, SysIpc.IPC_RMID, MemorySegment.NULL));
        }
        int gone = SysMsg.msgctl(queue, SysIpc.IPC_STAT, arena.allocate(SysMsg.MSQID_DS));
        assertSays(message("msgctl", "msg:#" + queue, Errno.EINVAL, gone), "no object of this id");
    }

    @Test
    void whatIsGoneIsCalledByItsIdOrKey() throws Exception {
        assertSays(explain("msgctl", Errno.ENOENT, "msg:#77"), "no message queue with id 77");
        assertSays(explain("semctl", Errno.ENOENT, "sem:#77"), "no semaphore set with id 77");
        assertSays(explain("shmctl", Errno.ENOENT, "shm:#77"), "segment with id 77", "ipcs -m");
        int key = FileStatus.of("/proc").orElseThrow().ftok('A');
        assertSays(
                explain("msgget", Errno.ENOENT, "msg:/proc,A"),
                "no message queue with key 0x" + Integer.toHexString(key));
        for (var call : List.of("msgrcv", "msgsnd", "semop", "semctl", "shmat")) {
            var said = explain(call, Errno.EIDRM, "msg:#77");
            assertSays(said, "was removed");
            assertFalse(said.contains("waited"), said);
        }
    }

    @Test
    void aSetOfAnotherSizeAndItsOperations() {
        int key = 0x70617201;
        int set = SysSem.semget(key, 3, SysIpc.IPC_CREAT | SysIpc.IPC_EXCL | 0600);
        var object = "sem:0x" + Integer.toHexString(key);
        try {
            assertTrue(set >= 0, "semget " + set);
            assertSays(
                    message("semget", object, Errno.EINVAL, SysSem.semget(key, 4, 0600)),
                    "it has 3 semaphores, fewer than asked for");
            assertSays(
                    message("semop", object, Errno.EFBIG, operate(set, 3, 1, 1)),
                    "the semaphores 0 to 2");
            assertSays(
                    message("semop", object, Errno.ERANGE, operate(set, 0, 32767, 2)),
                    "SEMVMX = 32767");
            long many = Limit.SEMOPM.value().getAsLong() + 1;
            assumeTrue(many < 100_000, "SEMOPM is too large to be exceeded");
            assertSays(
                    message("semop", object, Errno.E2BIG, operate(set, 0, 0, (int) many)),
                    "kernel.sem, 3rd value = " + (many - 1));
        } finally {
            SysSem.semctl(set, 0, SysIpc.IPC_RMID, 0);
        }
        assertSays(
                message("semget", object, Errno.ENOENT, SysSem.semget(key, 3, 0600)),
                "no semaphore set with key 0x70617201",
                "ipcs -s");
        int tooMany = (int) Math.min(Integer.MAX_VALUE, Limit.SEMMSL.value().getAsLong() + 1);
        assertSays(
                message(
                        "semget",
                        object,
                        Errno.EINVAL,
                        SysSem.semget(key, tooMany, 0600 | SysIpc.IPC_CREAT)),
                "kernel.sem, 1st value");
    }

    private int operate(int set, int index, int value, int count) {
        var operations = arena.allocate(SysSem.SEMBUF, count);
        for (int i = 0; i < count; i++) {
            var operation = operations.asSlice(i * SysSem.SEMBUF.byteSize());
            operation.set(JAVA_SHORT, SysSem.SEM_NUM, (short) index);
            operation.set(JAVA_SHORT, SysSem.SEM_OP, (short) value);
            operation.set(JAVA_SHORT, SysSem.SEM_FLG, (short) SysIpc.IPC_NOWAIT);
        }
        return SysSem.semop(set, operations, count);
    }

    @Test
    void aSegmentOfAnotherSize() {
        int key = 0x70617202;
        var object = "shm:0x" + Integer.toHexString(key);
        int segment = SysShm.shmget(key, 4096, SysIpc.IPC_CREAT | SysIpc.IPC_EXCL | 0640);
        try {
            assertTrue(segment >= 0, "shmget " + segment);
            assertSays(
                    message("shmget", object, Errno.EINVAL, SysShm.shmget(key, 4097, 0600)),
                    "it has 4096 bytes");
            assertSays(
                    explain("shmat", Errno.EACCES, object),
                    "belongs to uid " + Credentials.own().uid(),
                    "mode 0640 (rw-r-----)",
                    "this process is uid");
        } finally {
            SysShm.shmctl(segment, SysIpc.IPC_RMID, MemorySegment.NULL);
        }
        assertSays(
                message(
                        "shmget",
                        "shm:0x1",
                        Errno.EINVAL,
                        SysShm.shmget(SysIpc.IPC_PRIVATE, 0, 0600)),
                "at least 1 byte",
                "kernel.shmmax");
    }

    @Test
    void usedUpLimitsOfSystemVAreToldFromTheDisk() throws Exception {
        assertSays(
                inNamespace("32000 1000000 500 2", "sets"),
                "the number of semaphore sets (kernel.sem, 4th value = 2) is used up, not the disk",
                "Try: ipcs, and ipcrm for what nobody uses, or: sysctl"
                        + " -w kernel.sem=\"32000 1000000 500 4\"");
        assertSays(
                inNamespace("32000 10 500 100", "sets"),
                "the number of semaphores in all sets (kernel.sem, 2nd value = 10), of which 9 are",
                "not the disk");
    }

    private static String inNamespace(String semaphores, String what) throws Exception {
        var before = Command.inIpcNamespace("sem", semaphores);
        return Command.output(Command.java(before, Provoke.class, what));
    }

    /// From a jar, as users have it: a class in a folder could not be loaded without a descriptor.
    @Test
    void allDescriptorsInUse() throws Exception {
        var jar = folder.resolve("parley.jar").toString();
        var pack = new ArrayList<>(List.of("--create", "--no-compress", "--file", jar));
        for (var type : List.of(OsException.class, Provoke.class)) {
            pack.addAll(List.of("-C", location(type), "parley"));
        }
        int status =
                ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(System.out, System.err, pack.toArray(String[]::new));
        assertEquals(0, status);
        assertSays(
                Command.output(Command.java(List.of(), jar, Provoke.class, "descriptors")),
                "LimitReachedException",
                "all the descriptors open that it may have",
                "RLIMIT_NOFILE = 100",
                "Try: ulimit -n 200");
    }

    private static String location(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    @Test
    void noMemoryForQueuesIsToldFromNoDescriptors() throws Exception {
        assertSays(
                Command.output(
                        Command.java(
                                List.of("prlimit", "--msgqueue=1000"), Provoke.class, "queue")),
                "RLIMIT_MSGQUEUE = 1000",
                "descriptors",
                "ulimit -q 2000");
    }

    @Test
    void namesAndSizesOfPosixQueues() {
        int r = openQueue("no-slash", 1, 1);
        assertSays(message("mq_open", "mq:no-slash", Errno.EINVAL, r), "Try: /no-slash");
        r = openQueue("/parley/two", 1, 1);
        assertSays(message("mq_open", "mq:/parley/two", Errno.EACCES, r), "one slash");
        assertSays(
                explain("mq_open", Errno.EACCES, "mq:/nothing-of-this-name"),
                "this process is uid " + Credentials.own().uid(),
                "mount -t mqueue");
        r = openQueue("/parley-none", 0, 0);
        assertSays(
                message("mq_open", "mq:/parley-none", Errno.EINVAL, r),
                "fs.mqueue.msg_max = " + Limit.MQUEUE_MSG_MAX.value().getAsLong(),
                "sysctl -w fs.mqueue.msgsize_max=");
        r = Mqueue.mq_open(name("/parley-none"), 0, 0, MemorySegment.NULL);
        assertSays(message("mq_open", "mq:/parley-none", Errno.ENOENT, r), "no queue of this name");
    }

    private int openQueue(String name, long messages, long bytes) {
        var attributes = arena.allocate(Mqueue.MQ_ATTR);
        attributes.set(JAVA_LONG, Mqueue.MQ_MAXMSG, messages);
        attributes.set(JAVA_LONG, Mqueue.MQ_MSGSIZE, bytes);
        int flags = Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK;
        return Mqueue.mq_open(name(name), flags, 0600, attributes);
    }

    @Test
    void aQueuesMessageThatDoesNotFit() {
        var queue = "/parley-catalogue-" + ProcessHandle.current().pid();
        int mqd = openQueue(queue, 1, 8);
        try {
            long r = Mqueue.mq_receive(mqd, arena.allocate(7), arena.allocate(4).address());
            assertSays(message("mq_receive", "mq:" + queue, Errno.EMSGSIZE, r), "room given");
            r = Mqueue.mq_send(mqd, arena.allocate(9), 0);
            assertSays(message("mq_send", "mq:" + queue, Errno.EMSGSIZE, r), "longer than");
        } finally {
            Mqueue.mq_close(mqd);
            Mqueue.mq_unlink(name(queue));
        }
    }

    @Test
    void aPipesCapacity() {
        var fds = arena.allocate(8);
        assertEquals(0, Unistd.pipe2(fds, Fcntl.O_CLOEXEC));
        int write = fds.get(JAVA_INT, 4);
        try {
            assertEquals(60_000, Unistd.write(write, arena.allocate(60_000)));
            int r = Fcntl.fcntl(write, Fcntl.F_SETPIPE_SZ, 4096);
            assertSays(message("fcntl(F_SETPIPE_SZ)", "pipe:[1]", Errno.EBUSY, r), "more bytes");
            r = Fcntl.fcntl(write, Fcntl.F_SETPIPE_SZ, 1 << 30);
            assumeTrue(Errno.EPERM.is(r), "this process may exceed fs.pipe-max-size");
            assertSays(
                    message("fcntl(F_SETPIPE_SZ)", "pipe:[1]", Errno.EPERM, r),
                    "fs.pipe-max-size = " + Limit.PIPE_MAX_SIZE.value().getAsLong());
        } finally {
            Unistd.close(write);
            Unistd.close(fds.get(JAVA_INT, 0));
        }
    }

    @Test
    void aSealedFile() {
        int fd =
                SysMman.memfd_create(
                        name("parley"), SysMman.MFD_ALLOW_SEALING | SysMman.MFD_CLOEXEC);
        try {
            assertEquals(
                    0, Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_SEAL));
            int r = Unistd.ftruncate(fd, 4096);
            assertSays(message("ftruncate", "memfd:parley", Errno.EPERM, r), "parley is sealed");
            r = Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_WRITE);
            assertSays(
                    message("fcntl(F_ADD_SEALS)", "memfd:parley", Errno.EPERM, r),
                    "sealed against more");
        } finally {
            Unistd.close(fd);
        }
    }

    @Test
    void executableMemoryWhereNoneMayBe() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can have a PID namespace of its own");
        var script = "echo 2 > /proc/sys/vm/memfd_noexec || exit 77; exec \"$@\"";
        var words = List.of("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh");
        var result = Command.run(Command.java(words, Provoke.class, "executable"));
        assumeTrue(result.exitCode() != 77, "no vm.memfd_noexec here: Linux 6.3");
        assertSays(
                result.output(),
                "NotPermittedException",
                "vm.memfd_noexec = 2",
                "Try, as root: sysctl -w vm.memfd_noexec=1");
    }

    @Test
    void memoryThatIsNotThere() {
        long size = Limit.DEV_SHM.value().getAsLong();
        assertSays(
                explain("posix_fallocate", Errno.ENOSPC, "pshm:/x"),
                "size of /dev/shm = " + size,
                "left");
        assertSays(explain("posix_fallocate", Errno.ENOSPC, "memfd:x"), "cgroup");
        assertSays(explain("shmget", Errno.ENOMEM, "shm:0x1"), "free -h");
        assertSays(explain("mmap", Errno.ENOMEM, "pshm:/x"), "vm.max_map_count = ");
    }

    @Test
    void ownerModeAndAskerAreNamed() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        assertEquals(0, SysStat.chmod(name(file), 0604));
        var own = Credentials.own();
        for (var errno : List.of(Errno.EACCES, Errno.EPERM)) {
            assertSays(
                    explain("open", errno, "fifo:" + file),
                    file + ", a file, belongs to uid " + own.uid() + ", gid " + own.gid(),
                    "mode 0604 (rw----r--)",
                    "this process is uid " + own.uid());
        }
    }

    @Test
    void anotherUserIsToldWhoRefuses() throws Exception {
        OtherUser.assumeItCanRead(OtherUser.NOBODY);
        assertEquals(0, SysStat.chmod(name(folder), 0700));
        var closed = folder.resolve("inside/file");
        assertSays(
                Command.output(
                        Command.java(OtherUser.NOBODY, Provoke.class, "open", closed.toString())),
                "NotPermittedException",
                folder + ", a directory, belongs to uid 0",
                "mode 0700 (rwx------)",
                "this process is uid 65534",
                "Try as uid 0");
    }

    @Test
    void descriptorsInFlightAndPeersThatAreGone() {
        assertSays(explain("sendmsg", Errno.ETOOMANYREFS, "unix:/x"), "RLIMIT_NOFILE");
        assertEquals(Kind.PEER_GONE, ErrorCatalogue.find("write", Errno.EPIPE).kind());
        assertEquals(Kind.PEER_GONE, ErrorCatalogue.find("recv", Errno.ECONNRESET).kind());
        assertSays(explain("connect", Errno.EAGAIN, "unix:/x"), "net.core.somaxconn = ");
        assertSays(explain("sendmsg", Errno.EMSGSIZE, "unix-dgram:/x"), "net.core.wmem_default = ");
    }

    @Test
    void aMissingCallNamesTheKernel() {
        assertSays(explain("futex_waitv", Errno.ENOSYS, ""), System.getProperty("os.version"));
    }

    @Test
    void theRowOfTheCallComesBeforeTheRowForAnyCall() {
        assertEquals(Kind.LIMIT, ErrorCatalogue.find("fcntl(F_SETPIPE_SZ)", Errno.EPERM).kind());
        assertEquals(Kind.NOT_PERMITTED, ErrorCatalogue.find("open", Errno.EPERM).kind());
        assertEquals(
                Kind.NOT_PERMITTED, ErrorCatalogue.find("fcntl(F_ADD_SEALS)", Errno.EPERM).kind());
        assertEquals(Kind.LIMIT, ErrorCatalogue.find("no_such_call", Errno.EMFILE).kind());
        assertEquals(Kind.OTHER, ErrorCatalogue.find("no_such_call", Errno.EDOM).kind());
        assertEquals(Errno.EDOM.meaning(), explain("no_such_call", Errno.EDOM, "x"));
    }

    @ParameterizedTest
    @EnumSource
    void noExplanationFailsWhateverTheObjectIs(Errno errno) {
        for (var call : CALLS.split(" ", -1)) {
            for (var object : OBJECTS.split(" ", -1)) {
                assertFalse(explain(call, errno, object).isBlank(), () -> call + " " + object);
            }
        }
    }

    @Test
    void anErrorWhileExplainingLeavesThePlainMeaning() {
        var file = folder.resolve("file");
        try (var fault = Faults.fail("statx", 1, Errno.EIO.number())) {
            assertEquals(Errno.EEXIST.meaning(), explain("mkfifo", Errno.EEXIST, "fifo:" + file));
            assertTrue(fault.happened());
        }
        try (var _ = Faults.fail("statx", 1, Errno.EACCES.number())) { // explains itself by statx
            assertEquals(Errno.EEXIST.meaning(), explain("mkfifo", Errno.EEXIST, "fifo:" + file));
        }
    }

    private static String explain(String call, Errno errno, String object) {
        return ErrorCatalogue.find(call, errno).explain(object);
    }
}
