/// Channels in shared memory.
package parley.channel;
