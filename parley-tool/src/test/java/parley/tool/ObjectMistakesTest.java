package parley.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Command lines about objects that cannot be meant, or name nothing that is there.
class ObjectMistakesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "create msg:#3|2|the kernel chooses ids, also #3",
                "create shm:private|2|how much? --size 64K",
                "create sem:private --size 4|2|--size means nothing to 'sem:private'",
                "create psem:/x --value 1,2|2|a POSIX semaphore has one value",
                "create sem:private --value -1|2|",
                "create tcp:host:80|2|is not made in advance",
                "create fifo:/f --value 3|2|--value means nothing to 'fifo:/f'",
                "receive sem:#1|2|carries nothing; see 'parley sem --help'",
                "receive msg:0x7a11a11a --type x|2|--type x: a number from 1 on",
                "receive mq:/no-such-queue --type 1|2|--type is for msg: and mailboxes",
                "receive unix:/s --offset 4|2|--offset and --length are for shm: and pshm:",
                "send msg:0x7a11a1 x --priority 2|2|--priority: 0 to 32767, for mq: and mailboxes",
                "send mq:/no-such-queue x --priority 32768|2|--priority: 0 to 32767",
                "bridge - shm:#1|2|is read and written in place",
                "remove tcp:host:80|2|is nothing that stays",
                "remove psem:/no-such-semaphore|3|ENOENT",
                "set mq:/no-such-queue mode=0600|3|ENOENT",
                "set fifo:/x mode=0600|2|nothing of 'fifo:/x' can be set",
                "sem look sem:#1|2|wait, post, zero, get or set",
                "sem get msg:#1|2|is no semaphore",
                "sem wait sem:0x7a11a11a 0|2|0: a number from 1 on",
                "sem wait sem:0x7a11a11a|3|ENOENT",
                "with sem:0x7a11a11a true|3|ENOENT",
                "with msg:#1 true|2|is no semaphore",
                "with psem:/x|2|Missing required parameter: 'COMMAND'",
                "sem get sem:private|2|is for making one",
                "show msg:private|2|is for making one",
                "send shm:private x|2|is for making one",
                "set shm:#999999999 mode=0600|3|ENOENT",
                "set msg:private bytes=1|2|is for making one",
                "create sem:private --count 1000000|5|EINVAL",
                "create mq:/x --max-size 4G|2|--max-size 4294967296: at most 2147483647",
                "create chan:x --size 100|2|a power of two of bytes, 64 to 1073741824: 100",
                "create chan:x --size 2G|2|--size 2147483648: at most 2^30",
                "create chan:x --senders 65|2|1 to 64 senders: 65",
                "create chan:x --mode 0660|2|--mode means nothing to 'chan:x'",
                "create mq:/x --senders 2|2|--senders means nothing to 'mq:/x'",
                "set chan:x mode=0600|2|nothing of 'chan:x' can be set",
                "sem get chan:x|2|is no semaphore",
                "with chan:x true|2|is no semaphore",
                "send chan:no-such-channel x|3|ENOENT",
                "send chan:no-such-channel x --type 1|2|--type: from 1 on, for msg: and mailboxes",
                "receive chan:no-such-channel|3|ENOENT",
                "receive chan:no-such-channel --length 1|2|--offset and --length are for shm:",
                "show chan:no-such-channel|3|ENOENT",
                "remove chan:no-such-channel|3|ENOENT",
                "bridge - chan:x|2|is a stream and 'chan:x' is not",
                "create mq:/too-large --max-messages 100000000|5|EINVAL",
            })
    void aMistakeIsExplained(String words, int status, String expected) {
        var err = new StringWriter();
        var arguments = words.split(" ");
        int ended =
                Main.run(
                        new PrintWriter(new StringWriter()), new PrintWriter(err, true), arguments);
        assertEquals(status, ended, err.toString());
        assertTrue(err.toString().contains(expected == null ? "" : expected), err.toString());
    }
}
