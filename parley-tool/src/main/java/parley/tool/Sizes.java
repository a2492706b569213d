package parley.tool;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Sizes as people write them: `4096`, `64K`, `1.5M`, `2GiB`; K is 1024 bytes.
public final class Sizes implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)([A-Za-z]*)");
    private static final Map<String, Integer> SHIFTS =
            Map.of("", 0, "B", 0, "K", 10, "KiB", 10, "M", 20, "MiB", 20, "G", 30, "GiB", 30);

    @Override
    public Long convert(String text) {
        var matcher = FORM.matcher(text);
        var shift = matcher.matches() ? SHIFTS.get(matcher.group(2)) : null;
        if (shift != null) {
            var bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << shift));
            if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                return bytes.setScale(0, RoundingMode.CEILING).longValueExact();
            }
        }
        throw new TypeConversionException(
                "'" + text + "' is not a size in bytes; write 4096, 64K, 1.5M or 2G");
    }
}
