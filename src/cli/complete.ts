/** `lwmc complete`: a completion script for a shell, made from the commands' own tables and the library's names. */
import type { Argument, Command, Option } from "commander";
import type { Environment, ExitCode } from "./environment.ts";
import { libraryDevices } from "./devices.ts";
import { overview } from "./explain.ts";
import { out } from "./output.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What may stand at a place: words, and files whose names end in `files`, or folders alone. */
interface Values {
  readonly words: readonly string[];
  readonly files?: "" | ".lwm" | "folders";
}

interface Choice {
  /** With all its spellings. */
  readonly flags: readonly string[];
  readonly text: string;
  /** Undefined where it takes nothing. */
  readonly values: Values | undefined;
}

interface Entry {
  /** The words after `lwmc`. */
  readonly path: readonly string[];
  readonly text: string;
  readonly options: readonly Choice[];
  readonly operands: Values;
  readonly commands: readonly Entry[];
}

/** What the library has names for. */
interface Names {
  readonly models: readonly string[];
  readonly devices: readonly string[];
  readonly explained: readonly string[];
}

export async function complete(shell: Shell, program: Command, environment: Environment): Promise<ExitCode> {
  const library = environment.library();
  const names = { models: library.names.filter((name) => /^[A-Z]/.test(name)), devices: libraryDevices(library).map(({ name }) => name), explained: [...new Set(overview(library).flatMap(([, words]) => words))] };
  const root = entryOf(program, [], names);
  out({ bash, zsh, fish }[shell](flat(root)));
  return 0;
}

function entryOf(command: Command, path: readonly string[], names: Names): Entry {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((each) => each.name() !== "help").map((each) => entryOf(each, [...path, each.name()], names));
  return { path, text: command.description(), options: help.visibleOptions(command).map((option) => choiceOf(option, path, names)), operands: operandsOf(command.registeredArguments[0], path, names), commands };
}

function flat(entry: Entry): readonly Entry[] {
  return [entry, ...entry.commands.flatMap(flat)];
}

