-- One room of one profile. PROTOCOL.md says what each column means.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A feed and its newest head; `roots` and `held` are packed (see PROTOCOL.md).
CREATE TABLE feeds (
    id          INTEGER PRIMARY KEY,
    key         BLOB    NOT NULL UNIQUE,
    length      INTEGER NOT NULL,
    byte_length INTEGER NOT NULL,
    tree_hash   BLOB    NOT NULL,
    signature   BLOB    NOT NULL,
    roots       BLOB    NOT NULL,
    held        BLOB    NOT NULL,
    -- The last arrival number that was given when this row was written.
    arrival     INTEGER NOT NULL
) STRICT;

-- The feeds that are written here, by a name that exists only here.
-- One that forked is continued in another of the same name, and is current no more.
CREATE TABLE writers (
    feed       INTEGER PRIMARY KEY REFERENCES feeds (id),
    name       TEXT    NOT NULL,
    seed       BLOB    NOT NULL,
    is_current INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX writers_by_name ON writers (name) WHERE is_current;

-- Feeds whose key has signed two histories, and what shows it.
CREATE TABLE conflicts (
    feed     INTEGER PRIMARY KEY REFERENCES feeds (id),
    evidence BLOB NOT NULL
) STRICT;

-- Blocks in order of local arrival. The number of a block that was dropped, or lost, is never given to another, so a
-- reader that remembers how far it came misses none.
CREATE TABLE blocks (
    arrival   INTEGER PRIMARY KEY,
    feed      INTEGER NOT NULL REFERENCES feeds (id),
    seq       INTEGER NOT NULL,
    data      BLOB    NOT NULL,
    completed BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX blocks_by_seq ON blocks (feed, seq);

-- Nodes that came with proofs and whose last block is not held; all others are in `blocks.completed`.
CREATE TABLE nodes (
    feed INTEGER NOT NULL REFERENCES feeds (id),
    node INTEGER NOT NULL,
    hash BLOB    NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (feed, node)
) STRICT, WITHOUT ROWID;
