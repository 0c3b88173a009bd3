CREATE TABLE stream (
  name    TEXT PRIMARY KEY,
  seen    INTEGER NOT NULL, -- the last sequence that was read
  stamp   INTEGER NOT NULL, -- when the server stored that one, nanoseconds since 1970; 0: not known
  last    INTEGER NOT NULL, -- the highest last sequence that the server named, or that was read
  created INTEGER NOT NULL, -- nanoseconds since 1970; 0: nobody has looked yet
  first   INTEGER NOT NULL,
  missing INTEGER NOT NULL, -- sequences without a message that a release took for good
  ages    INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO stream VALUES ('EVENTS', 0, 0, 0, 0, 0, 0, 0), ('JOURNAL', 0, 0, 0, 0, 0, 0, 0);

-- The last record of each effect and the last form of each register.
CREATE TABLE last (
  id      TEXT PRIMARY KEY,
  seq     INTEGER NOT NULL,
  records INTEGER NOT NULL, -- at least so many
  state   TEXT NOT NULL,
  at      INTEGER NOT NULL  -- the record's own time, microseconds since 1970; 0: not known
) WITHOUT ROWID;

-- Gaps and unreadable entries that were met and that nobody released yet.
CREATE TABLE gap (
  stream TEXT NOT NULL,
  what   TEXT NOT NULL,
  effect TEXT NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER NOT NULL,
  words  TEXT NOT NULL,
  PRIMARY KEY (stream, what, effect, first)
) WITHOUT ROWID;

-- Safe mode as this process knew it last, and the last release that this file
-- has taken over.
CREATE TABLE safe (
  state    TEXT NOT NULL,
  saved    INTEGER NOT NULL, -- 0: the register did not take it yet
  accepted INTEGER NOT NULL  -- when that release was made, microseconds since 1970
);
INSERT INTO safe VALUES ('', 1, 0);
