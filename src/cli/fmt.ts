/** `lwmc fmt`: one style. */
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Source } from "../compiler/source.ts";
import { format } from "../compiler/syntax/format.ts";
import { nodeHost } from "../workspace/node-host.ts";
import { problem, usage, type ExitCode } from "./environment.ts";
import { readStdin, STDIN } from "./open.ts";
import { err, out } from "./output.ts";
import { diagnosticsAsJson, report, type Sources } from "./report.ts";
import { writeAll } from "./write.ts";

export interface FmtOptions {
  readonly check?: boolean;
  readonly json?: boolean;
  readonly stdinFilepath?: string;
}

export async function fmt(files: readonly string[], options: FmtOptions): Promise<ExitCode> {
  const fromStdin = options.stdinFilepath !== undefined || files.includes("-");
  if (!fromStdin && files.length === 0) throw usage("fmt needs a file, or `-` for stdin");
  if (fromStdin) {
    if (files.some((file) => file !== "-")) throw usage("stdin is formatted alone: leave the files out");
    if (options.json) throw usage("stdin is formatted to stdout; `--json` is for files");
    if (options.check && options.stdinFilepath !== undefined) throw usage("`--stdin-filepath` prints the formatted text; it cannot be given with `--check`");
    return formatStdin(options);
  }
  const changed: { readonly source: Source; readonly text: string }[] = [];
  const found: unknown[] = [];
  let failed = false;
  for (const file of files) {
    const read = await nodeHost.read(file);
    if (read.text === undefined) throw problem(read.absent ? `there is no file \`${file}\`` : `cannot read \`${file}\`: ${read.problem}`);
    const source: Source = { uri: file, text: read.text };
    const formatted = await inOneStyle(source, options.json ? found : undefined);
    if (formatted === undefined) failed = true;
    else if (formatted !== source.text) changed.push({ source, text: formatted });
  }
  if (options.json) {
    if (!options.check) for (const { source, text } of changed) await writeAll(".", [{ path: source.uri, chunks: () => [Buffer.from(text)] }]);
    out(`${JSON.stringify({ schema: 1, ok: !failed, written: !options.check, changed: changed.map(({ source }) => source.uri), diagnostics: found }, null, 2)}\n`);
    return failed || (options.check && changed.length > 0) ? 1 : 0;
  }
  if (options.check) {
    for (const { source } of changed) out(`${source.uri}\n`);
    if (changed.length > 0) err(`${changed.length} of ${files.length} file${files.length === 1 ? "" : "s"} would change; \`lwmc fmt\` does it\n`);
    return failed || changed.length > 0 ? 1 : 0;
  }
  for (const { source, text } of changed) {
    await writeAll(".", [{ path: source.uri, chunks: () => [Buffer.from(text)] }]);
    out(`${source.uri}\n`);
  }
  return failed ? 1 : 0;
}

async function formatStdin(options: FmtOptions): Promise<ExitCode> {
  const source: Source = { uri: options.stdinFilepath ?? STDIN, text: readStdin() };
  const text = await inOneStyle(source);
  if (text === undefined) return 1;
  if (!options.check) out(text);
  return options.check && text !== source.text ? 1 : 0;
}

/** The text in the one style; undefined where it cannot be read, which is reported, or added to `found` as data. */
async function inOneStyle(source: Source, found?: unknown[]): Promise<string | undefined> {
  const { text, diagnostics } = format(source);
  const shown: readonly Diagnostic[] = text === undefined ? diagnostics : [];
  const sources: Sources = (uri) => (uri === source.uri ? source : undefined);
  if (found) found.push(...(await diagnosticsAsJson(shown, sources)));
  else await report(shown, sources);
  return text;
}
