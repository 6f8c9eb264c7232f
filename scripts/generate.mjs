/** Writes the files that are made of the grammar: the parser's lookahead table, the EBNF, the editors' grammar. */
import { build } from "esbuild";
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = `${root}node_modules/.lwm-generate-${process.pid}.mjs`;

await build({ entryPoints: [`${root}grammar/generate.ts`], bundle: true, platform: "node", format: "esm", target: "node20", outfile: bundle, logLevel: "error" });
try {
  const made = await import(pathToFileURL(bundle).href);
  await writeFile(`${root}grammar/lookahead.ts`, made.lookaheadModule());
  await writeFile(`${root}grammar/lwm.ebnf`, made.ebnf());
  await writeFile(`${root}grammar/lwm.tmLanguage.json`, made.textMate());
} finally {
  await rm(bundle, { force: true });
}
