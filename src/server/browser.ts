/** The server in a web worker. It knows the documents that the client has open, and no disk. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from "vscode-languageserver/browser";
import type { LibraryIndex } from "../workspace/library.ts";
import { LIBRARY_PREFIX, libraryOf, type Library } from "../workspace/library.ts";
import type { LibraryData } from "../workspace/library-data.ts";
import { memoryHost } from "../workspace/host.ts";
import { flatName, unpackTree } from "../workspace/packed-tree.ts";
import { inbox } from "./inbox.ts";
import { serve } from "./server.ts";

declare const LWM_VERSION: string;
/** Put in front of the script by the build. */
declare const LWM_LIBRARY: LibraryData;

const scope = globalThis as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];
const { messageStrategy, empty } = inbox();
const connection = createConnection(new BrowserMessageReader(scope), new BrowserMessageWriter(scope), { messageStrategy });
serve(connection, { host: memoryHost({}), library: bundledLibrary(LWM_LIBRARY), nameOf: (uri) => uri, uriOf: (name) => name, heard: empty, find: async () => [] }, LWM_VERSION);
connection.listen();

function bundledLibrary({ index, files }: LibraryData): Library {
  const texts = new Map(files);
  return libraryOf(
    JSON.parse(index) as LibraryIndex,
    (path) => {
      const tree = texts.get(`${flatName(path)}.json`);
      return tree === undefined ? undefined : unpackTree(tree, LIBRARY_PREFIX + path);
    },
    (path) => texts.get(flatName(path)),
  );
}
