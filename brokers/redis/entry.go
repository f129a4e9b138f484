package redis

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

// The fields of an entry in the stream: 16 bytes and any.
const (
	fieldID   = "id"
	fieldData = "data"
)

// record is an entry as it came from the stream.
type record struct {
	place htmxrt.Position
	entry htmxrt.Entry
}

// readRecord reads an entry of the stream. One that nobody of us wrote keeps
// its place: it gets an id, the same on every node, and its fields and values
// as data, which the hub counts and drops.
func readRecord(x rueidis.XRangeSlice) (record, error) {
	place, err := parsePlace(x.ID)
	if err != nil {
		return record{}, err
	}
	r := record{place: place}
	f := x.FieldValues
	if len(f) == 2 && f[0].Field == fieldID && len(f[0].Value) == len(r.entry.ID) && f[1].Field == fieldData {
		copy(r.entry.ID[:], f[0].Value)
		r.entry.Data = []byte(f[1].Value)
		return r, nil
	}
	for _, pair := range f {
		r.entry.Data = append(r.entry.Data, pair.Field...)
		r.entry.Data = append(r.entry.Data, 0)
		r.entry.Data = append(r.entry.Data, pair.Value...)
		r.entry.Data = append(r.entry.Data, 0)
	}
	sum := sha256.Sum256(append([]byte(x.ID+"\x00"), r.entry.Data...))
	copy(r.entry.ID[:], sum[:])
	return r, nil
}

func readRecords(list []rueidis.XRangeSlice) ([]record, error) {
	records := make([]record, len(list))
	for i, x := range list {
		var err error
		if records[i], err = readRecord(x); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// formatPlace returns a position as the stream's id.
func formatPlace(p htmxrt.Position) string {
	return strconv.FormatUint(p.Hi, 10) + "-" + strconv.FormatUint(p.Lo, 10)
}

func parsePlace(s string) (p htmxrt.Position, err error) {
	ms, number, ok := strings.Cut(s, "-")
	if ok {
		p.Hi, err = strconv.ParseUint(ms, 10, 64)
	}
	if ok && err == nil {
		p.Lo, err = strconv.ParseUint(number, 10, 64)
	}
	if !ok || err != nil {
		return htmxrt.Position{}, fmt.Errorf("the server answers %q where the id of an entry should be", s)
	}
	return p, nil
}
