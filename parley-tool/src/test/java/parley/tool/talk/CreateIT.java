package parley.tool.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import parley.peer.Command;
import parley.tool.demo.Packaged;

/// `parley create` as its user sees it, judged by stat(1).
@Timeout(120)
class CreateIT {
    @TempDir private Path directory;

    @ParameterizedTest
    @CsvSource({"'', prw-------", "--mode 0666, prw-rw-rw-", "--mode rw-r-----, prw-r-----"})
    void aFifoHasItsModeWhateverTheUmaskIs(String option, String letters) throws Exception {
        var fifo = directory.resolve("a,b").toString();
        var address = "fifo:" + fifo.replace(",", "\\,");
        var create = Parley.quoted("create", address) + " " + option;
        assertEquals("", Command.output("sh", "-c", "umask 077; " + create));
        assertEquals(letters, Command.output("stat", "-c", "%A", fifo));
    }

    @Test
    void theModeMayStandInTheAddress() throws Exception {
        var fifo = directory.resolve("fifo");
        assertEquals(0, Parley.run("create", "fifo:" + fifo + ",mode=0640").status());
        assertEquals("prw-r-----", Command.output("stat", "-c", "%A", fifo.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fifo:DIR|6|EEXIST",
                "fifo:DIR/none/x|3|there is no directory",
                "fifo:/sys/x|4|",
                "unix:DIR/s|2|is not made in advance",
                "mq:x|2|a name is a slash and then no other",
                "fifo:DIR/x --mode 9|2|not a mode such as 0600",
                "fifo:DIR/x,mode=0600 --mode 0600|2|the mode is given twice",
            })
    void whatCannotBeMadeIsSaid(String words, int status, String said) throws Exception {
        var arguments = ("create " + words).replace("DIR", directory.toString()).split(" ");
        var result = Packaged.run(Packaged.command(arguments));
        assertEquals(status, result.status(), result.err());
        assertTrue(result.err().contains(said == null ? "" : said), result.err());
        assertEquals(List.of(), result.lines());
    }
}
