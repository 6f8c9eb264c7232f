/** `lwmc complete`: a completion script for a shell, made from the commands' own tables. */
import type { Command, Option } from "commander";
import { out } from "./output.ts";
import type { ExitCode } from "./environment.ts";

const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Choice {
  /** With all its spellings. */
  readonly flags: readonly string[];
  readonly text: string;
  /** What it takes: words, or a file where there are none; undefined where it takes nothing. */
  readonly values: readonly string[] | undefined;
}

interface Entry {
  /** The words after `lwmc`. */
  readonly path: readonly string[];
  readonly text: string;
  readonly options: readonly Choice[];
  /** What its first operand is chosen from. */
  readonly operands: readonly string[];
}

export async function complete(shell: Shell, program: Command): Promise<ExitCode> {
  const entries = entriesOf(program);
  out({ bash, zsh, fish }[shell](entries));
  return 0;
}

function entriesOf(program: Command): readonly Entry[] {
  const visible = (command: Command): readonly Command[] => command.createHelp().visibleCommands(command).filter((each) => each.name() !== "help");
  const entry = (command: Command, path: readonly string[]): readonly Entry[] => [
    { path, text: command.description(), options: command.createHelp().visibleOptions(command).map(choiceOf), operands: [...visible(command).map((each) => each.name()), ...(command.registeredArguments[0]?.argChoices ?? [])] },
    ...visible(command).flatMap((each) => entry(each, [...path, each.name()])),
  ];
  return entry(program, []);
}

function choiceOf({ short, long, description, required, optional, argChoices }: Option): Choice {
  return { flags: [short, long].filter((flag) => flag !== undefined), text: description, values: required || optional ? (argChoices ?? []) : undefined };
}

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, options, operands }) => {
    const flags = options.flatMap((option) => option.flags);
    return `    ${quoted(path.join(" "))}) words=${quoted(operands.join(" "))}; flags=${quoted(flags.join(" "))} ;;`;
  });
  const values = entries.flatMap(({ path, options }) => options.filter((option) => option.values !== undefined && option.values.length > 0).flatMap((option) => option.flags.map((flag) => `    ${quoted(`${path.join(" ")} ${flag}`)}) COMPREPLY=($(compgen -W ${quoted(option.values!.join(" "))} -- "$word")); return ;;`)));
  const names = entries.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  return `# completion of lwmc in bash: eval "$(lwmc complete bash)"
_lwmc() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" flags="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
    ${names.join("|")}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $before" in
${values.join("\n")}
  esac
  case "$path" in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word")); return; fi
  COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -X '!*.lwm' -- "$word") $(compgen -d -- "$word"))
}
complete -o filenames -F _lwmc lwmc
`;
}

function zsh(entries: readonly Entry[]): string {
  const functions = entries.map(({ path, options, operands }) => {
    const lines = options.flatMap(({ flags, text, values }) => flags.map((flag) => `    ${quoted(`${flag}[${escaped(text)}]${values === undefined ? "" : `:value:${values.length > 0 ? `(${values.join(" ")})` : "_files"}`}`)}`));
    const commands = entries.filter((other) => other.path.length === path.length + 1 && other.path.slice(0, -1).join(" ") === path.join(" "));
    const operand = operands.length === 0 ? "'*:file:_files'" : commands.length > 0 ? `'1:command:((${commands.map((other) => `${other.path.at(-1)}\\:${zshWord(other.text)}`).join(" ")}))' '*::argument:->rest'` : `'1:what:(${operands.join(" ")})'`;
    const dispatch = commands.length === 0 ? "" : `\n  case "$state" in\n  rest)\n    case "\${words[1]}" in\n${commands.map((other) => `    ${other.path.at(-1)}) ${functionName(other.path)} ;;`).join("\n")}\n    esac ;;\n  esac`;
    return `${functionName(path)}() {\n  local state\n  local -a line\n  _arguments -C \\\n${[...lines, `    ${operand}`].join(" \\\n")}${dispatch}\n}`;
  });
  return `#compdef lwmc\n# completion of lwmc in zsh: source <(lwmc complete zsh)\n${functions.join("\n")}\ncompdef _lwmc lwmc\n`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ path, options }) => {
    const commands = entries.filter((other) => other.path.length === path.length + 1 && other.path.slice(0, -1).join(" ") === path.join(" "));
    const names = commands.map((other) => other.path.at(-1)!);
    const inside = path.length === 0 ? "__fish_use_subcommand" : path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const open = path.length === 0 || names.length === 0 ? inside : `${inside}; and not __fish_seen_subcommand_from ${names.join(" ")}`;
    return [
      ...commands.map((other) => `complete -c lwmc -f -n ${quoted(open)} -a ${other.path.at(-1)} -d ${quoted(other.text)}`),
      ...options.map(({ flags, text, values }) => {
        const spelt = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(" ");
        return `complete -c lwmc -n ${quoted(inside)} ${spelt}${values === undefined ? "" : values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : " -r"} -d ${quoted(text)}`;
      }),
    ];
  });
  return `# completion of lwmc in fish: lwmc complete fish | source\n${lines.join("\n")}\n`;
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
