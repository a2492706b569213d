/// What every mechanism stands on: descriptors, errors that teach, modes, identities, limits, and
/// what this kernel can do.
package parley.os;
