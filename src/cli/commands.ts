/** The commands and their options, for everything that `start.ts` does not answer at once. Each command's own code is loaded when it is called. */
import { Argument, Command, CommanderError, Option } from "commander";
import { colored, err, out } from "./output.ts";
import type { BenchOptions } from "./bench.ts";
import type { BindOptions } from "./weights.ts";
import type { CalibrateOptions } from "./calibrate.ts";
import type { CheckOptions } from "./check.ts";
import type { Shell } from "./complete.ts";
import type { EmitOptions } from "./emit.ts";
import { usage, type Environment } from "./environment.ts";
import type { FitOptions } from "./fit.ts";
import type { ExplainOptions } from "./explain.ts";
import type { FmtOptions } from "./fmt.ts";
import type { InitOptions } from "./init.ts";
import type { MemoryCommandOptions } from "./memory.ts";
import type { RunOptions } from "./run.ts";
import type { SummaryOptions } from "./summary.ts";
import type { SweepOptions } from "./sweep.ts";
import type { TypesOptions } from "./types.ts";
import type { VerifyOptions } from "./verify.ts";

const FILE_HELP = `
FILE is net.lwm, net.lwm#Model, 'net.lwm#Model(width=0.5)', - for stdin, or a model of
the standard library: MobileNetV2, 'MobileNetV2(width=0.75)'.`;

const EXIT_HELP = `
Exit codes: 0 fine, 1 problems found in the input, 2 wrong usage or a fault of lwmc.`;

