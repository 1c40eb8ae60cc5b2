// What both peers' clients share: the server as a process of its own, its figures, the bytes at this process's sockets.
//
// A client reads the drafts from the file named by its first argument and prints one line of JSON a phase:
// {"phase", "seconds", "server_cpu_s", "wire_bytes", "server_disk_bytes", "server_memory_peak_kib"}.

import { fork } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Documents that are on their way at the same time: with more of them peers fail or refuse. */
const IN_FLIGHT = 50;
/** Nothing here may take longer, milliseconds. */
const WITHIN_MS = 300_000;
/** Processor time in /proc/PID/stat is counted in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** The workload: drafts as lists of commits, each a list of [field, value], and the one edit that every draft then gets. */
export const { drafts, edit } = readWorkload(process.argv[2]);

function readWorkload(path) {
  const workload = JSON.parse(readFileSync(path, "utf8"));
  const [field, value] = workload.edit;
  return { drafts: workload.drafts, edit: { field, value } };
}

/** What a draft holds in the end, as plain data. */
function wholeDraft(draft, edited) {
  return Object.fromEntries([...draft.flat(), ...(edited ? [[edit.field, edit.value]] : [])]);
}

/** Throws unless the plain data is what this draft must hold. */
export function mustHold(number, found, edited) {
  const expected = wholeDraft(drafts[number], edited);
  const same = Object.keys(found).length === Object.keys(expected).length;
  const differs = Object.keys(expected).find((field) => String(found[field]) !== expected[field]);
  if (!same || differs) throw new Error(`draft ${number} did not arrive whole (${differs ?? "too many fields"})`);
}

const sockets = [];
diagnostics.subscribe("net.client.socket", ({ socket }) => sockets.push(socket));

/** Bytes in both directions at all sockets that this process opened: what was really on the wire, compressed or not. */
function wireBytes() {
  return sockets.reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0);
}

/** A peer's server on a folder of its own. */
export class Server {
  static async start(script) {
    const server = new Server();
    server.script = new URL(script, import.meta.url).pathname;
    server.folder = mkdtempSync(join(tmpdir(), "miaopi-peer-"));
    process.on("exit", () => {
      server.child.kill("SIGKILL");
      rmSync(server.folder, { recursive: true, force: true });
    });
    await server.#run();
    server.diskAtRest = server.#diskBytes();
    return server;
  }

  /** Kills it without a warning and starts it again on what it has stored. */
  async restart() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.ending = true;
    this.child.kill("SIGKILL");
    await ended;
    await this.#run();
  }

  async #run() {
    // What it says goes to standard error: standard output is for figures.
    this.child = fork(this.script, [this.folder], { stdio: ["ignore", 2, 2, "ipc"] });
    this.ending = false;
    this.child.on("exit", (code, signal) => {
      if (!this.ending) fail(new Error(`the server ended (${signal ?? code})`));
    });
    this.url = `ws://127.0.0.1:${(await this.#answer()).port}`;
  }

  #answer() {
    return new Promise((resolve) => this.child.once("message", resolve));
  }

  /** Runs `work`, has the server store what it has only in memory, and prints what both took of the server. */
  async phase(name, work) {
    const [began, cpu, wire] = [performance.now(), this.#cpuSeconds(), wireBytes()];
    await work();
    // Neither peer says on the wire that something is stored, so the server is asked beside the wire, at no cost in bytes.
    const stored = this.#answer();
    this.child.send("store");
    await stored;
    const figures = {
      phase: name,
      seconds: (performance.now() - began) / 1_000,
      server_cpu_s: this.#cpuSeconds() - cpu,
      wire_bytes: wireBytes() - wire,
      server_disk_bytes: this.#diskBytes() - this.diskAtRest,
      server_memory_peak_kib: this.#memoryPeakKib(),
    };
    console.log(JSON.stringify(figures));
  }

  #cpuSeconds() {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, "utf8");
    // utime and stime: fields 14 and 15 of proc(5). The name before them stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }

  #memoryPeakKib() {
    return Number(readFileSync(`/proc/${this.child.pid}/status`, "utf8").match(/^VmHWM:\s+(\d+) kB$/m)[1]);
  }

  #diskBytes(folder = this.folder) {
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => [entry.isDirectory(), join(folder, entry.name)])
      .reduce((sum, [isFolder, path]) => sum + (isFolder ? this.#diskBytes(path) : statSync(path).size), 0);
  }
}

/** Does `work` for the number of each draft, never more than fifty of them at a time. */
export async function eachDraft(work) {
  let next = 0;
  const worker = async () => {
    while (next < drafts.length) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** Runs a client to its end: exit code 0, or 1 with the reason on standard error. */
export function run(client) {
  setTimeout(() => fail(new Error(`not done after ${WITHIN_MS / 1_000} s`)), WITHIN_MS).unref();
  client().then(() => process.exit(0), fail);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
