-- Documents that cards offer, kept by their content when a dialogue is published.
CREATE TABLE documents (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, hash)
);

-- Their bytes, in pieces of one size but the last, so that a part is read without the rest.
CREATE TABLE document_parts (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (workspace, hash, place)
);

-- What was fetched from where, newest only.
CREATE TABLE document_addresses (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  url TEXT NOT NULL,
  hash TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, url)
);

-- The editions that offer a document: while one of them can be met, it is served.
CREATE TABLE edition_documents (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  edition TEXT NOT NULL,
  url TEXT NOT NULL,
  PRIMARY KEY (workspace, hash, edition, url)
);

CREATE INDEX conversations_by_edition ON conversations (workspace, edition, last_at);
CREATE INDEX editions_by_dialogue ON editions (workspace, dialogue, published_at);
CREATE INDEX testing_links_by_edition ON testing_links (workspace, edition, expires_at);
