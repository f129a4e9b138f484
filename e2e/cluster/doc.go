// Package cluster is a node of an app that runs on several, without a browser:
// enough to send, follow and log out over HTTP. Its tests start three nodes on a
// NATS or Redis server of their own, break something between them, and judge what
// every client received: complete, in order and once, or exactly one reset.
//
// They need redis-server and haproxy, which `make setup` installs, and fail
// without them. The NATS server is the program natsd here.
package cluster
