// Package redis keeps the log of htmxrt on a Redis server, 7.0 or later, for
// apps that run on several nodes:
//
//	broker, err := redis.Open(ctx, redis.Options{URL: "redis://localhost:6379", Namespace: "chat"})
//	hub, err := htmxrt.New(htmxrt.Options{Broker: broker, Key: key})
//
// The log is one stream, under the key {Namespace}:htmxrt:log. A position in it
// is the id that Redis gave: Hi are its milliseconds, Lo is its number within
// them. The log's id lies in the stream too, as the name of a consumer group
// that nobody reads from, so that it is lost, restored and replicated with the
// entries, never without them.
package redis
