/** The server in a process of its own, over stdin and stdout. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createConnection, ProposedFeatures, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { nodeHost } from "../workspace/node-host.ts";
import { builtLibrary } from "../workspace/node-library.ts";
import { serve } from "./server.ts";
import type { Surroundings } from "./documents.ts";
import { inbox } from "./inbox.ts";

/** At most so many files of a folder are read to find where a name is mentioned. */
const MOST_FILES = 1000;

/** Serves until the client ends the connection, and with it the process. */
export function serveStdio(libraryFolder: string, version: string): Promise<never> {
  const { messageStrategy, empty } = inbox();
  const connection = createConnection(ProposedFeatures.all, new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout), { messageStrategy });
  serve(connection, surroundingsOf(libraryFolder, empty), version);
  connection.listen();
  return new Promise(() => {});
}

function surroundingsOf(libraryFolder: string, heard: () => Promise<void>): Surroundings {
  return {
    host: nodeHost,
    library: builtLibrary(libraryFolder),
    nameOf: pathOf,
    uriOf: (name) => (/^[a-z][a-z0-9+.-]+:/i.test(name) ? name : pathToFileURL(name).href),
    heard,
    find: async (folders) => folders.flatMap(lwmFiles).slice(0, MOST_FILES),
  };
}

/** A file's path; what is no file of this computer keeps its address. */
function pathOf(uri: string): string {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri).replaceAll("\\", "/") : uri;
  } catch {
    return uri;
  }
}

function lwmFiles(folder: string): readonly string[] {
  const found: string[] = [];
  const open = existsSync(folder) ? [folder] : [];
  for (let at = open.pop(); at !== undefined && found.length < MOST_FILES; at = open.pop()) {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name).replaceAll("\\", "/");
      if (entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name)) open.push(path);
      else if (entry.isFile() && entry.name.endsWith(".lwm")) found.push(path);
    }
  }
  return found.sort();
}

/** What cannot be read has nothing in it. */
function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    return [];
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
