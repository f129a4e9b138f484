package nats

import "testing"

func TestURLsAreShownWithoutSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"nats://host:4222":                "nats://host:4222",
		"nats://user:p@ss@host:4222":      "nats://host:4222",
		"tls://token@a:1, nats://u:p@b:2": "tls://a:1,nats://b:2",
		"user:pass@host":                  "nats://host",
		"nats://user:pa,ss@host:1":        "nats://(no host),nats://host:1", // NATS splits it so too
		"nats://[::1]:4222":               "nats://[::1]:4222",
		"token":                           "nats://token", // a host, as NATS reads it
		"nats://user:secret":              "nats://(no host)",
	} {
		if got := redact(in); got != want {
			t.Errorf("redact(%q) = %q, want %q", in, got, want)
		}
	}
}
