// automerge-repo: devices with one WebSocket each, that keep nothing themselves.

import * as Automerge from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { Server, drafts, eachDraft, edit, mustHold, run } from "./measure.mjs";

/** Text that is replaced as a whole, as in a form: letters that merge one by one would cost Automerge far more. */
const whole = (text) => new Automerge.ImmutableString(text);

class Device {
  handles = [];

  constructor(url, name) {
    this.repo = new Repo({ network: [new WebSocketClientAdapter(url)], peerId: name });
  }

  /** The server is there, with the folder that it stores in. */
  async connected() {
    while (!this.serverStorage()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  serverStorage() {
    return this.repo.peerMetadataByPeerId.server?.storageId;
  }

  /** The server said that it has just what this device has. That it is stored as well is asked at the end of each phase. */
  serverHas(handle) {
    return new Promise((resolve) => {
      const look = () => {
        const heads = handle.getSyncInfo(this.serverStorage())?.lastHeads ?? [];
        if (heads.length === 0 || String(heads) !== String(handle.heads())) return;
        handle.off("remote-heads", look);
        resolve();
      };
      handle.on("remote-heads", look);
      look();
    });
  }

  async hand(number, bytes) {
    this.handles[number] = this.repo.import(bytes);
    await this.serverHas(this.handles[number]);
  }

  async fetch(number, url) {
    this.handles[number] = await this.repo.find(url);
  }

  leave() {
    return this.repo.shutdown();
  }
}

function fillIn(draft) {
  const commit = (document, fields) =>
    Automerge.change(document, (open) => {
      fields.forEach(([field, value]) => (open[field] = whole(value)));
    });
  return Automerge.save(draft.reduce(commit, Automerge.init()));
}

function changeOf(handle) {
  return new Promise((resolve) => {
    const look = () => {
      if (String(handle.doc()[edit.field]) !== edit.value) return;
      handle.off("change", look);
      resolve();
    };
    handle.on("change", look);
  });
}

run(async () => {
  const server = await Server.start("automerge-server.mjs");
  const filledIn = drafts.map(fillIn);

  const phone = new Device(server.url, "phone");
  await phone.connected();
  await server.phase("push", () => eachDraft((number) => phone.hand(number, filledIn[number])));
  const urls = phone.handles.map((handle) => handle.url);

  const tablet = new Device(server.url, "tablet");
  await tablet.connected();
  await server.phase("pull", () => eachDraft((number) => tablet.fetch(number, urls[number])));
  drafts.forEach((_, number) => mustHold(number, tablet.handles[number].doc(), false));

  await server.phase("edits", () =>
    eachDraft(async (number) => {
      const heard = changeOf(tablet.handles[number]);
      phone.handles[number].change((open) => (open[edit.field] = whole(edit.value)));
      await phone.serverHas(phone.handles[number]);
      await heard;
    }),
  );

  await server.restart();
  await Promise.all([phone, tablet].map((device) => device.leave()));
  const later = new Device(server.url, "later");
  await later.connected();
  await eachDraft((number) => later.fetch(number, urls[number]));
  drafts.forEach((_, number) => mustHold(number, later.handles[number].doc(), true));
});
