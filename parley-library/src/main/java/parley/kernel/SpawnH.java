package parley.kernel;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// `<spawn.h>`. See posix_spawn(3).
///
/// These functions return the error itself in C; here they return `-errno` as all others do.
@Header("spawn.h")
public final class SpawnH {
    public static final int POSIX_SPAWN_SETPGROUP = 0x02;
    public static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    public static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    public static final int POSIX_SPAWN_SETSID = 0x80;

    /// `posix_spawn_file_actions_t`: opaque.
    public static final StructLayout POSIX_SPAWN_FILE_ACTIONS_T =
            structLayout(paddingLayout(80))
                    .withByteAlignment(8)
                    .withName("posix_spawn_file_actions_t");

    /// `posix_spawnattr_t`: opaque.
    public static final StructLayout POSIX_SPAWNATTR_T =
            structLayout(paddingLayout(336)).withByteAlignment(8).withName("posix_spawnattr_t");

    private static final Function SPAWNP = Function.of("posix_spawnp");
    private static final Function ACTIONS_INIT = Function.of("posix_spawn_file_actions_init");
    private static final Function ACTIONS_DESTROY = Function.of("posix_spawn_file_actions_destroy");
    private static final Function ADDDUP2 = Function.of("posix_spawn_file_actions_adddup2");
    private static final Function ADDCLOSE = Function.of("posix_spawn_file_actions_addclose");
    private static final Function ADDFCHDIR = Function.of("posix_spawn_file_actions_addfchdir_np");
    private static final Function ADDCLOSEFROM =
            Function.of("posix_spawn_file_actions_addclosefrom_np");
    private static final Function ATTR_INIT = Function.of("posix_spawnattr_init");
    private static final Function ATTR_DESTROY = Function.of("posix_spawnattr_destroy");
    private static final Function SETFLAGS = Function.of("posix_spawnattr_setflags");
    private static final Function SETPGROUP = Function.of("posix_spawnattr_setpgroup");
    private static final Function SETSIGMASK = Function.of("posix_spawnattr_setsigmask");
    private static final Function SETSIGDEFAULT = Function.of("posix_spawnattr_setsigdefault");

    private SpawnH() {}

    /// `int posix_spawnp(pid_t *, const char *file, const posix_spawn_file_actions_t *, const
    /// posix_spawnattr_t *, char *const argv[], char *const envp[])`
    public static int posix_spawnp(
            MemorySegment pid,
            MemorySegment file,
            MemorySegment actions,
            MemorySegment attributes,
            MemorySegment argv,
            MemorySegment envp) {
        return result(
                SPAWNP.call(
                        pid.address(),
                        file.address(),
                        actions.address(),
                        attributes.address(),
                        argv.address(),
                        envp.address()));
    }

    /// `int posix_spawn_file_actions_init(posix_spawn_file_actions_t *)`
    public static int posix_spawn_file_actions_init(MemorySegment actions) {
        return result(ACTIONS_INIT.call(actions.address()));
    }

    /// `int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *)`
    public static int posix_spawn_file_actions_destroy(MemorySegment actions) {
        return result(ACTIONS_DESTROY.call(actions.address()));
    }

    /// `int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *, int fd, int newfd)`
    public static int posix_spawn_file_actions_adddup2(MemorySegment actions, int fd, int newFd) {
        return result(ADDDUP2.call(actions.address(), fd, newFd));
    }

    /// `int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *, int fd)`
    public static int posix_spawn_file_actions_addclose(MemorySegment actions, int fd) {
        return result(ADDCLOSE.call(actions.address(), fd));
    }

    /// `int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *, int fd)`
    public static int posix_spawn_file_actions_addfchdir_np(MemorySegment actions, int fd) {
        return result(ADDFCHDIR.call(actions.address(), fd));
    }

    /// `int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int from)`, in
    /// glibc 2.34 and later.
    public static int posix_spawn_file_actions_addclosefrom_np(MemorySegment actions, int from) {
        return result(ADDCLOSEFROM.call(actions.address(), from));
    }

    /// `int posix_spawnattr_init(posix_spawnattr_t *)`
    public static int posix_spawnattr_init(MemorySegment attributes) {
        return result(ATTR_INIT.call(attributes.address()));
    }

    /// `int posix_spawnattr_destroy(posix_spawnattr_t *)`
    public static int posix_spawnattr_destroy(MemorySegment attributes) {
        return result(ATTR_DESTROY.call(attributes.address()));
    }

    /// `int posix_spawnattr_setflags(posix_spawnattr_t *, short flags)`
    public static int posix_spawnattr_setflags(MemorySegment attributes, int flags) {
        return result(SETFLAGS.call(attributes.address(), flags));
    }

    /// `int posix_spawnattr_setpgroup(posix_spawnattr_t *, pid_t)`
    public static int posix_spawnattr_setpgroup(MemorySegment attributes, int group) {
        return result(SETPGROUP.call(attributes.address(), group));
    }

    /// `int posix_spawnattr_setsigmask(posix_spawnattr_t *, const sigset_t *)`
    public static int posix_spawnattr_setsigmask(MemorySegment attributes, MemorySegment set) {
        return result(SETSIGMASK.call(attributes.address(), set.address()));
    }

    /// `int posix_spawnattr_setsigdefault(posix_spawnattr_t *, const sigset_t *)`
    public static int posix_spawnattr_setsigdefault(MemorySegment attributes, MemorySegment set) {
        return result(SETSIGDEFAULT.call(attributes.address(), set.address()));
    }

    private static int result(int r) {
        return -Math.abs(r);
    }
}
