CREATE TABLE position (
  events  INTEGER NOT NULL,
  journal INTEGER NOT NULL
);
INSERT INTO position VALUES (0, 0);

CREATE TABLE event (
  seq         INTEGER PRIMARY KEY,
  connection  TEXT NOT NULL,
  id          TEXT NOT NULL,
  resource    TEXT NOT NULL,
  resource_id INTEGER NOT NULL,
  action      TEXT NOT NULL,
  source      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  received    INTEGER NOT NULL -- microseconds since 1970, UTC; so in every table
);
CREATE INDEX event_id ON event (connection, id);

-- Which effect a hint led to. Kept apart: either side may be read first.
CREATE TABLE led (
  connection TEXT NOT NULL,
  event      TEXT NOT NULL,
  effect     TEXT NOT NULL,
  PRIMARY KEY (connection, event)
) WITHOUT ROWID;

-- The ERP requests whose detail was closed, by any effect.
CREATE TABLE answered (
  connection TEXT NOT NULL,
  request    INTEGER NOT NULL,
  PRIMARY KEY (connection, request)
) WITHOUT ROWID;

CREATE TABLE effect (
  id         TEXT PRIMARY KEY, -- connection.effect
  seq        INTEGER NOT NULL, -- of its last record: the order of the list and its cursor
  connection TEXT NOT NULL,
  kind       TEXT NOT NULL,
  state      TEXT NOT NULL,
  title      TEXT NOT NULL,
  number     TEXT NOT NULL,
  procore_no TEXT NOT NULL,
  ref        TEXT NOT NULL,
  project    TEXT NOT NULL,
  creditor   TEXT NOT NULL,
  total      TEXT NOT NULL, -- decimal text
  rule       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  attempt    INTEGER NOT NULL,
  request    INTEGER NOT NULL,
  event      TEXT NOT NULL,
  first      INTEGER NOT NULL,
  updated    INTEGER NOT NULL,
  wake       INTEGER NOT NULL, -- 0: none
  folded     BLOB NOT NULL     -- journal.Effect as JSON: the next record is applied to it
);
CREATE UNIQUE INDEX effect_seq ON effect (seq);
CREATE INDEX effect_state ON effect (state, seq);
CREATE INDEX effect_project ON effect (project, seq);
