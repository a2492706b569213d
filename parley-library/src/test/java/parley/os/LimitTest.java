package parley.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import parley.kernel.SysIpc;
import parley.kernel.SysMsg;
import parley.kernel.SysSem;
import parley.kernel.SysShm;
import parley.kernel.Unistd;
import parley.peer.Command;

class LimitTest {
    static Stream<Limit> sysctls() {
        return Arrays.stream(Limit.values())
                .filter(limit -> limit.source().startsWith("/proc/sys"));
    }

    static Stream<Limit> rlimits() {
        return Arrays.stream(Limit.values()).filter(limit -> limit.name().startsWith("RLIMIT_"));
    }

    @ParameterizedTest
    @MethodSource("sysctls")
    void aSysctlIsWhatCatShows(Limit limit) throws Exception {
        var place = limit.source().split(", ", -1);
        assumeTrue(Files.exists(Path.of(place[0])), place[0] + " is not in this kernel");
        int field = place.length == 1 ? 0 : place[1].charAt(0) - '1';
        var shown = Command.output("cat", place[0]).split("\\s+", -1)[field];
        var value = new BigInteger(shown).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
        boolean isUnlimited = place[0].contains("pipe-user-pages") && value == 0;
        assertEquals(OptionalLong.of(isUnlimited ? Limit.UNLIMITED : value), limit.value());
        assertEquals(OptionalLong.empty(), limit.hardValue());
    }

    @ParameterizedTest
    @MethodSource("rlimits")
    void anRlimitIsWhatPythonsResourceModuleSays(Limit limit) throws Exception {
        var names =
                Map.of(
                        "RLIMIT_LOCKS",
                        "10",
                        "RLIMIT_RTTIME",
                        "15",
                        "RLIMIT_NICE",
                        "13"); // new ones
        var resource = names.getOrDefault(limit.name(), "resource." + limit.name());
        var command =
                "import resource,os; print(*resource.prlimit(os.getppid(), " + resource + "))";
        var shown = Command.output("python3", "-c", command).split(" ", -1);
        assertEquals(OptionalLong.of(number(shown[0])), limit.value());
        assertEquals(OptionalLong.of(number(shown[1])), limit.hardValue());
    }

    private static long number(String python) {
        return python.equals("-1") ? Limit.UNLIMITED : Long.parseLong(python);
    }

    @Test
    void everyRlimitOfLinuxIsThere() throws Exception {
        assertEquals(16, rlimits().count());
        var limits = Files.readAllLines(Path.of("/proc/self/limits"));
        assertEquals(16, limits.size() - 1);
    }