/** Reads the arguments and runs what they ask for. @returns the exit code */
export async function commands(argv: readonly string[], environment: Environment): Promise<number> {
  let code = 0;
  const program = new Command("lwmc")
    .description("The compiler of lwm, a small language for lightweight neural networks.")
    .version(environment.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "explain a command")
    .helpOption("-h, --help", "explain this")
    .addHelpText("after", `${FILE_HELP}\n${EXIT_HELP}`)
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: out, writeErr: err, getOutHasColors: () => colored("stdout"), getErrHasColors: () => colored("stderr"), outputError: (text, write) => write(text.replace(/^error: /, "lwmc: ")) })
    .exitOverride();

  const command = (name: string, summary: string, takesFile = true): Command => {
    const made = program.command(name).description(summary).helpOption("-h, --help", "explain this").allowExcessArguments(false);
    return takesFile ? made.addHelpText("after", FILE_HELP) : made;
  };
  const run = <A extends readonly unknown[]>(action: (...args: A) => Promise<number>) => async (...args: unknown[]): Promise<void> => {
    code = await action(...(args as unknown as A));
  };

  command("check <FILE...>", "say everything that can be known without writing: syntax, names, shapes, budgets")
    .addOption(input())
    .addOption(device())
    .option("--json", "diagnostics and figures as JSON, schema 1")
    .action(run(async (files: string[], options: CheckOptions) => (await import("./check.ts")).check(files, onDevices(options), environment)));

  command("summary <FILE>", "print what a network costs, layer by layer")
    .addOption(new Option("--by <UNIT>", "add up by").choices(["layer", "block", "stage", "model"]).default("layer"))
    .option("--conventions", "the same network as other tools count it")
    .addOption(new Option("--json", "as JSON, schema 1").conflicts("csv"))
    .option("--csv", "as comma-separated values")
    .addOption(input())
    .addOption(device())
    .action(run(async (file: string, options: SummaryOptions) => (await import("./summary.ts")).summary(file, onDevices(options), environment)));

  command("memory <FILE>", "plan where every tensor lies, when, and how much memory that takes")
    .addOption(device())
    .addOption(new Option("--precision <TYPE>", "of activations and weights; the target's, or float32").choices(["float32", "float16", "int8"]))
    .addOption(new Option("--overlap <RULE>", "what may be written over its input: nothing, elementwise operators and depthwise convolutions, or all; the target's, or none").choices(["none", "in_place", "full"]))
    .addOption(new Option("--align <BYTES>", "where buffers may begin; the target's, or 1").argParser(aboveZero))
    .option("--no-reorder", "run the steps as they are written")
    .addOption(new Option("--patches [N]", "run the first layers in N×N patches; without N, the best of 2 to 8").argParser(patches))
    .addOption(new Option("--picture <WHERE>", "while patches run: held in memory, or read in parts").choices(["held", "read"]).default("held"))
    .addOption(new Option("--ram <BYTES>", "what there is: 256KiB; the target's").argParser(bytes))
    .addOption(new Option("--json", "as JSON, schema 1: offsets, lifetimes, steps"))
    .option("--svg <FILE>", "draw it: steps, addresses, the bound and the peak")
    .option("--header <FILE>", "a C header with offsets and sizes")
    .option("--offline-plan <FILE>", "the OfflineMemoryAllocation metadata of TFLite Micro")
    .addOption(input())
    .action(run(async (file: string, options: MemoryCommandOptions) => (await import("./memory.ts")).memory(file, onDevices(options), environment)));

  command("sweep <FILE>", "analyse a network under all settings of some parameters")
    .requiredOption("--over <PARAM=VALUES>", "width=0.25..1.4:0.05 (low..high:step), width=0.35,0.5,1, reading=keras,timm, or the name alone for its own range; may be given again", collect)
    .option("--figures <NAMES>", "what to print: params, buffers, macs, flops, weights, activations; with a target ram, flash, latency, energy", collect)
    .option("--pareto", "only the networks that no other beats in two or three figures")
    .option("--maximize <FIGURE>", "for --pareto and --svg: more is better; may be given again", collect)
    .option("--minimize <FIGURE>", "for --pareto and --svg: less is better; may be given again", collect)
    .option("--budget <LIMITS>", "leave out what exceeds it: 'macs <= 100M, weights <= 1MiB'; may be given again", collect)
    .addOption(new Option("--csv", "as comma-separated values").conflicts("json"))
    .option("--json", "as JSON, schema 1")
    .option("--svg <FILE>", "draw the networks and the line of those that no other beats")
    .addOption(device())
    .addOption(input())
    .action(run(async (file: string, options: SweepOptions) => (await import("./sweep.ts")).sweep(file, onDevices(options), environment)));

  command("fit <FILE>", "find the best values for what a model leaves open: 'MobileNetV2(width=?)'")
    .option("--budget <LIMITS>", "beside the model's own: 'macs <= 100M, latency <= 30ms'; may be given again", collect)
    .option("--maximize <FIGURE>", "in place of the model's own aims; may be given again, the first counts most", collect)
    .option("--minimize <FIGURE>", "the same, for what is to be small", collect)
    .option("--write", "write the values into the file")
    .option("--json", "as JSON, schema 1")
    .addOption(device())
    .addOption(input())
    .action(run(async (file: string, options: FitOptions) => (await import("./fit.ts")).fitCommand(file, onDevices(options), environment)));

  command("compile <FILE>", "write artifacts for a backend or a device")
    .option("--target <NAME...>", "onnx, tfjs, or a device, which decides on artifact and precision; more than one get a folder each. Without it, the model's own targets")
    .requiredOption("-o, --output <DIR>", "the folder to write into; made where it is absent")
    .addOption(weights())
    .addOption(seed())
    .option("--no-fold", "onnx: leave batch norms as nodes of their own, for training elsewhere")
    .addOption(new Option("--batch <SIZE>", "onnx: 1, or N for any").choices(["1", "N"]).default("1"))
    .addOption(new Option("--weights-as <TYPE>", "how weights are stored: float32 unless the target says otherwise; computation stays float32").choices(["float32", "float16", "int8"]))
    .addOption(new Option("--precision <TYPE>", "onnx: what the network computes in, float32 unless given; devices decide it themselves").choices(["float32", "int8"]))
    .option("--calibrate <PATH...>", "int8: pictures, folders of pictures or safetensors files that show what values occur")
    .addOption(new Option("--calibrate-by <METHOD>", "int8: what integers cover: the range of least squared error, all values, or the middle 99.99 %").choices(["mse", "minmax", "percentile"]).default("mse"))
    .option("--reduce-range", "int8: kernels in 7 bits, for x86 processors without VNNI (see docs/devices.md)")
    .addOption(new Option("--list-files", "print the names of the files that are written, and nothing else").conflicts("json"))
    .option("--json", "what was written, as JSON, schema 1")
    .option("--dry-run", "do everything but write")
    .option("--watch", "go on, and compile again whenever a file changes")
    .addOption(input())
    .action(run(async (file: string, options: EmitOptions & { readonly watch?: boolean }) => (options.watch ? (await import("./emit-watch.ts")).emitWatching(file, options, environment) : (await import("./emit.ts")).emit(file, options, environment))));

  const weightsCommand = command("weights", "look into checkpoints and fit them to a network", false);
  weightsCommand
    .command("bind <FILE> <SOURCE>")
    .description("match a checkpoint's names and layouts to the layers' paths")
    .helpOption("-h, --help", "explain this")
    .requiredOption("-o, --output <OUT>", "the safetensors file to write")
    .addOption(input())
    .option("--json", "the match as JSON, schema 1")
    .addHelpText("after", FILE_HELP)
    .action(run(async (file: string, source: string, options: BindOptions) => (await import("./weights.ts")).bindWeights(file, source, options, environment)));
  weightsCommand
    .command("inspect <SOURCE>")
    .description("list a safetensors file's tensors: names, shapes, ranges")
    .helpOption("-h, --help", "explain this")
    .option("--json", "as JSON, schema 1")
    .action(run(async (source: string, options: { readonly json?: boolean }) => (await import("./inspect.ts")).inspectWeights(source, options)));

  command("run <FILE>", "classify a picture, or run a tensor through the network")
    .addOption(weights())
    .addOption(seed())
    .option("--image <PICTURE>", "a PNG or JPEG; scaled and cropped at the centre unless it has the input's size")
    .option("--tensor <FILE>", "a safetensors file with a tensor for each input, fed as it is")
    .addOption(new Option("--runtime <NAME>", "what runs it").choices(["onnx", "tfjs"]).default("onnx"))
    .addOption(new Option("--top <K>", "how many classes to print").default(5).argParser(aboveZero))
    .option("--json", "as JSON, schema 1")
    .addOption(input())
    .action(run(async (file: string, options: RunOptions) => (await import("./run.ts")).runModel(file, options, environment)));

  command("verify <FILE>", "run every backend on the same inputs and compare them")
    .addOption(weights())
    .addOption(seed())
    .option("--image <PICTURE>", "compare on this picture instead of seeded inputs")
    .option("--json", "as JSON, schema 1")
    .addOption(input())
    .action(run(async (file: string, options: VerifyOptions) => (await import("./verify.ts")).verify(file, options, environment)));

  command("fmt <FILE...>", "bring files into the one style; - formats stdin to stdout", false)
    .option("--check", "change nothing; name the files that differ, and exit with 1")
    .option("--stdin-filepath <PATH>", "the name to give stdin in diagnostics")
    .option("--json", "as JSON, schema 1: what was changed, and what could not be read")
    .action(run(async (files: string[], options: FmtOptions) => (await import("./fmt.ts")).fmt(files, options)));
  const fmtCommand = program.commands.find((c) => c.name() === "fmt")!;
  fmtCommand.registeredArguments[0].required = false;

  command("init [DIR]", "set up a project that imports networks: an example, the bundler's plugin, what TypeScript needs", false)
    .addOption(new Option("--bundler <NAME>", "the project's bundler; the one in its package.json unless given").choices(["vite", "esbuild", "rollup", "webpack", "none"]))
    .option("--yes", "ask nothing")
    .addHelpText("after", "\nNothing that is there is overwritten.")
    .action(run(async (folder: string | undefined, options: InitOptions) => (await import("./init.ts")).init(folder ?? ".", options, environment)));

  program.addCommand(
    new Command("complete")
      .description("print a completion script: eval \"$(lwmc complete bash)\"")
      .helpOption("-h, --help", "explain this")
      .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
      .action(run(async (shell: Shell) => (await import("./complete.ts")).complete(shell, program, environment))),
  );

  command("types <FILE...>", "write declarations beside .lwm files, so that TypeScript knows what importing them gives", false)
    .option("--check", "change nothing; name the files that are not up to date, and exit with 1")
    .option("--watch", "go on, and write them anew whenever a file changes")
    .addOption(new Option("--onnx <SPELLING>", "how imports of the ONNX module are spelt: ./net.lwm?onnx (query), ./net.onnx.lwm (dot, for Windows), or not at all").choices(["query", "dot", "none"]).default(process.platform === "win32" ? "dot" : "query"))
    .addHelpText("after", "\nFILE is a .lwm file, or a folder with such files, however deep.")
    .action(run(async (files: string[], options: TypesOptions) => (await import("./types.ts")).types(files, options, environment)));

  command("explain [WORD]", "explain a diagnostic's code, an operator, a block or model, a device, or a word of costs", false)
    .option("--json", "as JSON, schema 1")
    .action(run(async (word: string | undefined, options: ExplainOptions) => (await import("./explain.ts")).explain(word, options, environment)));

  command("lsp", "serve editors: diagnostics, shapes and costs while typing, over the language server protocol", false)
    .option("--stdio", "over stdin and stdout, the only way there is")
    .action(run(async () => (await import("./lsp.ts")).lsp(environment)));

  command("devices", "list the devices that can be priced", false)
    .option("--json", "as JSON, schema 1")
    .action(run(async (options: { readonly json?: boolean }) => (await import("./devices.ts")).devices(options, environment)));

  command("bench <FILE...>", "run networks on this machine, in turns, and lay what they take beside what was predicted")
    .option("--runtime <NAME...>", "ort_wasm and tfjs_wasm unless given; ort_node, all")
    .option("--browser [NAME...]", "run them in Chromium: ort_wasm, tfjs_wasm and tfjs_webgl unless given; ort_webgpu, tfjs_cpu, all")
    .addOption(device())
    .addOption(new Option("--runs <N>", "how many runs are timed").default(40).argParser(aboveZero))
    .option("--no-layers", "time the network as a whole only")
    .option("--json", "as JSON, schema 1")
    .addOption(input())
    .action(run(async (files: string[], options: BenchOptions) => (await import("./bench.ts")).bench(files, onDevices(options), environment)));

  command("calibrate", "measure what kernels cost on this machine, and write it as a device", false)
    .option("-o, --output <FILE>", "the device file to write: my-host.lwm")
    .option("--page <FILE>", "write a page that calibrates the browser it is opened in: calibrate.html")
    .option("--runtime <NAME...>", "ort_wasm and tfjs_wasm unless given; ort_node, all; for a page also tfjs_webgl, ort_webgpu, tfjs_cpu")
    .addOption(new Option("--seconds <N>", "how long each runtime is timed, loading apart").default(40).argParser(aboveZero))
    .option("--json", "what was measured as JSON, schema 1")
    .action(run(async (options: CalibrateOptions) => (await import("./calibrate.ts")).calibrate(options, environment)));

  program
    .command("demo <PICTURE>", { hidden: true })
    .description("compile the library's networks, print their costs beside the published ones, and run both backends")
    .action(run(async (picture: string) => (await import("./demo.ts")).demo(picture, environment)));

  for (const each of [program, ...program.commands, ...weightsCommand.commands]) each.exitOverride();
  if (argv.length === 0) {
    err(program.helpInformation());
    err(FILE_HELP + "\n");
    return 2;
  }
  try {
    // `help weights bind` is `weights help bind`: Commander's own stops at the first word.
    const nested = argv[0] === "help" && argv.length === 3 && argv[1] === "weights";
    await program.parseAsync(nested ? ["weights", "help", argv[2]] : [...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return code;
}

function input(): Option {
  return new Option("--input <NAME=SHAPE>", "compile for another input size: image=3x160x96 (channels, height, width); may be given again").argParser(collect);
}

function device(): Option {
  return new Option("--target <DEVICE>", "price for a device: stm32h747, 'pixel4(threads=4)', my-board.lwm#my_board; may be given again").argParser(collect);
}

/** In commands that price, `--target` names devices. */
function onDevices<T extends object>(options: T & { readonly target?: readonly string[] }): T & { readonly device?: readonly string[] } {
  return { ...options, ...(options.target === undefined ? {} : { device: options.target }) };
}

function weights(): Option {
  return new Option("--weights <FILE>", "a safetensors checkpoint: our own names, or any that `weights bind` accepts");
}

function seed(): Option {
  return new Option("--seed <N>", "random weights from this seed, where there is no checkpoint").conflicts("weights").default(0).argParser(wholeNumber);
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function aboveZero(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw usage("`0` is too few");
  return number;
}

function patches(text: string): number {
  const number = wholeNumber(text);
  if (number < 2 || number > 64) throw usage(`\`--patches ${text}\`: a side is cut into 2 to 64 patches`);
  return number;
}

/** `96KiB`, `1MB`, `65536`. */
function bytes(text: string): number {
  const match = /^([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(B|kB|KiB|MB|MiB|GB|GiB)?$/.exec(text);
  if (!match) throw usage(`\`${text}\` is not a number of bytes: 65536, 64KiB, 1MB`);
  return Math.floor(Number(match[1]) * { B: 1, kB: 1e3, KiB: 2 ** 10, MB: 1e6, MiB: 2 ** 20, GB: 1e9, GiB: 2 ** 30 }[match[2] ?? "B"]!);
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw usage(`\`${text}\` is not a whole number`);
  return Number(text);
}
