// What a team would write with Node, Fastify and better-sqlite3: an event comes by POST, and is answered once it is committed.
// `node intake.mjs PORT FILE`: one insert an event. `node intake.mjs PORT FILE --grouped`: what waits shares a commit.
import Fastify from "fastify";
import Database from "better-sqlite3";

const [port, file, mode] = process.argv.slice(2);
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE events (id TEXT PRIMARY KEY, body TEXT NOT NULL)");
const insert = db.prepare("INSERT INTO events (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING");
const all = db.transaction((waiting) => {
  for (const { event } of waiting) insert.run(event.id, JSON.stringify(event));
});

let waiting = [];
function commit() {
  const taken = waiting;
  waiting = [];
  try {
    all(taken);
    for (const { kept } of taken) kept();
  } catch (fault) {
    for (const { lost } of taken) lost(fault);
  }
}

const app = Fastify();
app.post("/", async (request, reply) => {
  const event = request.body;
  if (mode === "--grouped") {
    await new Promise((kept, lost) => {
      if (waiting.length === 0) setImmediate(commit);
      waiting.push({ event, kept, lost });
    });
  } else {
    insert.run(event.id, JSON.stringify(event));
  }
  return reply.code(204).header("content-length", "0").send();
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
