/**
 * onnxruntime-web's WebNN provider. No browser at hand makes a WebNN context (Chromium 156 on Linux: "WebNN is not supported on this platform"), so
 * the rules are those of the package's own table of operators.
 */
import { ortFuses, ortRules } from "./ort.ts";
import { decomposed, everywhere, native, type KernelSupport, type Rules } from "./rules.ts";

const rules: Rules = {
  ...ortRules,
  // WebNN has hardSwish as an operator of its own.
  hardswish: native(),
};

const joined = decomposed("dequantizeLinear, the operator and quantizeLinear; whether they are joined is the browser's affair");

export const ortWebnn: KernelSupport = {
  title: "onnxruntime-web 1.30.0, WebNN",
  source: "onnxruntime-web 1.30.0, docs/webnn-operators.md",
  date: "2026-11",
  at: { float32: rules, float16: rules, int8: everywhere(rules, joined) },
  fuses: ortFuses,
};
