/// What objects are called, whatever mechanism they are: addresses, and files as byte streams.
package parley.channel;
