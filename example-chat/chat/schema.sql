PRAGMA busy_timeout = 5000; -- first: several nodes may open the file at once
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

CREATE TABLE IF NOT EXISTS settings (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
);

-- As package sqlite3store wants it.
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,
	data   BLOB NOT NULL,
	expiry REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expiry);

CREATE TABLE IF NOT EXISTS messages (
	id     INTEGER PRIMARY KEY AUTOINCREMENT,
	room   TEXT NOT NULL,
	author TEXT NOT NULL, -- the name as it was then
	text   TEXT NOT NULL,
	at     INTEGER NOT NULL -- milliseconds since 1970
);
CREATE INDEX IF NOT EXISTS messages_room ON messages (room, id);

-- A room's newest message is kept with it, for the list of rooms.
CREATE TABLE IF NOT EXISTS rooms (
	name     TEXT PRIMARY KEY,
	headline TEXT NOT NULL DEFAULT '',
	newest   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS rooms_newest ON rooms (newest);
CREATE TRIGGER IF NOT EXISTS room_newest AFTER INSERT ON messages BEGIN
	INSERT INTO rooms (name, newest) VALUES (new.room, new.id)
	ON CONFLICT (name) DO UPDATE SET newest = excluded.newest;
END;

INSERT OR IGNORE INTO rooms (name) VALUES ('lobby');
