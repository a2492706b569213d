package parley.bench.transports;

import java.util.Optional;

/// What a Java process sends and receives with.
enum Library {
    PARLEY("Parley"),
    JDK("JDK"),
    JUNIXSOCKET("junixsocket");

    private final String title;

    Library(String title) {
        this.title = title;
    }

    /// What the report calls it.
    String title() {
        return title;
    }

    /// The transport's end of one process.
    Opening open(Transport transport, Side side) throws Exception {
        return switch (this) {
            case PARLEY -> ParleyEnds.open(transport, side);
            case JDK -> ChannelEnds.open(transport, side);
            case JUNIXSOCKET -> ChannelEnds.open(transport, side, Junixsocket.provider());
        };
    }

    /// Why it cannot take part, if it cannot.
    Optional<String> missing() {
        return this == JUNIXSOCKET && !Junixsocket.isPresent()
                ? Optional.of("is not on the class path")
                : Optional.empty();
    }
}
