// automerge-repo with a file a change, as shipped: it stores a document 0.1 s after its last edit and does not flush files.

import { join } from "node:path";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";

const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
const repo = new Repo({
  network: [new WebSocketServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(join(process.argv[2], "documents")),
  peerId: "server",
  // A server hands a document to whoever names it and offers none by itself.
  sharePolicy: async () => false,
});
await repo.storageId();
await new Promise((resolve) => (sockets.address() ? resolve() : sockets.once("listening", resolve)));

process.on("message", async () => {
  await repo.flush();
  process.send("stored");
});
// The client is gone.
process.on("disconnect", () => process.exit(0));
process.send({ port: sockets.address().port });
