-- Where else the links of meetings and registrations lead: under a key that came after the one they were made with.
CREATE TABLE renewed_links (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  token_hash BLOB NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (workspace, token_hash)
);
CREATE INDEX renewed_links_by_token ON renewed_links (token_hash);
