// The textbook's parent and child: a pipe to the child under number 3, and one back under number 4.
//
// Run: java -p parley.jar --add-modules parley --enable-native-access=parley ParentAndChild.java

import module java.base;
import module parley;

import parley.pipe.Pipe; // there is one in java.nio.channels too

void main() throws Exception {
    var script = "tr a-z A-Z <&3 >&4";
    try (var there = Pipe.create();
            var back = Pipe.create();
            // Handing over closes our copies: else the child would never find the end of its input.
            var child =
                    Spawn.command("sh", "-c", script)
                            .handOver(3, there.source().fd())
                            .handOver(4, back.sink().fd())
                            .start()) {
        there.sink().write(ByteBuffer.wrap("hello, child\n".getBytes()));
        there.sink().close();
        var answer = new String(back.source().inputStream().readAllBytes());
        IO.print("the child says: " + answer);
        IO.println("the child " + child.awaitExit());
    }
}
