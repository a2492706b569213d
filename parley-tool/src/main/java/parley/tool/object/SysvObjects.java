package parley.tool.object;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import parley.address.SysvName;
import parley.address.SysvName.ByFile;
import parley.address.SysvName.ById;
import parley.address.SysvName.ByKey;
import parley.memory.Protection;
import parley.os.OsException;
import parley.sysv.IpcKey;
import parley.sysv.IpcPermissions;
import parley.sysv.SysvMessageQueue;
import parley.sysv.SysvSemaphoreSet;
import parley.sysv.SysvSharedMemory;
import parley.tool.UsageMistake;

/// System V objects that are there already, by the names that users give.
public final class SysvObjects {
    private SysvObjects() {}

    /// What there is to do with either kind of name.
    private interface Way<T> {
        T go() throws OsException;
    }

    private interface KeyWay<T> {
        T go(IpcKey key) throws OsException;
    }

    private static <T> T find(SysvName name, KeyWay<T> byKey, Way<T> byId) throws IOException {
        return switch (name) {
            case ByKey(var key) when key.equals(IpcKey.PRIVATE) ->
                    throw new UsageMistake(
                            "'private' is for making one; it is found by its id, such as #7");
            case ByKey(var key) -> byKey.go(key);
            case ByFile file -> byKey.go(file.key());
            case ById _ -> byId.go();
        };
    }

    private static int id(SysvName name) {
        return name instanceof ById(int id) ? id : -1;
    }

    /// The one of this name, of those that the kernel lists for everybody.
    static <S> Optional<S> find(
            List<S> all,
            SysvName name,
            Function<S, Integer> idOf,
            Function<S, IpcPermissions> permissionsOf)
            throws IOException {
        Predicate<S> isMeant =
                find(
                        name,
                        key -> one -> permissionsOf.apply(one).key().equals(key),
                        () -> one -> idOf.apply(one) == id(name));
        return all.stream().filter(isMeant).findFirst();
    }

    /// What a segment is, which need not be attached for this.
    static Optional<SysvSharedMemory.Status> memoryStatus(SysvName name) throws IOException {
        return find(
                SysvSharedMemory.list(),
                name,
                SysvSharedMemory.Status::id,
                SysvSharedMemory.Status::permissions);
    }

    /// Opens a queue.
    public static SysvMessageQueue queue(SysvName name) throws IOException {
        return find(name, SysvMessageQueue::open, () -> SysvMessageQueue.openById(id(name)));
    }

    /// Opens a semaphore set, as it is.
    public static SysvSemaphoreSet semaphores(SysvName name) throws IOException {
        return find(name, SysvSemaphoreSet::openAsIs, () -> SysvSemaphoreSet.openById(id(name)));
    }

    /// Attaches a segment.
    public static SysvSharedMemory memory(SysvName name, Protection protection) throws IOException {
        return find(
                name,
                key -> SysvSharedMemory.open(key, protection),
                () -> SysvSharedMemory.openById(id(name), protection));
    }

    static void removeQueue(SysvName name) throws IOException {
        remove(name, SysvMessageQueue::remove, SysvMessageQueue::removeById);
    }

    static void removeSemaphores(SysvName name) throws IOException {
        remove(name, SysvSemaphoreSet::remove, SysvSemaphoreSet::removeById);
    }

    static void removeMemory(SysvName name) throws IOException {
        remove(name, SysvSharedMemory::remove, SysvSharedMemory::removeById);
    }

    private interface Removal<N> {
        void remove(N name) throws OsException;
    }

    private static void remove(SysvName name, Removal<IpcKey> byKey, Removal<Integer> byId)
            throws IOException {
        var _ =
                find(
                        name,
                        key -> {
                            byKey.remove(key);
                            return true;
                        },
                        () -> {
                            byId.remove(id(name));
                            return true;
                        });
    }

    /// The key for one that is made.
    ///
    /// @throws IllegalArgumentException if the name is no key
    static IpcKey newKey(SysvName name) throws IOException {
        return switch (name) {
            case ByKey(var key) -> key;
            case ByFile file -> file.key();
            case ById id ->
                    throw new IllegalArgumentException(
                            "the kernel chooses ids, also " + id + ": give a key, or 'private'");
        };
    }
}
