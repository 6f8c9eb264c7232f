/** `lwmc compile --watch`: compiles again whenever one of the files changes that went into the last artifacts, or would have. */
import { importsOf } from "../workspace/imports-of.ts";
import { emit, type EmitOptions } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { opener } from "./open.ts";
import { parseTarget } from "./target.ts";
import { watching } from "./watch.ts";

export async function emitWatching(operand: string, options: EmitOptions, environment: Environment): Promise<ExitCode> {
  const file = parseTarget(operand, () => false).file;
  if (file === undefined || file === "-") throw usage(`\`--watch\` waits for a file to change: \`${operand}\` is none`);
  const weights = options.weights === undefined ? [] : [options.weights];
  return watching(
    async () => {
      await emit(operand, options, environment);
      const { workspace } = opener(environment);
      await workspace.load(file);
      return [...importsOf(workspace, file), ...weights];
    },
    { files: [file, ...weights] },
  );
}
