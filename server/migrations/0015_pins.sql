-- Pinned loaders, for as long as pages name them.
CREATE TABLE pins (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  version TEXT NOT NULL UNIQUE,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, version)
);
