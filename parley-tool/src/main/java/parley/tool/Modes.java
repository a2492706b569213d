package parley.tool;

import parley.os.FileMode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// File modes as arguments: `0600`, `rw-------`.
public final class Modes implements ITypeConverter<FileMode> {
    @Override
    public FileMode convert(String text) {
        try {
            return FileMode.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
