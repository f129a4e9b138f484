package htmxrttest

// Stalled is a stream whose browser has stopped reading. Connections have no
// buffer, so that but for 4 KiB the server's writes wait.
type Stalled struct{ stream *Stream }

// Stall opens a stream and reads no further than its first event.
func (s *Server) Stall(path string, opts ...OpenOption) *Stalled {
	s.tb.Helper()
	return &Stalled{stream: s.connect(path, opts)}
}

// Resume begins to read and returns the stream. It is called once.
func (s *Stalled) Resume() *Stream {
	s.stream.pump()
	return s.stream
}

// AwaitEnd waits until the server has ended the stream.
func (s *Stalled) AwaitEnd() {
	s.stream.tb.Helper()
	s.stream.server.awaitEnd(s.stream.request, s.stream.path)
}
