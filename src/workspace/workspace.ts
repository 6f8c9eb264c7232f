/**
 * Files, loaded or being edited, and what the compiler says of them. `load` is the only step that waits; a snapshot is immutable and
 * synchronous, and is made anew only where something that it depends on was changed.
 */
import { compile, type Compiled, type CompiledModel, type Selection } from "../compiler/compile.ts";
import type { Model } from "../compiler/elaborate/model.ts";
import { diagnostic, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Device } from "../compiler/devices/device.ts";
import { devicesIn } from "../compiler/elaborate/device-list.ts";
import type { Program } from "../compiler/elaborate/domains.ts";
import { positionAt, span, type Source, type Span } from "../compiler/source.ts";
import { harmless } from "../compiler/syntax/order.ts";
import type { Arg, Expr, File, Statement } from "../compiler/syntax/ast.ts";
import type { Host } from "./host.ts";
import { classLists } from "./labels.ts";
import { declarationIn, LIBRARY_PREFIX, type Library } from "./library.ts";

export interface Workspace {
  readonly library: Library;
  /** Reads a file and all that it imports, unless they are open already. What cannot be read becomes a diagnostic of the snapshots. */
  readonly load: (uri: string) => Promise<void>;
  /** Opens a file with this text, or replaces its text; `load` it again where its imports may have changed. */
  readonly edit: (uri: string, text: string) => Promise<void>;
  /** Forgets a file's text, so that it is read anew when it is next loaded. */
  readonly close: (uri: string) => void;
  /** A file that is open, or the library's. */
  readonly file: (uri: string) => File | undefined;
  readonly source: (uri: string) => Source | undefined;
  /** The file that an import means. */
  readonly resolve: (from: string, path: string) => string;
  /** The files that are open now. */
  readonly files: () => readonly string[];
  /** The arguments of a call that was written elsewhere: `(width=0.5)`. Its text can be shown as the file `uri`. */
  readonly arguments: (uri: string, model: string, args: string) => Promise<{ readonly args: readonly Arg[] | undefined; readonly diagnostics: readonly Diagnostic[] }>;
  /** A device as `target` takes it, written elsewhere: `stm32h747(precision=int8)`. */
  readonly device: (uri: string, text: string) => Promise<{ readonly expr: Expr | undefined; readonly diagnostics: readonly Diagnostic[] }>;
  /** Budgets and aims for a model, written elsewhere: `budget { macs <= 100M }`. */
  readonly facts: (uri: string, text: string) => Promise<{ readonly statements: readonly Statement[]; readonly diagnostics: readonly Diagnostic[] }>;
  /** The devices that a file declares, without its mistakes; load it first where it is not the library's. */
  readonly devices: (uri: string) => readonly Device[];
  /** What the compiler says of a file as it stands now. */
  readonly snapshot: (entry: string, selection?: Selection) => Snapshot;
}

export interface Snapshot {
  readonly entry: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly models: readonly CompiledModel[];
  /** Models with errors, as far as they were expanded. */
  readonly broken: readonly Model[];
  /** The text of a file that a diagnostic speaks of. */
  readonly source: (uri: string) => Source | undefined;
}

