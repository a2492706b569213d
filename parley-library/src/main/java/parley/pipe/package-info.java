/// Byte streams inside the kernel: anonymous pipes and FIFOs. See pipe(7), fifo(7).
package parley.pipe;
