package parley.tool.object;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import parley.address.Address;
import parley.tool.Addresses;
import parley.tool.Patience;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `parley sem`: what can be done with a semaphore.
@Command(
        footer = {
            "",
            "Examples:",
            "  parley sem wait psem:/lock --timeout 2s    take one, or end with status 124",
            "  parley sem post sem:0x2a01 3 --index 1     give three to the second of a set",
            "  parley sem zero sem:#7                     wait until it counts 0",
            "  parley sem get sem:#7                      1 0",
            "  parley sem set sem:#7 1 0                  all of a set at once",
            "",
            "What 'wait' takes stays taken when it ends: 'parley with' gives it back.",
            "Of psem: N are taken or given one by one: two who want several may each hold a part.",
            "'zero' and 'set' are for sem: alone.",
            "Exit status: 3 no such semaphore, or removed while waiting; 75 with --nonblock it",
            "would have to wait; 124 --timeout was over."
        })
public final class SemaphoreCommand implements Callable<Integer> {
    /// What there is to do.
    enum Action {
        WAIT,
        POST,
        ZERO,
        GET,
        SET
    }

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "wait|post|zero|get|set", description = "what to do")
    private String word = "";

    @Parameters(
            index = "1",
            paramLabel = "ADDRESS",
            converter = Addresses.class,
            description = "sem: with 0xKEY, #ID or /path,LETTER; psem:/name")
    private Address address = new Address.Standard();

    @Parameters(
            index = "2..*",
            paramLabel = "N",
            description = "wait, post: how many, 1 if not given; set: the values")
    private int[] numbers = {};

    @Option(names = "--index", paramLabel = "I", description = "which one of a set, from 0")
    private @Nullable Integer index;

    @Mixin private Patience patience;

    @Override
    public Integer call() throws Exception {
        var action = action();
        for (int number : numbers) {
            if (number < 0 || (action != Action.SET && number == 0)) {
                throw usage(number + ": a number from 1 on");
            }
        }
        try (var semaphore = SemaphoreEnd.open(address)) {
            int last = semaphore.count() - 1;
            if (index != null && (index < 0 || index > last)) {
                throw usage("--index %d: '%s' has 0 to %d".formatted(index, address, last));
            }
            perform(action, semaphore);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private Action action() {
        for (var each : Action.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(word)) {
                return each;
            }
        }
        throw usage("'" + word + "': wait, post, zero, get or set");
    }

    private void perform(Action action, SemaphoreEnd semaphore)
            throws IOException, InterruptedException {
        int which = index == null ? 0 : index;
        switch (action) {
            case WAIT -> {
                requireAtMost(1);
                if (!semaphore.acquire(which, permits(), false, patience.left())) {
                    throw patience.over();
                }
            }
            case POST -> {
                requireAtMost(1);
                semaphore.release(which, permits(), false);
            }
            case ZERO -> {
                requireAtMost(0);
                if (!semaphore.awaitZero(which, patience.left())) {
                    throw patience.over();
                }
            }
            case GET -> {
                requireAtMost(0);
                print(semaphore.values());
            }
            case SET -> set(semaphore);
        }
    }

    private void set(SemaphoreEnd semaphore) throws IOException {
        int wanted = index == null ? semaphore.count() : 1;
        if (numbers.length != wanted) {
            throw usage(
                    "set takes %d value(s) here, not %d: '%s' has %d"
                            .formatted(wanted, numbers.length, address, semaphore.count()));
        }
        semaphore.setValues(index == null ? -1 : index, numbers);
    }

    private int permits() {
        return numbers.length == 0 ? 1 : numbers[0];
    }

    private void requireAtMost(int count) {
        if (numbers.length > count) {
            throw usage(word + " takes " + (count == 0 ? "no number" : "one number"));
        }
    }

    private void print(int[] values) {
        var out = spec.commandLine().getOut();
        var shown = index == null ? Arrays.stream(values) : Arrays.stream(values, index, index + 1);
        out.println(shown.mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        out.flush();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
