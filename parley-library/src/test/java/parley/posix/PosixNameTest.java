package parley.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import parley.contract.Unique;
import parley.kernel.Faults;
import parley.os.Credentials;
import parley.os.Errno;
import parley.os.FileMode;
import parley.os.NotFoundException;
import parley.os.NotPermittedException;
import parley.peer.Command;
import parley.peer.OtherUser;

/// Which objects there are, and whose they are.
@Timeout(120)
final class PosixNameTest {
    private static final FileMode MODE = new FileMode(0640);

    private final String name = Unique.name("/named");

    @BeforeEach
    void create() throws Exception {
        PosixMessageQueue.create(name, new PosixMessageQueue.Size(2, 7), MODE).close();
        PosixSharedMemory.create(name, 12345, MODE).close();
        PosixSemaphore.create(name, 1, MODE).close();
    }

    @AfterEach
    void unlink() throws Exception {
        PosixMessageQueue.unlink(name);
        PosixSharedMemory.unlink(name);
        PosixSemaphore.unlink(name);
    }

    private Optional<PosixName> own(List<PosixName> names) {
        return names.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    @Test
    void memoryAndSemaphoresAreWhatLsShowsInTheirFolder() throws Exception {
        var listed = new TreeSet<String>();
        PosixSharedMemory.list().forEach(each -> listed.add(each.name().substring(1)));
        PosixSemaphore.list().forEach(each -> listed.add("sem." + each.name().substring(1)));
        var ls =
                Command.output("ls", "-Ap", "/dev/shm")
                        .lines()
                        .filter(each -> !each.endsWith("/"))
                        .filter(each -> each.endsWith(name.substring(1)))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(2, ls.size());
        assertTrue(listed.containsAll(ls), () -> listed + " and " + ls);
        var memory = own(PosixSharedMemory.list()).orElseThrow().status();
        assertEquals(12345, memory.sizeBytes());
        assertEquals(MODE, memory.mode());
        var semaphore = own(PosixSemaphore.list()).orElseThrow().status();
        assertEquals(Credentials.own().uid(), semaphore.uid());
        assertEquals(PosixSemaphore.LAYOUT.byteSize(), semaphore.sizeBytes());
    }

    @Test
    void whatIsNoObjectIsNotListed() throws Exception {
        var folder = Files.createDirectory(Path.of("/dev/shm" + name + "-folder"));
        try {
            var names = PosixSharedMemory.list().stream().map(PosixName::name).toList();
            assertFalse(names.contains(name + "-folder"));
            assertEquals(new ArrayList<>(new TreeSet<>(names)), names, "sorted");
        } finally {
            Files.delete(folder);
        }
    }

    @Test
    void rootSeesTheQueuesMountedOrNot() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root sees queues that are mounted nowhere");
        var queue = own(PosixMessageQueue.list()).orElseThrow().status();
        assertEquals(MODE, queue.mode());
        assertEquals(0, queue.uid());
    }

