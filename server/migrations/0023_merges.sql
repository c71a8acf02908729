-- What a merge moved, so that it can be undone: rows by id, and values by name with what they were before.
ALTER TABLE merges ADD COLUMN undone_at INTEGER;

CREATE TABLE merged_rows (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  merge TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  before TEXT,
  PRIMARY KEY (workspace, merge, kind, id)
);
