package parley.memory;

import parley.kernel.LinuxFutex;

/// What [Futex#wakeAndOperate] does to the other word, and asks of what it was before. See
/// futex(2), `FUTEX_WAKE_OP`.
///
/// @param change how the word is changed
/// @param operand by what, -2,048 to 2,047
/// @param comparison how the word as it was before is compared
/// @param argument with what, -2,048 to 2,047
public record WakeOperation(Change change, int operand, Comparison comparison, int argument) {
    private static final int BITS = 12; // of an operand, which has a sign
    private static final int MASK = (1 << BITS) - 1;
    private static final int MAX = MASK >> 1;

    /// How a word is changed.
    public enum Change {
        /// `word = operand`
        SET(LinuxFutex.FUTEX_OP_SET),
        /// `word += operand`
        ADD(LinuxFutex.FUTEX_OP_ADD),
        /// `word |= operand`
        OR(LinuxFutex.FUTEX_OP_OR),
        /// `word &= ~operand`
        AND_NOT(LinuxFutex.FUTEX_OP_ANDN),
        /// `word ^= operand`
        XOR(LinuxFutex.FUTEX_OP_XOR),
        /// `word |= 1 << operand`; operand 0 to 31
        SET_BIT(LinuxFutex.FUTEX_OP_OR | LinuxFutex.FUTEX_OP_OPARG_SHIFT),
        /// `word &= ~(1 << operand)`; operand 0 to 31
        CLEAR_BIT(LinuxFutex.FUTEX_OP_ANDN | LinuxFutex.FUTEX_OP_OPARG_SHIFT);

        private final int code;

        Change(int code) {
            this.code = code;
        }

        private boolean isOfBit() {
            return (code & LinuxFutex.FUTEX_OP_OPARG_SHIFT) != 0;
        }
    }

    /// How a word is compared, as a number with a sign.
    public enum Comparison {
        EQUAL(LinuxFutex.FUTEX_OP_CMP_EQ),
        NOT_EQUAL(LinuxFutex.FUTEX_OP_CMP_NE),
        LESS(LinuxFutex.FUTEX_OP_CMP_LT),
        LESS_OR_EQUAL(LinuxFutex.FUTEX_OP_CMP_LE),
        GREATER(LinuxFutex.FUTEX_OP_CMP_GT),
        GREATER_OR_EQUAL(LinuxFutex.FUTEX_OP_CMP_GE);

        private final int code;

        Comparison(int code) {
            this.code = code;
        }
    }

    /// Refuses what has no place in the kernel's encoding.
    public WakeOperation {
        requireFits(operand);
        requireFits(argument);
        if (change.isOfBit() && (operand < 0 || operand >= Integer.SIZE)) {
            throw new IllegalArgumentException("not a bit of a word: " + operand);
        }
    }

    private static void requireFits(int operand) {
        if (operand < -MAX - 1 || operand > MAX) {
            throw new IllegalArgumentException(
                    "not in " + (-MAX - 1) + ".." + MAX + ": " + operand);
        }
    }

    int encoded() {
        return change.code << 28
                | comparison.code << 24
                | (operand & MASK) << BITS
                | (argument & MASK);
    }
}
