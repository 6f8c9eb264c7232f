/** What a build may say of the networks that it imports. */
export interface LwmOptions {
  /**
   * Safetensors files with the networks' weights, relative to the working folder: one for all that are imported, or one each, by `Model`, `net.lwm` or
   * `src/net.lwm#Model`. Any names that `lwmc weights bind` accepts. A network without has random weights.
   */
  readonly weights?: string | Readonly<Record<string, string>>;
  /** Of random weights; 0 unless given. Given, nothing is said of weights that are random. */
  readonly seed?: number;
  /** How weights are stored; computation stays float32. */
  readonly precision?: "float32" | "float16" | "int8";
  /** Whether a network that exceeds its budget ends the build, as it does unless `warn` is given. */
  readonly budgets?: "error" | "warn";
  /** Whether declarations are written beside the `.lwm` files that are imported, as `lwmc types` does: true unless given. */
  readonly types?: boolean;
}
