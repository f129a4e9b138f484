package htmxrt

import "errors"

// Errors that callers branch on with errors.Is. Each is wrapped with the value
// that was wrong.
var (
	// ErrClosed: the hub was shut down or the broker was closed.
	ErrClosed = errors.New("htmxrt: closed")
	// ErrBadTopic: a topic or event name outside the grammar, see [Hub.Send].
	ErrBadTopic = errors.New("htmxrt: bad topic")
	// ErrTooLarge: a fragment, or a response held for a capture, is over its limit.
	ErrTooLarge = errors.New("htmxrt: too large")
	// ErrUnknownSender: a send without an audience by a sender nobody identified.
	ErrUnknownSender = errors.New("htmxrt: unknown sender")
	// ErrNoAudience: a send names nobody, and there is no sender to default to.
	ErrNoAudience = errors.New("htmxrt: no audience")
	// ErrAnonymousRefused: [AnonymousRefuse] and an anonymous sender without an audience.
	ErrAnonymousRefused = errors.New("htmxrt: anonymous senders must name an audience")
	// ErrLocalFilter: a [Filter] closure cannot cross to other nodes; use [DefineFilter].
	ErrLocalFilter = errors.New("htmxrt: a Filter closure does not cross nodes")
	// ErrFilter: a filter panicked, is not defined, or its argument does not marshal.
	ErrFilter = errors.New("htmxrt: filter")
	// ErrSecretInFragment: a fragment for others holds a string of [WithSecrets].
	ErrSecretInFragment = errors.New("htmxrt: secret in fragment")
	// ErrForbidden: Options.Authorize refused the topic.
	ErrForbidden = errors.New("htmxrt: forbidden")
	// ErrNoHub: the context holds no hub, or no request where one is needed.
	ErrNoHub = errors.New("htmxrt: no hub in the context")
	// ErrNoContent: a send without content outside a request, where nothing can be captured.
	ErrNoContent = errors.New("htmxrt: no content")
	// ErrContent: contents that do not go together, or that cannot be rendered.
	ErrContent = errors.New("htmxrt: content")
	// ErrCapture: a second capture, a flush while one is held, or a capture after a flush.
	ErrCapture = errors.New("htmxrt: capture")
	// ErrSecondStream: a page asked for two streams; it has one, with many topics.
	ErrSecondStream = errors.New("htmxrt: a page has one stream")
	// ErrTrimmed: the log no longer holds what follows a position.
	ErrTrimmed = errors.New("htmxrt: trimmed")
	// ErrLogLost: the log at the broker is not the one that was followed.
	ErrLogLost = errors.New("htmxrt: log lost")
)
