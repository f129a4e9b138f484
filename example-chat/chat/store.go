package chat

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/htmxrt/htmxrt/htmxrt"
)

//go:embed schema.sql
var schema string

// Store keeps the chat in an SQLite database with one connection; its methods
// may be called at once.
type Store struct {
	DB  *sql.DB
	Key []byte // the hub's: pages go on where they were after a restart
}

// Message is what somebody wrote in a room.
type Message struct {
	ID         int64
	Room, Text string
	Author     htmxrt.User
	At         time.Time
}

// Room is a room as somebody finds it who comes in.
type Room struct {
	Name, Headline string
	Messages       []Message // the newest 50, oldest first
	Lately         []string  // rooms that somebody wrote in, and the lobby
}

// Open opens the database in file, and creates it if need be; ":memory:" is one
// that lives until it is closed.
func Open(file string) (*Store, error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each would have a :memory: of its own
	s := &Store{DB: db, Key: make([]byte, 32)}
	rand.Read(s.Key)
	_, err = db.Exec(schema)
	if err == nil {
		err = db.QueryRow(`INSERT INTO settings (name, value) VALUES ('key', ?)
			ON CONFLICT (name) DO UPDATE SET value = value RETURNING value`, s.Key).Scan(&s.Key)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return s, nil
}

// SetHeadline keeps the headline of a room.
func (s *Store) SetHeadline(ctx context.Context, room, headline string) error {
	_, err := s.DB.ExecContext(ctx, `INSERT INTO rooms (name, headline) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET headline = excluded.headline`, room, headline)
	return err
}

// Add keeps m and gives it its ID.
func (s *Store) Add(ctx context.Context, m *Message) error {
	return s.DB.QueryRowContext(ctx, `INSERT INTO messages (room, author, text, at) VALUES (?, ?, ?, ?)
		RETURNING id`, m.Room, m.Author.Name, m.Text, m.At.UnixMilli()).Scan(&m.ID)
}

// Room returns the room with that name; there is one for every name.
func (s *Store) Room(ctx context.Context, name string) (Room, error) {
	room, lately := Room{Name: name}, ""
	err := s.DB.QueryRowContext(ctx, `SELECT coalesce((SELECT headline FROM rooms WHERE name = ?), ''),
		(SELECT group_concat(name, char(10)) FROM (SELECT name FROM rooms ORDER BY newest DESC LIMIT 12))`,
		name).Scan(&room.Headline, &lately)
	if err != nil {
		return room, err
	}
	room.Lately = strings.Split(lately, "\n")
	rows, err := s.DB.QueryContext(ctx, `SELECT id, author, text, at FROM messages
		WHERE room = ? ORDER BY id DESC LIMIT 50`, name)
	if err != nil {
		return room, err
	}
	defer rows.Close()
	for rows.Next() {
		m, author, ms := Message{Room: name}, "", int64(0)
		if err := rows.Scan(&m.ID, &author, &m.Text, &ms); err != nil {
			return room, err
		}
		m.Author, m.At = User(author), time.UnixMilli(ms)
		room.Messages = append(room.Messages, m)
	}
	slices.Reverse(room.Messages)
	return room, rows.Err()
}