    @ParameterizedTest
    @MethodSource("rlimits")
    void theShellHasTheOptionThatIsSuggested(Limit limit) throws Exception {
        var advice = limit.howToRaise();
        if (advice.equals("cannot be raised")) {
            long max = Limit.NR_OPEN.value().orElse(Limit.UNLIMITED);
            assertTrue(limit.value().getAsLong() >= max, limit + " " + limit.value());
            return;
        }
        assertTrue(
                advice.matches("ulimit -\\w \\d+ \\(or Limit[A-Z]+=\\d+ in a systemd unit\\)"),
                advice);
        var option = advice.substring("ulimit ".length(), "ulimit -x".length());
        assertFalse(Command.output("bash", "-c", "ulimit " + option).isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void everyLimitIsInWords(Limit limit) {
        assertFalse(limit.title().isEmpty());
        assertTrue(limit.meaning().endsWith("."), limit.meaning());
        assertFalse(limit.source().isEmpty());
        assertFalse(limit.howToRaise().isEmpty());
        assertTrue(limit.words().startsWith("the " + limit.title() + " ("), limit.words());
        assertEquals(limit.unit() == Limit.Unit.NUMBER, limit.unit().toString().isEmpty());
        limit.used().ifPresent(used -> assertTrue(used >= 0, limit + " " + used));
    }

    @Test
    void theSuggestedSysctlKeepsTheOtherValuesOfTheFile() throws Exception {
        var now = Command.output("cat", "/proc/sys/kernel/sem").split("\\s+", -1);
        var more = Math.min(Long.parseLong(now[2]) * 2, Integer.MAX_VALUE);
        assertEquals(
                "sysctl -w kernel.sem=\"%s %s %d %s\"".formatted(now[0], now[1], more, now[3]),
                Limit.SEMOPM.howToRaise());
        assertEquals("/proc/sys/kernel/sem, 3rd value", Limit.SEMOPM.source());
    }

    @Test
    void whatIsFixedCannotBeRaised() {
        assertEquals("cannot be raised", Limit.SEMVMX.howToRaise());
        assertEquals(OptionalLong.of(32767), Limit.SEMVMX.value());
    }

    @Test
    void shmmaxIsSaturatedWhereItIsMoreThanALong() throws Exception {
        var shown = new BigInteger(Command.output("cat", "/proc/sys/kernel/shmmax"));
        assumeTrue(shown.bitLength() > 63, "SHMMAX fits into a long here");
        assertEquals(OptionalLong.of(Limit.UNLIMITED), Limit.SHMMAX.value());
        assertTrue(Limit.SHMMAX.words().contains("unlimited"), Limit.SHMMAX.words());
    }

    @Test
    void sharedMemoryIsAsLargeAsDfSays() throws Exception {
        var fields = Command.output("df", "-B1", "--output=size", "/dev/shm").split("\\s+", -1);
        assertEquals(OptionalLong.of(Long.parseLong(fields[1])), Limit.DEV_SHM.value());
        assertTrue(Limit.DEV_SHM.used().getAsLong() <= Limit.DEV_SHM.value().getAsLong());
    }

    @Test
    void systemVObjectsAreCounted() throws Exception {
        int queue = checked(SysMsg.msgget(SysIpc.IPC_PRIVATE, 0600));
        int set = checked(SysSem.semget(SysIpc.IPC_PRIVATE, 7, 0600));
        int segment = checked(SysShm.shmget(SysIpc.IPC_PRIVATE, 5000, 0600));
        try {
            assertTrue(Limit.MSGMNI.used().getAsLong() >= 1);
            assertTrue(Limit.SEMMNI.used().getAsLong() >= 1);
            assertTrue(Limit.SEMMNS.used().getAsLong() >= 7);
            assertTrue(Limit.SHMMNI.used().getAsLong() >= 1);
            long pages = Math.ceilDiv(5000, Unistd.sysconf(Unistd._SC_PAGESIZE));
            assertTrue(Limit.SHMALL.used().getAsLong() >= pages);
            assertEquals(7, Subject.of("sem:#" + set).row().orElseThrow().number("nsems"));
        } finally {
            SysMsg.msgctl(queue, SysIpc.IPC_RMID, MemorySegment.NULL);
            SysSem.semctl(set, 0, SysIpc.IPC_RMID, 0);
            SysShm.shmctl(segment, SysIpc.IPC_RMID, MemorySegment.NULL);
        }
    }

    private static int checked(int result) throws OsException {
        return (int) OsException.check("get", "", result);
    }

    @Test
    void openDescriptorsAreCounted() throws Exception {
        long before = Limit.RLIMIT_NOFILE.used().getAsLong();
        var opened = new ArrayList<Fd>();
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(8);
            for (int i = 0; i < 50; i++) {
                checked(Unistd.pipe2(fds, 0));
                opened.add(Fd.adopt(fds.get(JAVA_INT, 0)));
                opened.add(Fd.adopt(fds.get(JAVA_INT, 4)));
            }
            long after = Limit.RLIMIT_NOFILE.used().getAsLong();
            assertTrue(after >= before + 50, before + " then " + after); // others may close some
        } finally {
            opened.forEach(Fd::close);
        }
    }

    @Test
    void theKernelsTablesAreReadByTheNamesOfTheirColumns() {
        var rows =
                SystemVTable.parse(
                        List.of(
                                "       key      semid perms      nsems   uid   gid  cuid  cgid",
                                "     10753         32   640        250  1000   100     0     7",
                                "        -1         33   666          1     0     0     0     0"));
        assertEquals(2, rows.size());
        assertEquals(250, rows.getFirst().number("nsems"));
        assertEquals(7, rows.getFirst().number("cgid"));
        assertEquals(new FileMode(0640), rows.getFirst().mode());
        assertEquals(-1, rows.getLast().number("key"));
        assertEquals(List.of(), SystemVTable.parse(List.of()));
    }

    @Test
    void aLimitThatThisKernelDoesNotHaveIsEmpty() throws IOException {
        var absent = LimitSource.Sysctl.of("kernel.no_such_limit", LimitSource.INT_MAX);
        assertEquals(OptionalLong.empty(), absent.value());
        assertTrue(absent.command().isEmpty());
        var text = LimitSource.Sysctl.of("kernel.ostype", LimitSource.INT_MAX);
        assertEquals(OptionalLong.empty(), text.value());
        assertEquals("unknown", Limit.amount(absent.value()));
    }

    @Test
    void queuesAreCountedWhereTheirFileSystemIsMountedNowhere() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can have an IPC namespace of its own");
        var unmount = "umount -a -t mqueue; exec \"$@\"";
        var words = List.of("unshare", "--ipc", "--mount", "sh", "-c", unmount, "sh");
        var told = Command.output(Command.java(words, Provoke.class, "count"));
        assertTrue(told.startsWith("OptionalLong[2]"), told);
    }
}
