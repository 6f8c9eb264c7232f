/** The language server as the extension starts it, with the library beside it. */
import { join } from "node:path";
import { serveStdio } from "../../../src/server/node.ts";

declare const LWM_VERSION: string;

void serveStdio(join(__dirname, "library"), LWM_VERSION);
