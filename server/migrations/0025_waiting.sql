-- What waits, by subject: whoever looks for the first of each does not pass by all that has left.
CREATE INDEX outbox_waiting ON outbox (workspace, subject, position) WHERE state = 'waiting';
DROP INDEX outbox_by_subject;
