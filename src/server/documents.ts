/** The texts that are being edited, and what is known of each. */
import type { TextDocumentContentChangeEvent } from "vscode-languageserver-protocol";
import { TextDocument } from "vscode-languageserver-textdocument";
import { isBroken, placesOf, type KnownPlaces } from "../workspace/editor/places.ts";
import { viewOf, type View } from "../workspace/editor/view.ts";
import type { Host } from "../workspace/host.ts";
import { importsOf } from "../workspace/imports-of.ts";
import { LIBRARY_PREFIX, type Library } from "../workspace/library.ts";
import { workspace, type Workspace } from "../workspace/workspace.ts";

/** What the world around the server is. */
export interface Surroundings {
  readonly host: Host;
  readonly library: Library;
  /** What the compiler calls a document of the client, and back. */
  readonly nameOf: (uri: string) => string;
  readonly uriOf: (name: string) => string;
  /** Settled when the client has said nothing that was not heard. */
  readonly heard: () => Promise<void>;
  /** The `.lwm` files below folders, by the compiler's names. */
  readonly find: (folders: readonly string[]) => Promise<readonly string[]>;
}

interface Open {
  document: TextDocument;
  /** Settled when the workspace knows the text and has read what it imports. */
  ready: Promise<void>;
  /** What was known when the file was last whole. */
  last: KnownPlaces | undefined;
}

export interface Documents {
  readonly workspace: Workspace;
  readonly open: (uri: string, text: string, version: number) => void;
  readonly change: (uri: string, changes: readonly TextDocumentContentChangeEvent[], version: number) => void;
  readonly close: (uri: string) => void;
  /** Files that changed on the disk. */
  readonly reread: (uris: readonly string[]) => void;
  /** Reads these files and those that are known, as they stand on the disk now, but for open ones. */
  readonly readAgain: (names: readonly string[]) => Promise<void>;
  /** Settled when all edits that the client has sent are known. */
  readonly ready: (uri: string) => Promise<void>;
  /** A file as it stands, which `ready` is awaited for; undefined for one that is not open. */
  readonly view: (uri: string) => View | undefined;
  readonly last: (uri: string) => KnownPlaces | undefined;
  /** Of an open document. */
  readonly version: (uri: string) => number | undefined;
  /** Open documents, by the compiler's names. */
  readonly names: () => readonly string[];
  /** Open documents that a file is part of, itself among them. */
  readonly dependents: (name: string) => readonly string[];
  readonly uriOf: (name: string) => string;
}

export function documents({ host, library, nameOf, uriOf, heard }: Surroundings): Documents {
  const files = workspace(host, library);
  const all = new Map<string, Open>();
  const uris = new Map<string, string>();

  const settle = (name: string, open: Open): void => {
    const text = open.document.getText();
    open.ready = Promise.all([heard(), open.ready.catch(() => {})]).then(async () => {
      // What has been overtaken by a later edit need not be parsed.
      if (all.get(name) !== open || open.document.getText() !== text) return;
      if (!name.startsWith(LIBRARY_PREFIX)) await files.edit(name, text);
      await files.load(name);
    });
    // Whoever asks about the text is told of a fault of ours; until then it waits.
    open.ready.catch(() => {});
  };

  const dependents = (name: string): readonly string[] => [...all.keys()].filter((other) => other === name || importsOf(files, other).includes(name));

  return {
    workspace: files,
    open: (uri, text, version) => {
      const name = nameOf(uri);
      uris.set(name, uri);
      const open: Open = { document: TextDocument.create(uri, "lwm", version, text), ready: Promise.resolve(), last: undefined };
      all.set(name, open);
      settle(name, open);
    },
    change: (uri, changes, version) => {
      const name = nameOf(uri);
      const open = all.get(name);
      if (!open) return;
      open.document = TextDocument.update(open.document, [...changes], version);
      settle(name, open);
    },
    close: (uri) => {
      const name = nameOf(uri);
      const used = dependents(name).filter((other) => other !== name);
      all.delete(name);
      files.close(name);
      for (const other of used) settle(other, all.get(other)!);
    },
    reread: (changed) => {
      for (const uri of changed) {
        const name = nameOf(uri);
        if (all.has(name)) continue;
        files.close(name);
      }
      for (const [name, open] of all) settle(name, open);
    },
    readAgain: async (names) => {
      for (const name of new Set([...files.files(), ...names])) {
        if (all.has(name)) continue;
        const { text } = await host.read(name);
        if (text === undefined) files.close(name);
        else await files.edit(name, text);
      }
    },
    ready: async (uri) => {
      await heard();
      let ready;
      do await (ready = all.get(nameOf(uri))?.ready);
      while (ready !== all.get(nameOf(uri))?.ready);
    },
    view: (uri) => {
      const name = nameOf(uri);
      const open = all.get(name);
      if (!open && !name.startsWith(LIBRARY_PREFIX)) return undefined;
      const view = viewOf(files, name);
      if (open && view && !isBroken(view) && open.last?.text !== view.source.text) open.last = { text: view.source.text, places: placesOf(view) };
      return view;
    },
    last: (uri) => all.get(nameOf(uri))?.last,
    version: (uri) => all.get(nameOf(uri))?.document.version,
    names: () => [...all.keys()],
    dependents,
    uriOf: (name) => uris.get(name) ?? uriOf(name),
  };
}
