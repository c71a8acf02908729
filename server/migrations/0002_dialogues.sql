-- What authors wrote, what was published of it, and what browsers load.
CREATE TABLE dialogues (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  published TEXT,
  live INTEGER NOT NULL,
  edition TEXT,
  first_published_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, number),
  UNIQUE (workspace, name)
);

CREATE TABLE editions (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  edition TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  graph TEXT NOT NULL,
  compiled BLOB NOT NULL,
  document TEXT NOT NULL,
  draft INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, edition)
);

CREATE TABLE edition_files (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  edition TEXT NOT NULL,
  language TEXT NOT NULL,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  PRIMARY KEY (workspace, edition, language)
);

CREATE TABLE corrections (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  from_edition TEXT NOT NULL,
  to_edition TEXT NOT NULL,
  PRIMARY KEY (workspace, from_edition)
);

CREATE TABLE publications (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  number INTEGER NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  rules TEXT NOT NULL,
  visited BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX publications_by_hash ON publications (workspace, hash);
