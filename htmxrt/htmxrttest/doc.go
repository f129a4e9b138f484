// Package htmxrttest tests what is built on package htmxrt: a Server in memory,
// a Stream as a browser would read it, a Recorder of what one viewer receives,
// and BrokerSuite, which a broker must pass.
//
// Nothing here opens a socket, so all of it works inside a bubble of
// testing/synctest, where hours of heartbeats pass in milliseconds, and outside
// of one. Whatever is opened ends with the test that opened it. A wait that
// would last for ever fails the test after 30 s, or 24 h of a bubble's clock.
package htmxrttest
