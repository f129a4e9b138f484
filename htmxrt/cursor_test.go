package htmxrt

import (
	"cmp"
	"errors"
	"math"
	"strings"
	"testing"
)

func newTestKeys(tb testing.TB, keys ...string) *keyring {
	tb.Helper()
	if len(keys) == 0 {
		keys = []string{"k"}
	}
	raw := make([][]byte, len(keys))
	for i, k := range keys {
		raw[i] = []byte(strings.Repeat(k, keyMin))
	}
	ring, err := newKeyring(raw...)
	if err != nil {
		tb.Fatal(err)
	}
	return ring
}

func TestCursorRoundTrip(t *testing.T) {
	keys, log := newTestKeys(t), newLogTag("log")
	for _, m := range []mark{
		{},
		{pos: Position{Lo: 1}, tag: 7},
		{pos: Position{Hi: math.MaxUint64, Lo: math.MaxUint64}, tag: math.MaxUint32},
	} {
		c := encodeCursor(keys, log, m)
		gotLog, got, err := decodeCursor(keys, string(c))
		if err != nil || got != m || gotLog != log {
			t.Errorf("%+v became %+v of %x, %v", m, got, gotLog, err)
		}
		if len(c) != 64 || strings.Trim(string(c), "0123456789abcdefghijklmnopqrstuv") != "" {
			t.Errorf("cursor %q is not 64 characters of [0-9a-v]", c)
		}
	}
}

func TestCursorsCompareLikePositions(t *testing.T) {
	keys, log := newTestKeys(t), newLogTag("log")
	ascending := []Position{
		{},
		{Lo: 1},
		{Lo: 9},
		{Lo: 10},
		{Lo: 255},
		{Lo: 256},
		{Lo: math.MaxUint64},
		{Hi: 1},
		{Hi: 1, Lo: 3},
		{Hi: 1 << 40},
		{Hi: math.MaxUint64, Lo: 1},
	}
	for i, p := range ascending {
		for j, q := range ascending {
			a := encodeCursor(keys, log, mark{pos: p, tag: 99})
			b := encodeCursor(keys, log, mark{pos: q, tag: 1})
			if got, want := cmp.Compare(a, b), cmp.Compare(i, j); i != j && got != want {
				t.Errorf("cursors of %v and %v compare %d, want %d", p, q, got, want)
			}
		}
	}
}

func TestCursorOfAnotherKeyOrShapeIsRefused(t *testing.T) {
	keys, log := newTestKeys(t, "k", "old"), newLogTag("log")
	good := string(encodeCursor(keys, log, mark{pos: Position{Lo: 3}}))
	bad := map[string]string{
		"empty":         "",
		"short":         good[:63],
		"long":          good + "0",
		"upper case":    strings.ToUpper(good),
		"not base32":    "w" + good[1:],
		"newline":       good[:63] + "\n",
		"other key":     string(encodeCursor(newTestKeys(t, "x"), log, mark{pos: Position{Lo: 3}})),
		"ticket as one": ticket{topics: []string{"a"}}.encode(keys),
	}
	for name, s := range bad {
		if _, _, err := decodeCursor(keys, s); !errors.Is(err, errBadCursor) {
			t.Errorf("%s: decodeCursor(%q) = %v, want %v", name, s, err, errBadCursor)
		}
	}
	if _, _, err := decodeCursor(keys, string(encodeCursor(newTestKeys(t, "old"), log, mark{}))); err != nil {
		t.Errorf("a cursor of an old key: %v", err)
	}
}

func TestEveryBitOfACursorCounts(t *testing.T) {
	keys, log := newTestKeys(t), newLogTag("log")
	good := string(encodeCursor(keys, log, mark{pos: Position{Hi: 5, Lo: 3}, tag: 8}))
	for i := range good {
		for _, c := range "0123456789abcdefghijklmnopqrstuv" {
			forged := good[:i] + string(c) + good[i+1:]
			if forged == good {
				continue
			}
			if _, _, err := decodeCursor(keys, forged); err == nil {
				t.Fatalf("character %d as %q was accepted", i, c)
			}
		}
	}
}

func FuzzCursor(f *testing.F) {
	keys, log := newTestKeys(f), newLogTag("log")
	f.Add(string(encodeCursor(keys, log, mark{pos: Position{Lo: 3}})))
	f.Add(strings.Repeat("0", 64))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		gotLog, m, err := decodeCursor(keys, s)
		if err != nil {
			return
		}
		if again := string(encodeCursor(keys, gotLog, m)); again != s {
			t.Errorf("%q was accepted but is written %q", s, again)
		}
	})
}
