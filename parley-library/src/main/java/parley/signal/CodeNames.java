package parley.signal;

import java.util.List;
import parley.kernel.SignalH;

/// The names that C has for `si_code`.
final class CodeNames {
    private static final List<String> POLL =
            List.of("POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP");

    private CodeNames() {}

    /// The number itself if there is no name for it.
    static String of(SignalInfo info) {
        return switch (info.code()) {
            case SignalH.SI_USER -> "SI_USER";
            case SignalH.SI_KERNEL -> "SI_KERNEL";
            case SignalH.SI_QUEUE -> "SI_QUEUE";
            case SignalH.SI_TIMER -> "SI_TIMER";
            case SignalH.SI_MESGQ -> "SI_MESGQ";
            case SignalH.SI_ASYNCIO -> "SI_ASYNCIO";
            case SignalH.SI_SIGIO -> "SI_SIGIO";
            case SignalH.SI_TKILL -> "SI_TKILL";
            default -> ofTheSignalsOwn(info);
        };
    }

    private static String ofTheSignalsOwn(SignalInfo info) {
        return switch (info) {
            case SignalInfo.Child child -> "CLD_" + child.change();
            case SignalInfo.InputOutput io when io.code() > 0 && io.code() <= POLL.size() ->
                    POLL.get(io.code() - 1);
            default -> "" + info.code();
        };
    }
}