    @Test
    void aListingDoesNotEndARegistration() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root sees queues that are mounted nowhere");
        try (var queue = PosixMessageQueue.open(name);
                var _ = queue.notifyNobody()) {
            assertTrue(own(PosixMessageQueue.list()).isPresent());
            assertTrue(queue.registered().isPresent());
        }
    }

    @Test
    void othersAreToldHowToSeeQueuesThatAreMountedNowhere(@TempDir Path directory)
            throws Exception {
        OtherJvm.assumeAnotherUser();
        Command.require("unshare");
        var unmount = "umount -a -t mqueue; exec \"$@\"";
        var words = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", unmount, "sh"));
        words.addAll(OtherUser.NOBODY);
        var told = Command.output(OtherJvm.command(words, "list-queues", name));
        assertTrue(told.startsWith("NotPermittedException fsopen mqueue: EPERM"), told);
        assertTrue(told.contains("mount -t mqueue none /dev/mqueue"), told);
        var mount = "mount -t mqueue none " + directory + "; exec \"$@\"";
        words.set(4, mount);
        told = Command.output(OtherJvm.command(words, "list-queues", name));
        assertTrue(told.contains(name) && told.endsWith("permitted"), told);
    }

    @Test
    void ownerGroupAndModeCanBeChanged() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can give something away");
        try (var queue = PosixMessageQueue.open(name);
                var memory = PosixSharedMemory.open(name)) {
            var all = new PosixPermissions(65534, 65533, new FileMode(0604));
            var before = queue.permissions();
            assertEquals(new PosixPermissions(0, 0, MODE), before);
            queue.setPermissions(before.withOwner(65534, 65533).withMode(new FileMode(0604)));
            memory.setPermissions(all);
            assertEquals(all, queue.permissions());
            assertEquals(all, memory.permissions());
            var stat = Command.output("stat", "-c", "%u %g %a", "/dev/shm" + name);
            assertEquals("65534 65533 604", stat);
            queue.setPermissions(before);
            assertEquals(before, queue.permissions());
        }
    }

    @Test
    void memoryAndSemaphoresNeedNotBeOpenedForThat() throws Exception {
        assumeTrue(Credentials.own().uid() == 0, "only root can give something away");
        var unusable = new PosixPermissions(65534, 65533, new FileMode(0));
        PosixSemaphore.setPermissions(name, unusable);
        PosixSharedMemory.setPermissions(name, unusable);
        assertEquals(unusable, PosixSemaphore.permissions(name));
        assertEquals(unusable, PosixSharedMemory.permissions(name));
        var files = List.of("/dev/shm" + name, "/dev/shm/sem." + name.substring(1));
        for (var file : files) {
            assertEquals("65534 65533 0", Command.output("stat", "-c", "%u %g %a", file));
        }
        var none = name + "-none";
        assertThrows(NotFoundException.class, () -> PosixSemaphore.permissions(none));
        assertThrows(
                NotFoundException.class, () -> PosixSharedMemory.setPermissions(none, unusable));
        assertThrows(IllegalArgumentException.class, () -> PosixSemaphore.permissions("x"));
    }

    @Test
    void aSemaphoreThatCannotHaveItsModeIsNotMade() throws Exception {
        var other = name + "-other";
        try (var chmod = Faults.fail("chmod", 1, Errno.EPERM.number())) {
            assertThrows(
                    NotPermittedException.class,
                    () -> PosixSemaphore.create(other, 1, new FileMode(0666)));
            assertTrue(chmod.happened());
        }
        assertThrows(NotFoundException.class, () -> PosixSemaphore.open(other));
    }

    @Test
    void permissionsThatAreNotChangedAskForNothing() throws Exception {
        try (var memory = PosixSharedMemory.open(name);
                var chown = Faults.fail("fchownat", 1, Errno.EPERM.number());
                var chmod = Faults.fail("chmod", 1, Errno.EPERM.number())) {
            memory.setPermissions(memory.permissions());
            assertFalse(chown.happened());
            assertFalse(chmod.happened());
            var other = memory.permissions().withOwner(65534, 65534);
            assertThrows(NotPermittedException.class, () -> memory.setPermissions(other));
            assertTrue(chown.happened());
        }
        long tooHigh = 0xffff_ffffL;
        assertThrows(IllegalArgumentException.class, () -> new PosixPermissions(tooHigh, 0, MODE));
        assertThrows(IllegalArgumentException.class, () -> new PosixPermissions(0, -1, MODE));
    }

    @Test
    void sparseMemoryOfOthersIsRefusedWhereThereIsNoRoomForIt() throws Exception {
        Command.require("unshare");
        assumeTrue(Credentials.own().uid() == 0, "only root can mount");
        var script =
                "mount -t tmpfs -o size=64k none /dev/shm || exit 77;"
                        + " truncate -s 1M /dev/shm/sparse; exec \"$@\"";
        var words = List.of("unshare", "--mount", "sh", "-c", script, "sh");
        var result = Command.run(OtherJvm.command(words, "open-memory", "/sparse"));
        assumeTrue(!OtherJvm.isNotHere(result.exitCode()), "no tmpfs can be mounted here");
        var told = result.output();
        assertTrue(
                told.startsWith("LimitReachedException posix_fallocate pshm:/sparse: ENOSPC"),
                told);
    }
}
