-- Who changed what, each row sealed to the one before. A row is never changed, but that its detail goes when a person in
-- it is forgotten: the chain covers the commitment to the detail, which stays.
ALTER TABLE workspaces ADD COLUMN last_audit INTEGER NOT NULL DEFAULT 0;

CREATE TABLE audit (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  person TEXT,
  detail TEXT,
  salt BLOB,
  commitment BLOB NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (workspace, position)
);
CREATE INDEX audit_by_person ON audit (workspace, person);
