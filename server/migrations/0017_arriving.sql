-- One row while rows arrive from another database: nothing is served until all have. No workspace's.
CREATE TABLE arriving (
  id INTEGER NOT NULL PRIMARY KEY,
  since INTEGER NOT NULL
);
