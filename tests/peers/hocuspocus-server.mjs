// Hocuspocus with its own SQLite extension, as shipped: it keeps a document in memory and stores it 2 s after its last edit.

import { join } from "node:path";
import { SQLite } from "@hocuspocus/extension-sqlite";
import { Server } from "@hocuspocus/server";

const server = new Server({
  address: "127.0.0.1",
  port: 0,
  quiet: true,
  extensions: [new SQLite({ database: join(process.argv[2], "documents.sqlite") })],
});
const hocuspocus = await server.listen();

/** Stores what waits for its two seconds, and waits until nothing is being stored. */
async function store() {
  const { debouncer, documents } = hocuspocus;
  const isBusy = ({ name }) => {
    const id = `onStoreDocument-${name}`;
    return debouncer.isDebounced(id) || debouncer.isCurrentlyExecuting(id);
  };
  do {
    hocuspocus.flushPendingStores();
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while ([...documents.values()].some(isBusy));
}

process.on("message", async () => {
  await store();
  process.send("stored");
});
// The client is gone.
process.on("disconnect", () => process.exit(0));
process.send({ port: server.address.port });
