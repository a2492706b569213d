package parley.tool.signal;

import parley.signal.Signal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Signals as arguments: `USR1`, `SIGUSR1`, `usr1`, `10`, `RTMIN+3`.
final class SignalNames implements ITypeConverter<Signal> {
    @Override
    public Signal convert(String text) {
        return Signal.named(text)
                .orElseThrow(() ->
                        new TypeConversionException(
                                "no signal '" + text + "'; 'parley signal --list' has them all"));
    }
}
