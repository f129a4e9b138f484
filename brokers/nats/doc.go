// Package nats keeps the log of htmxrt in a stream of NATS JetStream, so that
// several nodes send to the same browsers.
//
// All entries of an app lie in one stream, in one order. Each Publish is one
// message of it, however many entries it has, so they are stored all or none and
// next to each other. A follower reads through one ephemeral consumer, and proves
// after every interruption that the stream is still the one that it has read: the
// same log, and at the newest position it knows the same entry. A stream that was
// lost, created anew or restored from an older copy is [htmxrt.ErrLogLost], never
// a silent gap.
//
// The server must be 2.10 or later, with JetStream. What a nil error of Publish
// survives is decided by how the stream is stored: see the package's README.
package nats
