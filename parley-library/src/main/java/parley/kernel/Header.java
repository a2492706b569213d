package parley.kernel;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The C headers a class of this package stands for, so that a C compiler can judge its layouts and
/// constants.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Header {
    /// Header names as they stand between the angle brackets of `#include`.
    String[] value();
}
