package parley.tool;

/// What was asked for cannot be meant, as is only found out at work: status 2, as for an argument
/// that cannot be read.
public final class UsageMistake extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message what is wrong, and what would be right
    public UsageMistake(String message) {
        super(message);
    }
}
