package parley.tool.object;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import parley.address.Address;
import parley.posix.PosixSemaphore;
import parley.ready.Deadline;
import parley.sysv.SysvSemaphoreSet;
import parley.tool.UsageMistake;

/// A semaphore, or a set of them, as the command uses it.
sealed interface SemaphoreEnd extends Closeable {
    /// Opens what is there.
    ///
    /// @throws UsageMistake if the address is none of a semaphore
    static SemaphoreEnd open(Address address) throws IOException {
        return switch (address) {
            case Address.SysvSemaphores(var name) -> new Sysv(SysvObjects.semaphores(name));
            case Address.PosixSemaphore(var name) -> new Posix(PosixSemaphore.open(name));
            default ->
                    throw new UsageMistake(
                            "'" + address + "' is no semaphore: sem:0x2a01, sem:#7, psem:/name");
        };
    }

    /// How many semaphores it has.
    int count();

    /// Takes permits.
    ///
    /// @param index which one of a set
    /// @param isUndone true if the kernel gives them back when this process ends
    /// @return false if there were not so many in time; none are taken then
    boolean acquire(int index, int permits, boolean isUndone, Duration timeout)
            throws IOException, InterruptedException;

    /// Gives permits.
    void release(int index, int permits, boolean isUndone) throws IOException, InterruptedException;

    /// Waits until one is 0.
    ///
    /// @throws UsageMistake if it is POSIX's
    /// @return false if it was not in time
    boolean awaitZero(int index, Duration timeout) throws IOException, InterruptedException;

    int[] values() throws IOException;

    /// Sets one, or all if `index` is negative.
    ///
    /// @throws UsageMistake if it is POSIX's
    void setValues(int index, int[] values) throws IOException;

    /// System V's.
    record Sysv(SysvSemaphoreSet set) implements SemaphoreEnd {
        @Override
        public int count() {
            return set.count();
        }

        @Override
        public boolean acquire(int index, int permits, boolean isUndone, Duration timeout)
                throws IOException, InterruptedException {
            var operations = set.operations().acquire(index, permits);
            return (isUndone ? operations.undo() : operations).perform(timeout);
        }

        @Override
        public void release(int index, int permits, boolean isUndone)
                throws IOException, InterruptedException {
            var operations = set.operations().release(index, permits);
            (isUndone ? operations.undo() : operations).perform();
        }

        @Override
        public boolean awaitZero(int index, Duration timeout)
                throws IOException, InterruptedException {
            return set.operations().awaitZero(index).perform(timeout);
        }

        @Override
        public int[] values() throws IOException {
            return set.values();
        }

        @Override
        public void setValues(int index, int[] values) throws IOException {
            if (index < 0) {
                set.setValues(values);
            } else {
                set.semaphore(index).setValue(values[0]);
            }
        }

        @Override
        public void close() {
            set.close();
        }
    }

    /// POSIX's: one, which counts by ones.
    record Posix(PosixSemaphore semaphore) implements SemaphoreEnd {
        @Override
        public int count() {
            return 1;
        }

        /// Takes them one by one, and gives back what it has if they are not all there in time.
        @Override
        public boolean acquire(int index, int permits, boolean isUndone, Duration timeout)
                throws IOException, InterruptedException {
            var deadline = Deadline.after(timeout);
            int taken = 0;
            try {
                while (taken < permits) {
                    var left = Duration.ofNanos(deadline.remainingNanos());
                    boolean isTaken =
                            timeout.isZero() ? semaphore.tryAcquire() : semaphore.tryAcquire(left);
                    if (!isTaken) {
                        return false;
                    }
                    taken++;
                }
                return true;
            } finally {
                if (taken < permits) {
                    release(index, taken, isUndone);
                }
            }
        }

        @Override
        public void release(int index, int permits, boolean isUndone) throws IOException {
            for (int i = 0; i < permits; i++) {
                semaphore.release();
            }
        }

        @Override
        public boolean awaitZero(int index, Duration timeout) {
            throw new UsageMistake(
                    ("'%s' cannot be waited for to be 0: the kernel wakes nobody for that of a"
                                    + " POSIX semaphore. Try: parley sem get %1$s; or a System V"
                                    + " one, for which there is that: parley create sem:private")
                            .formatted(semaphore));
        }

        @Override
        public int[] values() throws IOException {
            return new int[] {semaphore.value()};
        }

        @Override
        public void setValues(int index, int[] values) {
            throw new UsageMistake(
                    ("'%s' cannot be set, as a POSIX semaphore only counts. Try: parley sem post"
                                    + " %1$s N, parley sem wait %1$s N; or make it anew, with"
                                    + " --value")
                            .formatted(semaphore));
        }

        @Override
        public void close() {
            semaphore.close();
        }
    }
}
