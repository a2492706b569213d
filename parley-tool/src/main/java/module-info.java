import org.jspecify.annotations.NullMarked;

/// The `parley` command.
@NullMarked
module parley.tool {
    requires parley;
    requires info.picocli;
    requires tools.jackson.core;
    requires static org.jspecify;

    // picocli makes the commands and fills in their fields by reflection
    opens parley.tool to
            info.picocli;
    opens parley.tool.demo to
            info.picocli;
    opens parley.tool.object to
            info.picocli;
    opens parley.tool.signal to
            info.picocli;
    opens parley.tool.talk to
            info.picocli;
}
