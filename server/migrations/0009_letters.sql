-- Registrations that were confirmed by mail, each with the secret of its undo link.
CREATE TABLE registrations (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  goal TEXT NOT NULL,
  person TEXT NOT NULL,
  email TEXT NOT NULL,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  undo_hash BLOB NOT NULL UNIQUE,
  made_at INTEGER NOT NULL,
  undone_at INTEGER,
  PRIMARY KEY (workspace, goal)
);

-- Letters to addresses nobody has proven to own, for as long as they limit further ones. Addresses are hashed.
CREATE TABLE letters (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  address BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX letters_by_address ON letters (workspace, address, at);
