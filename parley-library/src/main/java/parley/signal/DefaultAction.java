package parley.signal;

/// What a signal does to a process that has neither a handler for it nor ignores it. See signal(7).
public enum DefaultAction {
    /// `Term`: it ends.
    TERMINATE("Term"),
    /// `Ign`: nothing.
    IGNORE("Ign"),
    /// `Core`: it ends, and its memory may be written to a file.
    CORE_DUMP("Core"),
    /// `Stop`: it stops until SIGCONT comes.
    STOP("Stop"),
    /// `Cont`: it goes on, if it was stopped.
    CONTINUE("Cont");

    private final String word;

    DefaultAction(String word) {
        this.word = word;
    }

    /// The word of signal(7).
    public String word() {
        return word;
    }
}
