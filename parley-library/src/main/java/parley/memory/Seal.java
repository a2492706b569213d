package parley.memory;

import java.util.EnumSet;
import java.util.Set;
import parley.kernel.Fcntl;

/// A promise about a memory file that cannot be taken back. See fcntl(2), "File Sealing".
public enum Seal {
    /// No more seals.
    SEAL(Fcntl.F_SEAL_SEAL),
    /// Its size does not decrease: mapped memory stays there.
    SHRINK(Fcntl.F_SEAL_SHRINK),
    /// Its size does not increase.
    GROW(Fcntl.F_SEAL_GROW),
    /// Its content does not change.
    WRITE(Fcntl.F_SEAL_WRITE),
    /// Only those who have it mapped for writing already can change its content.
    FUTURE_WRITE(Fcntl.F_SEAL_FUTURE_WRITE),
    /// Whether it is executable does not change.
    EXEC(Fcntl.F_SEAL_EXEC);

    private final int bit;

    Seal(int bit) {
        this.bit = bit;
    }

    static int bits(Set<Seal> seals) {
        return seals.stream().mapToInt(seal -> seal.bit).reduce(0, (a, b) -> a | b);
    }

    static Set<Seal> of(int bits) {
        var seals = EnumSet.noneOf(Seal.class);
        for (var seal : values()) {
            if ((bits & seal.bit) != 0) {
                seals.add(seal);
            }
        }
        return seals;
    }
}