function choiceOf({ short, long, description, flags, required, optional, argChoices }: Option, path: readonly string[], names: Names): Choice {
  const place = /[<[]([A-Z]+)/.exec(flags)?.[1] ?? "";
  const values = (): Values => {
    if (argChoices) return { words: argChoices };
    if (long === "--target") return { words: [...(path[0] === "compile" ? ["onnx", "tfjs"] : []), ...names.devices], files: ".lwm" };
    if (place === "DIR") return { words: [], files: "folders" };
    return /^(FILE|PATH|PICTURE|OUT)$/.test(place) ? { words: [], files: "" } : { words: [] };
  };
  return { flags: [short, long].filter((flag) => flag !== undefined), text: description, values: required || optional ? values() : undefined };
}

/** Commands that write into a file, or beside it, take none of the library's models. */
function operandsOf(argument: Argument | undefined, [command]: readonly string[], names: Names): Values {
  const name = argument?.name();
  if (argument?.argChoices) return { words: argument.argChoices };
  if (name === "WORD") return { words: names.explained };
  if (name === "DIR") return { words: [], files: "folders" };
  if (name === "FILE") return { words: command === "fmt" || command === "types" ? [] : names.models, files: ".lwm" };
  return name === undefined ? { words: [] } : { words: [], files: "" };
}

function bash(entries: readonly Entry[]): string {
  const answer = ({ words, files }: Values): string => [`_lwmc_words ${quoted(words.join(" "))}`, ...(files === undefined ? [] : [`_lwmc_files ${quoted(files)}`])].join("; ");
  const values = entries.flatMap(({ path, options }) => options.flatMap((option) => (option.values ? [`    ${option.flags.map((flag) => quoted(`${path.join(" ")} ${flag}`)).join("|")}) ${answer(option.values)}; return ;;`] : [])));
  const cases = entries.map(({ path, options, operands, commands }) => {
    const flags = options.flatMap((option) => option.flags).join(" ");
    return `    ${quoted(path.join(" "))}) if [[ $word == -* ]]; then _lwmc_words ${quoted(flags)}; else ${answer(commands.length > 0 ? { words: commands.map((each) => each.path.at(-1)!) } : operands)}; fi ;;`;
  });
  const paths = entries.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  // bash splits words at `=`, and names of files hold spaces
  return `# completion of lwmc in bash: eval "$(lwmc complete bash)"
_lwmc_words() { local IFS=$' \\t\\n' each; for each in $1; do [[ $each == "$word"* ]] && COMPREPLY+=("$each"); done; }
_lwmc_files() {
  local each
  compopt -o filenames 2>/dev/null
  while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen -d -- "$word")
  [[ $1 == folders ]] && return
  while IFS= read -r each; do [[ -d $each || $each != *"$1" ]] || COMPREPLY+=("$each"); done < <(compgen -f -- "$word")
}
_lwmc() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" i
  COMPREPLY=()
  if [[ $word == "=" ]]; then word=""; elif [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
    ${paths.join("|")}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $before" in
${values.join("\n")}
  esac
  case "$path" in
${cases.join("\n")}
  esac
}
complete -F _lwmc lwmc
`;
}

function zsh(entries: readonly Entry[]): string {
  /** Words and files together are a function: an option's description has no room for both. */
  const mixed = new Map<string, string>();
  const action = ({ words, files }: Values): string => {
    const listed = words.length === 0 ? "" : `(${words.join(" ")})`;
    const found = files === undefined ? "" : files === "folders" ? "_files -/" : files === "" ? "_files" : `_files -g "*${files}"`;
    if (listed === "" || found === "") return listed + found || " ";
    const body = `_alternative ${quoted(`files:file:${found}`)} ${quoted(`names:name:${listed}`)}`;
    if (!mixed.has(body)) mixed.set(body, `_lwmc_mixed_${mixed.size + 1}`);
    return ` ${mixed.get(body)}`;
  };
  const functions = entries.map(({ path, options, operands, commands }) => {
    const lines = options.flatMap(({ flags, text, values }) => flags.map((flag) => `    ${quoted(`*${flag}${flag.startsWith("--") && values ? "=" : ""}[${escaped(text)}]${values === undefined ? "" : `:value:${action(values)}`}`)}`));
    const operand = commands.length > 0 ? `'1:command:((${commands.map((other) => `${other.path.at(-1)}\\:${zshWord(other.text)}`).join(" ")}))' '*::argument:->rest'` : quoted(`*:argument:${action(operands)}`);
    const dispatch = commands.length === 0 ? "" : `\n  case "$state" in\n  rest)\n    case "\${words[1]}" in\n${commands.map((other) => `    ${other.path.at(-1)}) ${functionName(other.path)} ;;`).join("\n")}\n    esac ;;\n  esac`;
    return `${functionName(path)}() {\n  local state\n  local -a line\n  _arguments -C \\\n${[...lines, `    ${operand}`].join(" \\\n")}${dispatch}\n}`;
  });
  return `#compdef lwmc\n# completion of lwmc in zsh: source <(lwmc complete zsh)\n${[...mixed].map(([body, name]) => `${name}() { ${body} }\n`).join("")}${functions.join("\n")}\ncompdef _lwmc lwmc\n`;
}

function fish(entries: readonly Entry[]): string {
  const action = ({ words, files }: Values): string => {
    const listed = [...(files === "folders" ? ["(__fish_complete_directories)"] : files === ".lwm" ? ["(__fish_complete_suffix .lwm)"] : []), ...(words.length > 0 ? [words.join(" ")] : [])];
    return `${files === "" ? "-F" : "-f"}${listed.length > 0 ? ` -k -a ${quoted(listed.join(" "))}` : ""}`;
  };
  const lines = entries.flatMap(({ path, options, operands, commands }) => {
    const inside = path.length === 0 ? "__fish_use_subcommand" : path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const open = path.length === 0 || commands.length === 0 ? inside : `${inside}; and not __fish_seen_subcommand_from ${commands.map((each) => each.path.at(-1)).join(" ")}`;
    return [
      ...commands.map((other) => `complete -c lwmc -f -n ${quoted(open)} -a ${other.path.at(-1)} -d ${quoted(other.text)}`),
      ...(commands.length > 0 ? [] : [`complete -c lwmc -n ${quoted(inside)} ${action(operands)}`]),
      ...options.map(({ flags, text, values }) => {
        const spelt = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
        return `complete -c lwmc -n ${quoted(inside)} ${spelt}${values === undefined ? "" : ` -r ${action(values)}`} -d ${quoted(text)}`;
      }),
    ];
  });
  return `# completion of lwmc in fish: lwmc complete fish | source\ncomplete -c lwmc -e\n${lines.join("\n")}\n`;
}

function functionName(path: readonly string[]): string {
  return ["_lwmc", ...path].join("_");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Inside the brackets of zsh's `_arguments`. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (c) => `\\${c}`);
}

/** A description inside `((word\:description …))`. */
function zshWord(text: string): string {
  return text.replaceAll(/[\s():'"\\;,&|<>$`*?#~=]/g, (c) => (c === "'" ? "’" : `\\${c}`));
}
