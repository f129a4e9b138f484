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

// SaveUser keeps u, with the name as it was typed last.
func (s *Store) SaveUser(ctx context.Context, u htmxrt.User) error {
	_, err := s.DB.ExecContext(ctx, `REPLACE INTO users (id, name) VALUES (?, ?)`, u.ID, u.Name)
	return err
}

// User returns the user with that id, or sql.ErrNoRows.
func (s *Store) User(ctx context.Context, id string) (u htmxrt.User, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT id, name FROM users WHERE id = ?`, id).Scan(&u.ID, &u.Name)
	return u, err
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
		RETURNING id`, m.Room, m.Author.ID, m.Text, m.At.UnixMilli()).Scan(&m.ID)
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
	rows, err := s.DB.QueryContext(ctx, `SELECT m.id, u.id, u.name, m.text, m.at FROM messages m
		JOIN users u ON u.id = m.author WHERE m.room = ? ORDER BY m.id DESC LIMIT 50`, name)
	if err != nil {
		return room, err
	}
	defer rows.Close()
	for rows.Next() {
		m, ms := Message{Room: name}, int64(0)
		if err := rows.Scan(&m.ID, &m.Author.ID, &m.Author.Name, &m.Text, &ms); err != nil {
			return room, err
		}
		m.At = time.UnixMilli(ms)
		room.Messages = append(room.Messages, m)
	}
	slices.Reverse(room.Messages)
	return room, rows.Err()
}
