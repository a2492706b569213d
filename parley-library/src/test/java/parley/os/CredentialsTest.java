package parley.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import parley.peer.Command;
import parley.peer.OtherUser;

class CredentialsTest {
    @Test
    void ourOwnAreWhatIdSays() throws Exception {
        var own = Credentials.own();
        assertEquals(Command.output("id", "-u"), Long.toString(own.uid()));
        assertEquals(Command.output("id", "-g"), Long.toString(own.gid()));
        assertEquals(ProcessHandle.current().pid(), own.pid());
    }

    @Test
    void ourGroupsAreAmongThoseThatIdSays() throws Exception {
        var shown = new TreeSet<Long>();
        Stream.of(Command.output("id", "-G").split(" ", -1)).map(Long::valueOf).forEach(shown::add);
        assertTrue(
                shown.containsAll(Credentials.ownGroups()), shown + " " + Credentials.ownGroups());
    }

    @Test
    void anotherUserHasItsOwnNumbersAndGroups() throws Exception {
        var other =
                List.of(
                        "setpriv",
                        "--reuid",
                        "4000000000",
                        "--regid",
                        "65000",
                        "--groups",
                        "70,71");
        OtherUser.assumeItCanRead(other);
        var shown = Command.output(Command.java(other, Main.class)).split("\n", -1);
        assertEquals("4000000000 65000 [70, 71]", shown[shown.length - 1]);
    }

    /// Prints its own credentials.
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws OsException {
            var own = Credentials.own();
            System.out.println(own.uid() + " " + own.gid() + " " + Credentials.ownGroups());
        }
    }
}
