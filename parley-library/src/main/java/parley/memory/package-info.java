/// Memory that processes share: mappings of files, anonymous files (memfd). See mmap(2),
/// memfd_create(2).
package parley.memory;
