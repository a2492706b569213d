/// Stress of what is shared: pairs of actions on memory that is mapped, on real processors, some
/// million times each; which results they may have together is said of each test.
@NullMarked
package parley.shm;

import org.jspecify.annotations.NullMarked;
