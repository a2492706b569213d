/// Regions of memory that several processes share, who takes part in them, and locks that outlive
/// the death of their owners.
@NullMarked
package parley.shm;

import org.jspecify.annotations.NullMarked;