interface Open {
  readonly source: Source;
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

type Parse = typeof import("../compiler/syntax/parse.ts").parse;

/** Facts as a text of their own, as diagnostics show it. */
export function factsText(facts: string): string {
  return `model it {\n${facts}\n}`;
}

/** A workspace over a host's files, with a library in scope. */
export function workspace(host: Host, library: Library): Workspace {
  const open = new Map<string, Open>();
  /** Why a file is not open, in words; undefined where it is absent. */
  const closed = new Map<string, string | undefined>();
  /** Replaced as a whole: a cleared Map leads from its old table to its new one, which would keep snapshots until the next full collection. */
  let snapshots = new Map<string, Snapshot>();
  let parse: Parse | undefined;

  const parsed = async (uri: string, text: string): Promise<Open> => {
    parse ??= (await import("../compiler/syntax/parse.ts")).parse;
    const source: Source = { uri, text };
    return { source, ...parse(source) };
  };

  const edit = async (uri: string, text: string): Promise<void> => {
    if (open.get(uri)?.source.text === text) return;
    open.set(uri, await parsed(uri, text));
    closed.delete(uri);
    snapshots = new Map();
  };

  const load = async (entry: string): Promise<void> => {
    const seen = new Set<string>();
    const waiting = [entry];
    for (let uri = waiting.pop(); uri !== undefined; uri = waiting.pop()) {
      if (seen.has(uri)) continue;
      seen.add(uri);
      if (uri.startsWith(LIBRARY_PREFIX)) continue;
      if (!open.has(uri)) {
        const read = await host.read(uri);
        if (read.text === undefined) {
          closed.set(uri, read.absent ? undefined : read.problem);
          snapshots = new Map();
          continue;
        }
        await edit(uri, read.text);
      }
      for (const { from } of open.get(uri)!.file.imports) if (from) waiting.push(host.resolve(uri, from.value));
    }
  };

  const unreadable = (uri: string, at: Span): Diagnostic => {
    const problem = closed.get(uri);
    return problem === undefined ? diagnostic("file-not-found", at, { file: uri }) : diagnostic("unreadable-file", at, { file: uri, problem });
  };

  const program: Program = {
    file: (uri) => open.get(uri)?.file ?? library.file(uri),
    resolve: host.resolve,
    library: (name) => declarationIn(library, name),
    libraryNames: () => library.names,
    isLibrary: (uri) => uri.startsWith(LIBRARY_PREFIX),
    classLists,
  };

  /** Syntax errors of the entry and of all that it imports. */
  const syntaxErrors = (entry: string): readonly Diagnostic[] => {
    const found: Diagnostic[] = [];
    const seen = new Set<string>();
    const visit = (uri: string): void => {
      const file = open.get(uri);
      if (!file || seen.has(uri)) return;
      seen.add(uri);
      found.push(...file.diagnostics);
      for (const { from } of file.file.imports) if (from) visit(host.resolve(uri, from.value));
    };
    visit(entry);
    return found;
  };

  /** The compiler knows that an import leads nowhere; why a file that is there cannot be read is known here. */
  const withReason = (found: Diagnostic): Diagnostic => {
    if (found.code !== "import-not-found") return found;
    const { from } = open.get(found.span.file)?.file.imports.find(({ from }) => from?.span.start === found.span.start) ?? {};
    const uri = from === undefined ? undefined : host.resolve(found.span.file, from.value);
    return uri !== undefined && closed.get(uri) !== undefined ? unreadable(uri, found.span) : found;
  };

  const source = (uri: string): Source | undefined => open.get(uri)?.source ?? library.source(uri);

  const make = (entry: string, selection: Selection): Snapshot => {
    if (!program.file(entry)) return { entry, diagnostics: [unreadable(entry, span(entry, 0, 0))], models: [], broken: [], source };
    const compiled: Compiled = compile(program, entry, selection);
    const syntax = syntaxErrors(entry);
    return { entry, diagnostics: inOrder([...syntax, ...onSoundLines(syntax, compiled.diagnostics, source).map(withReason)]), models: compiled.models, broken: compiled.broken, source };
  };

  return {
    library,
    load,
    edit,
    close: (uri) => {
      open.delete(uri);
      closed.delete(uri);
      snapshots = new Map();
    },
    file: program.file,
    source,
    resolve: host.resolve,
    files: () => [...open.keys()],
    arguments: async (uri, model, args) => {
      await edit(uri, `model it =\n${model}${args}`);
      const { file, diagnostics } = open.get(uri)!;
      const declaration = file.declarations.length === 1 && file.declarations[0].kind === "model" ? file.declarations[0].value : undefined;
      return { args: declaration?.kind === "call" ? declaration.args : undefined, diagnostics };
    },
    device: async (uri, text) => {
      await edit(uri, `model it { target\n${text}\n}`);
      const { file, diagnostics } = open.get(uri)!;
      const declaration = file.declarations.length === 1 && file.declarations[0].kind === "model" ? file.declarations[0] : undefined;
      const statements = declaration?.body?.statements ?? [];
      return { expr: statements.length === 1 && statements[0].kind === "target" ? statements[0].value : undefined, diagnostics };
    },
    facts: async (uri, text) => {
      await edit(uri, factsText(text));
      const { file, diagnostics } = open.get(uri)!;
      const [declaration] = file.declarations;
      return { statements: declaration?.kind === "model" ? (declaration.body?.statements ?? []) : [], diagnostics };
    },
    devices: (uri) => devicesIn(program, uri, () => {}),
    snapshot: (entry, selection = {}) => {
      const key = JSON.stringify([entry, selection.model, selection.args, selection.inputs, selection.targets, selection.facts, selection.trace]);
      let made = snapshots.get(key);
      if (!made) snapshots.set(key, (made = make(entry, selection)));
      return made;
    },
  };
}

/** What the compiler says of lines that could be read whole: of others, part of the text is missing from the tree. */
function onSoundLines(syntax: readonly Diagnostic[], found: readonly Diagnostic[], sourceOf: (uri: string) => Source | undefined): readonly Diagnostic[] {
  if (syntax.length === 0) return found;
  const lineOf = ({ span }: Diagnostic): string => {
    const source = sourceOf(span.file);
    return `${span.file}:${source ? positionAt(source, span.start).line : 0}`;
  };
  const broken = new Set(syntax.filter(({ code }) => !harmless.has(code)).map(lineOf));
  return found.filter((d) => !broken.has(lineOf(d)));
}

/** File by file, as they were come upon, and in each from the top. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length < 2) return diagnostics;
  const files = [...new Set(diagnostics.map(({ span }) => span.file))];
  return [...diagnostics].sort((a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start);
}
