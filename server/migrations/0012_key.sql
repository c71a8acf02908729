-- Which key file this database belongs to. One row for the whole server, which is no workspace's.
CREATE TABLE server_key (
  fingerprint BLOB NOT NULL,
  PRIMARY KEY (fingerprint)
);
