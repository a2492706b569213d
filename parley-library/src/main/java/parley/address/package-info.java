/// What objects are called, whatever mechanism they are: addresses, what a descriptor leads to, and
/// files as byte streams.
package parley.address;
