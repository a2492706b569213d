package parley.bench.channels;

import parley.bench.Placement;

/// One thing that is measured, of all who take part in it.
///
/// @param bytes of each message
record Cell(Measure measure, int bytes, int senders, int receivers, Placement placement) {
    private static final int KIB = 1024;

    /// As the report has it.
    String setting() {
        var size = bytes % KIB == 0 ? bytes / KIB + " KiB" : bytes + " B";
        var crowd =
                switch (measure) {
                    case SENDERS -> ", %d to 1".formatted(senders);
                    case BROADCAST -> ", 1 to %d".formatted(receivers);
                    default -> "";
                };
        return size + crowd + ", " + placement.name();
    }
}
