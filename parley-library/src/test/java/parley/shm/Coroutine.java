package parley.shm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// Something that can stop in the middle and be gone on with later, by the same thread, or never:
/// the JDK's own continuations, which virtual threads are made of (`java.base/jdk.internal.vm` has
/// to be exported).
final class Coroutine {
    private static final Object SCOPE;
    private static final MethodHandle MAKE;
    private static final MethodHandle RUN;
    private static final MethodHandle IS_DONE;
    private static final MethodHandle PAUSE;

    static {
        try {
            var lookup = MethodHandles.lookup();
            var scope = Class.forName("jdk.internal.vm.ContinuationScope");
            var type = Class.forName("jdk.internal.vm.Continuation");
            SCOPE = scope.getConstructor(String.class).newInstance("parley");
            var make = MethodType.methodType(void.class, scope, Runnable.class);
            MAKE =
                    lookup.findConstructor(type, make)
                            .asType(
                                    MethodType.methodType(
                                            Object.class, Object.class, Runnable.class));
            var act = MethodType.methodType(void.class, Object.class);
            RUN = lookup.findVirtual(type, "run", MethodType.methodType(void.class)).asType(act);
            IS_DONE =
                    lookup.findVirtual(type, "isDone", MethodType.methodType(boolean.class))
                            .asType(MethodType.methodType(boolean.class, Object.class));
            PAUSE =
                    lookup.findStatic(type, "yield", MethodType.methodType(boolean.class, scope))
                            .asType(MethodType.methodType(boolean.class, Object.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Object continuation;

    Coroutine(Runnable body) {
        try {
            continuation = MAKE.invokeExact(SCOPE, body);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /// Goes on with it, until it pauses or ends.
    void run() {
        try {
            RUN.invokeExact(continuation);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    boolean isDone() {
        try {
            return (boolean) IS_DONE.invokeExact(continuation);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /// Stops the one that runs.
    static void pause() {
        try {
            boolean _ = (boolean) PAUSE.invokeExact(SCOPE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
