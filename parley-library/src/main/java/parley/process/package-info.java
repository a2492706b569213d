/// Processes: holding on to one, learning how it ended, starting one with descriptors of ours, and
/// pipelines. See pidfd_open(2), waitid(2), posix_spawn(3).
package parley.process;
