/** The language's own sample files, and tools to compare trees. */
import type { Source } from "../../src/compiler/source.ts";

export const efficientnet = `/// EfficientNet (Tan & Le, 2019): one baseline network, scaled by one coefficient.
model EfficientNet(phi: scaling = scaling(), classes: int = 1000, drop: float = 20%) {
  input image(scale=phi): [3, 224, 224]

  stem: conv(32, stride=2, act=swish, scale=phi)

  stages: mbconv(act=swish, scale=phi) {
    | expand | kernel | stride | out | repeat |
    |      1 |      3 |      1 |  16 |      1 |
    |      6 |      3 |      2 |  24 |      2 |
    |      6 |      5 |      2 |  40 |      2 |
    |      6 |      3 |      2 |  80 |      3 |
    |      6 |      5 |      1 | 112 |      3 |
    |      6 |      5 |      2 | 192 |      4 |
    |      6 |      3 |      1 | 320 |      1 |
  }

  head: conv(1280, kernel=1, act=swish, scale=phi) -> global_avgpool -> dropout(drop)
  output logits(labels="imagenet"): dense(classes)
}

model EfficientNetB0 = EfficientNet()
model EfficientNetB3 = EfficientNet(phi=scaling(width=1.2, depth=1.4, resolution=300/224)) {
  budget { params <= 12.3M, macs <= 1.9G }
}
`;

export const squeezenet = `/// SqueezeNet 1.1 (Iandola et al., 2016)
model SqueezeNet11(classes: int = 1000) {
  input image: [3, 224, 224]

  stem: conv2d(64, kernel=3, stride=2, pad=valid) -> relu -> maxpool(3, stride=2, ceil=true)
  fire2: fire(16, 64) * 2 -> maxpool(3, stride=2, ceil=true)
  fire4: fire(32, 128) * 2 -> maxpool(3, stride=2, ceil=true)
  fire6: fire(48, 192) * 2
  fire8: fire(64, 256) * 2
  head: dropout(50%) -> conv2d(classes, kernel=1) -> relu -> global_avgpool
  output logits: flatten
}
`;

export const library = `/// A squeeze of 1x1 filters, then 1x1 and 3x3 expands side by side (SqueezeNet).
block fire(squeeze: channels, expand: channels, expand3: channels = expand) {
  conv2d(squeeze, kernel=1) -> relu
  concat(
    conv2d(expand, kernel=1) -> relu,
    conv2d(expand3, kernel=3) -> relu,
  )
}

/// Adds the input to what the body makes of it.
block residual(body: layer, when: bool = true) {
  if (when) add(in, body) else body
}

/// Inverted residual with a linear bottleneck (MobileNetV2), gated from the block's input width.
block mbconv(
  out: channels,
  expand: float = 6,
  hidden: channels = divisible(in.channels * expand, 8),
  kernel: int = 3,
  first stride: int = 1,
  se: float = 0.25,
  act: layer = swish,
) {
  residual(when=stride == 1 and in.channels == out) {
    if (hidden != in.channels) { expand_conv: conv(hidden, kernel=1, act=act) }
    depth_conv: { depthwise(kernel, stride, bias=false) batchnorm act }
    if (se > 0) { gate: squeeze_excite(reduced=max(1, floor(in.channels * se)), act=act) }
    project_conv: conv(out, kernel=1, act=identity)
  }
}
`;

export const facts = `import { ghost, other } from "./ghost.lwm"

model WakeEye = MobileNetV1(width=?, resolution=96, classes=2) {
  target stm32h747(precision=int8)
  budget { weights <= 512KiB, ram <= 160KiB, latency <= 60ms }
  maximize macs
}

/// STM32H747I-DISCO, Cortex-M7 at 400 MHz.
let my_board = device(ram=512KiB, flash=2MiB, precisions=[int8])

model Everything(
  width: float in 0.25..2 step 0.05 = 1,
  reading: torchvision | keras = torchvision,
  ramp drop: float = 0,
  sizes: [int] = [1_000, 2],
) {
  input in(scale=phi, in=3): [3, 224, 224] // to the right
  // above
  input: conv(32, first=2)
  defaults batchnorm(eps=1e-3), conv2d(pad=same)
  /// One tower.
  shared tower: { conv(8) relu }
  let n = -(width + 2) * 3.5M / 2 - sizes[0]
  require in.channels == n and not (n < 2) or n >= 3, "tab\\t quote \\" {n} \\u{1F600}"
  for (i in 0..3) { conv(i) -> relu }
  tail: { a b } * 3 -> if (n == 1) { a } else if (n == 2) b else c -> d
  table: mbconv {
    | in     | out | label |
    | -      |  -3 | "x"   |
    | a -> b |   - | it    |
  }
  it.height -> backbone.stages[4](x=?)
}
`;

export const samples: Readonly<Record<string, string>> = { efficientnet, squeezenet, library, facts };

export function source(text: string, uri = "net.lwm"): Source {
  return { uri, text };
}

/** A tree without its places. */
export function bare(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === "span" ? undefined : value)));
}

/** A short form of an expression or statement, for goldens. */
export function brief(node: unknown): string {
  if (Array.isArray(node)) return node.map(brief).join(" ");
  if (typeof node !== "object" || node === null) return String(node);
  const n = node as Record<string, unknown>;
  switch (n.kind) {
    case "name":
      return String(n.name);
    case "number":
      return `${String(n.value)}${String(n.unit)}`;
    case "string":
      return JSON.stringify(n.value);
    case "bool":
      return String(n.value);
    case "hole":
      return "?";
    case "missing":
      return "<missing>";
    case "binary":
      return `(${brief(n.left)} ${String(n.op)} ${brief(n.right)})`;
    case "unary":
      return `(${String(n.op)} ${brief(n.operand)})`;
    case "range":
      return `(${brief(n.low)} .. ${brief(n.high)})`;
    case "paren":
      return `paren(${brief(n.inner)})`;
    case "member":
      return `${brief(n.object)}.${(n.name as { name: string }).name}`;
    case "index":
      return `${brief(n.object)}[${brief(n.index)}]`;
    case "listliteral":
      return `[${(n.items as unknown[]).map(brief).join(", ")}]`;
    case "chain":
      return `<${(n.links as unknown[]).map(brief).join(" -> ")}>`;
    case "if":
      return `if(${brief(n.condition)}; ${brief(n.then)}${n.else ? `; ${brief(n.else)}` : ""})`;
    case "for":
      return `for(${(n.variable as { name: string }).name}; ${brief(n.range)}; ${brief(n.body)})`;
    case "body":
      return `{ ${(n.statements as unknown[]).map(brief).join(" ")} }`;
    case "table":
      return `{| ${(n.columns as { name: string }[]).map((c) => c.name).join(" ")} | ${(n.rows as { cells: unknown[] }[]).map((row) => row.cells.map((c) => (c ? brief(c) : "-")).join(" ")).join(" | ")} |}`;
    case "call": {
      const args = (n.args as { name?: { name: string }; value: unknown }[]).map((a) => `${a.name ? `${a.name.name}=` : ""}${brief(a.value)}`).join(", ");
      return `${brief(n.callee)}${n.parens ? `(${args})` : ""}${n.body ? brief(n.body) : ""}`;
    }
    case "label":
      return `${(n.label as { name: string }).name}: ${brief(n.value)}`;
    case "expr":
      return brief(n.value);
    case "let":
      return `let ${(n.name as { name: string }).name} = ${brief(n.value)}`;
    default:
      return String(n.kind);
  }
}
