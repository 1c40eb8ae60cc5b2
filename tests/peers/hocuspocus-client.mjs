// Hocuspocus: devices that share one WebSocket among all their documents.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import WebSocket from "ws";
import * as Y from "yjs";
import { Server, drafts, eachDraft, edit, mustHold, run } from "./measure.mjs";

/** Longest silence before a provider suspects its connection, milliseconds: a device that waits here is not cut off. */
const SILENCE_MS = 600_000;

class Device {
  providers = [];

  constructor(url) {
    this.socket = new HocuspocusProviderWebsocket({
      url,
      WebSocketPolyfill: WebSocket,
      messageReconnectTimeout: SILENCE_MS,
    });
  }

  /** Joins a document and keeps it open; done when both ends have everything, as far as the server says so. */
  async open(number, document = new Y.Doc()) {
    const provider = new HocuspocusProvider({
      name: `draft-${number}`,
      document,
      websocketProvider: this.socket,
      // Who is looking where is not part of this work.
      awareness: null,
    });
    this.providers[number] = provider;
    provider.attach();
    await until(provider, "unsyncedChanges", () => provider.isSynced && !provider.hasUnsyncedChanges);
  }

  draft(number) {
    return this.providers[number].document.getMap("draft");
  }
}

/** The server applied it. That it is stored as well is asked at the end of each phase. */
function until(provider, event, isMet) {
  return new Promise((resolve) => {
    const look = () => {
      if (!isMet()) return;
      provider.off(event, look);
      resolve();
    };
    provider.on(event, look);
    look();
  });
}

function fillIn(draft) {
  const document = new Y.Doc();
  const map = document.getMap("draft");
  for (const commit of draft) {
    document.transact(() => commit.forEach(([field, value]) => map.set(field, value)));
  }
  return document;
}

function changeOf(map) {
  return new Promise((resolve) => {
    const look = () => {
      if (map.get(edit.field) !== edit.value) return;
      map.unobserve(look);
      resolve();
    };
    map.observe(look);
  });
}

run(async () => {
  const server = await Server.start("hocuspocus-server.mjs");
  const filledIn = drafts.map(fillIn);

  const phone = new Device(server.url);
  await server.phase("push", () => eachDraft((number) => phone.open(number, filledIn[number])));

  const tablet = new Device(server.url);
  await server.phase("pull", () => eachDraft((number) => tablet.open(number)));
  drafts.forEach((_, number) => mustHold(number, tablet.draft(number).toJSON(), false));

  await server.phase("edits", () =>
    eachDraft(async (number) => {
      const heard = changeOf(tablet.draft(number));
      phone.draft(number).set(edit.field, edit.value);
      const provider = phone.providers[number];
      await until(provider, "unsyncedChanges", () => !provider.hasUnsyncedChanges);
      await heard;
    }),
  );

  await server.restart();
  [phone, tablet].forEach((device) => device.socket.destroy());
  const later = new Device(server.url);
  await eachDraft((number) => later.open(number));
  drafts.forEach((_, number) => mustHold(number, later.draft(number).toJSON(), true));
});
