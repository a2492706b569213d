/// Signals: receiving them with who sent them and why, sending, masks, dispositions, and the signal
/// state of any process. See signal(7).
package parley.signal;
