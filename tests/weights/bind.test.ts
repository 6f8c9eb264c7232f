/** What binding does with a file's tensors, and what it refuses, on small networks. */
import { describe, expect, test } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import { evaluate } from "../../src/backends/weights/evaluate.ts";
import type { WeightFile } from "../../src/backends/weights/safetensors.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { compileText, network } from "../library/network.ts";
import { noise } from "../onnx/networks.ts";
import { asHwio, fileOf, transposed, transposedDense, type Entry } from "./checkpoint-files.ts";
import * as naming from "./naming.ts";

async function graphOf(body: string): Promise<Graph> {
  const { models, diagnostics } = await compileText(`model Net {\n  input image: [3, 16, 16]\n${body}\n}\n`);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("; "));
  return models[0].model.graph;
}

/** A tensor of noise; variances and scales are positive. */
function entry(name: string, ...shape: readonly number[]): Entry {
  const values = noise(name, shape.reduce((product, side) => product * side, 1));
  return { name, shape, values: /var|gamma/.test(name) ? values.map((v) => Math.abs(v) + 0.3) : values };
}

function norm(name: string, size: number, roles: readonly string[] = ["gamma", "beta", "moving_mean", "moving_variance"]): readonly Entry[] {
  return roles.map((role) => entry(`${name}/${role}`, size));
}

/** The codes of the errors, and what they say. */
function refusal(graph: Graph, entries: readonly Entry[]): string {
  const { store, diagnostics } = bind(graph, fileOf(entries), "net.safetensors");
  expect(store).toBeUndefined();
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code, message, notes }) => [`${code}: ${message}`, ...notes.map((note) => note.message)].join("\n")).join("\n");
}

function values(graph: Graph, file: WeightFile): Readonly<Record<string, readonly number[]>> {
  const { store, diagnostics } = bind(graph, file, "net.safetensors");
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
  return Object.fromEntries(store!.names().map((name) => [name, [...store!.get(name)]]));
}

const two = `  a: conv2d(8) -> relu\n  b: conv2d(8) -> relu -> conv2d(8)`;
const chain = [entry("one.weight", 8, 3, 3, 3), entry("one.bias", 8), entry("two.weight", 8, 8, 3, 3), entry("two.bias", 8), entry("three.weight", 8, 8, 3, 3), entry("three.bias", 8)];
const numbered = chain.map((one) => ({ ...one, name: one.name.replace("one", "layers.0").replace("two", "layers.2").replace("three", "layers.10") }));

describe("batch norm", () => {
  const body = `  c: conv(8, bias=BIAS) -> global_avgpool -> dense(4)`;
  const kernel = [entry("c/kernel", 8, 3, 3, 3), entry("d/kernel", 4, 8), entry("d/bias", 4)];
  for (const bias of ["false", "true"]) {
    const graph = graphOf(body.replace("BIAS", bias));
    const files: Readonly<Record<string, readonly Entry[]>> = {
      separate: [...kernel, ...norm("bn", 8)],
      "behind a biased convolution": [...kernel, entry("c/bias", 8), ...norm("bn", 8)],
      "without scale": [...kernel, ...norm("bn", 8, ["beta", "moving_mean", "moving_variance"])],
      "without shift": [...kernel, ...norm("bn", 8, ["gamma", "moving_mean", "moving_variance"])],
    };
    for (const [title, entries] of Object.entries(files)) {
      test(`${title}, the network's convolution with bias=${bias}`, async () => {
        const made = values(await graph, fileOf(entries));
        const theirs = Object.fromEntries(entries.map(({ name, values }) => [name, values]));
        for (let o = 0; o < 8; o++) {
          const factor = (theirs["bn/gamma"]?.[o] ?? 1) / Math.sqrt(theirs["bn/moving_variance"][o] + 1e-5);
          const shift = ((theirs["c/bias"]?.[o] ?? 0) - theirs["bn/moving_mean"][o]) * factor + (theirs["bn/beta"]?.[o] ?? 0);
          const ours = made["c.conv.batchnorm.scale"][o] / Math.sqrt(made["c.conv.batchnorm.var"][o] + 1e-5);
          expect(ours).toBeCloseTo(factor, 12);
          expect(((made["c.conv.conv2d.bias"]?.[o] ?? 0) - made["c.conv.batchnorm.mean"][o]) * ours + made["c.conv.batchnorm.bias"][o]).toBeCloseTo(shift, 5);
        }
      });
    }

    test(`folded, the network's convolution with bias=${bias}: folding again gives the file's numbers, all of them`, async () => {
      const file = fileOf([...kernel, entry("c/bias", 8)]);
      const { store } = bind(await graph, file, "net.safetensors");
      const [folded] = deployed(await graph).nodes.filter(({ op }) => op.name === "conv2d");
      expect([...evaluate(folded.weights[0], store!)]).toEqual([...file.readFloat32("c/kernel")]);
      expect([...evaluate(folded.weights[1], store!)]).toEqual([...file.readFloat32("c/bias")]);
    });
  }

  test("neither norm nor bias is a difference", async () => {
    expect(refusal(await graphOf(body.replace("BIAS", "false")), kernel)).toMatch(/^missing-weights: `c\.conv\.batchnorm\.scale` is \[8\]; net\.safetensors has no scale for it left\n3 more weights have none$/);
  });
});

describe("layouts", () => {
  test("a dense layer after a flattening takes its inputs in the file's order", async () => {
    const graph = await graphOf(`  conv2d(5, kernel=3, stride=2) -> relu -> flatten -> dense(7)`);
    const conv = entry("conv2d/kernel:0", 5, 3, 3, 3);
    const dense = entry("dense/kernel:0", 7, 5 * 8 * 8);
    const biases = [entry("conv2d/bias:0", 5), entry("dense/bias:0", 7)];
    const before = values(graph, fileOf([conv, dense, ...biases]));
    const image = { ...dense, shape: [7, 5, 8, 8] };
    const rows = transposed(image, [2, 3, 1, 0]);
    const nhwc = [asHwio(conv), { ...rows, shape: [8 * 8 * 5, 7] }, ...biases];
    expect(values(graph, fileOf(nhwc))).toEqual(before);
    expect(bind(graph, fileOf(nhwc), "").report.find(({ name }) => name === "dense.weight")?.how).toBe("transposed, inputs from the order height, width, channels to channels, height, width");
    expect(values(graph, fileOf([asHwio(conv), rows, ...biases])), "as a convolution over the image").toEqual(before);
    expect(values(graph, fileOf([conv, image, ...biases]))).toEqual(before);
  });

  test("TFLite's kernels", async () => {
    const graph = await graphOf(`  conv2d(8, kernel=3) -> relu -> depthwise(3) -> conv2d(4, kernel=1)`);
    const kernels = [entry("a/weights", 8, 3, 3, 3), entry("b/weights", 8, 1, 3, 3), entry("c/weights", 4, 8, 1, 1)];
    const biases = [entry("a/bias", 8), entry("b/bias", 8), entry("c/bias", 4)];
    const ohwi = kernels.map((one) => transposed(one, one.shape[1] === 1 ? [1, 2, 3, 0] : [0, 2, 3, 1]));
    expect(values(graph, fileOf([...ohwi, ...biases]))).toEqual(values(graph, fileOf([...kernels, ...biases])));
  });

  test("depthwise kernels with a multiplier, and a first layer that looks like one", async () => {
    const { models } = await compileText("model Net {\n  input image: [1, 8, 8]\n  conv2d(8, kernel=3) -> relu -> depthwise(3) -> relu -> depthwise(3, multiplier=2)\n}\n");
    const kernels = [entry("conv2d/kernel", 8, 1, 3, 3), entry("depthwise_conv2d/depthwise_kernel", 8, 1, 3, 3), entry("depthwise_conv2d_1/depthwise_kernel", 16, 1, 3, 3)];
    const biases = [entry("conv2d/bias", 8), entry("depthwise_conv2d/bias", 8), entry("depthwise_conv2d_1/bias", 16)];
    const multiplied = transposed({ ...kernels[2], shape: [8, 2, 3, 3] }, [2, 3, 0, 1]);
    const { graph } = models[0].model;
    expect(values(graph, fileOf([transposed(kernels[0], [2, 3, 1, 0]), asHwio(kernels[1]), multiplied, ...biases]))).toEqual(values(graph, fileOf([...kernels, ...biases])));
  });

  test("square matrices follow the framework's words, or a warning is given", async () => {
    const { models } = await compileText("model Net {\n  input x: [6]\n  dense(6) -> relu -> dense(6)\n}\n");
    const { graph } = models[0].model;
    const named = (word: string): readonly Entry[] => [0, 1].flatMap((i) => [{ ...entry(`${i}`, 6, 6), name: `layers.${i}.${word}` }, entry(`layers.${i}.bias`, 6)]);
    expect(values(graph, fileOf(named("kernel").map(transposedDense)))).toEqual(values(graph, fileOf(named("weight"))));
    expect(bind(graph, fileOf(named("weight")), "net.safetensors").diagnostics.map(({ message }) => message)).toEqual(["net.safetensors: no shape tells the layout of its kernels; they are taken as [out, in]"]);
  });
});

describe("order", () => {
  test("numbers count, and their digits do not sort", async () => {
    const graph = await graphOf(two);
    const { report } = bind(graph, fileOf([...numbered].reverse()), "");
    expect(report.map(({ from }) => from[0])).toEqual(numbered.map(({ name }) => name));
  });

  test("names without an order are refused with both candidates", async () => {
    expect(refusal(await graphOf(two), chain)).toBe("ambiguous-weights: net.safetensors: `three.weight` and `two.weight` both fit `b.conv2d`, `b.conv2d_2`; their names do not tell which is which");
  });

  test("identifiers count nothing", async () => {
    const hashed = chain.map((one) => ({ ...one, name: one.name.replace("one", "d20c").replace("two", "a7f3").replace("three", "b1e9") }));
    expect(refusal(await graphOf(two), hashed)).toMatch(/^ambiguous-weights: .* `a7f3\.weight` and `b1e9\.weight` both fit/);
  });

  test("where shapes are unique, names do not matter", async () => {
    const graph = await graphOf(`  conv2d(8) -> relu -> conv2d(12) -> relu -> conv2d(5, kernel=1)`);
    const entries = [entry("x9", 8, 3, 3, 3), entry("q", 8), entry("apple", 12, 8, 3, 3), entry("pear", 12), entry("k", 5, 12, 1, 1), entry("z", 5)];
    expect(bind(graph, fileOf(entries), "").report.map(({ from }) => from[0])).toEqual(["x9", "q", "apple", "pear", "k", "z"]);
  });

  test("numbers that run against the graph count nothing", async () => {
    const shuffled = numbered.map((one) => ({ ...one, name: one.name.replace("layers.0.", "layers.11.") }));
    expect(refusal(await graphOf(two), shuffled)).toMatch(/^ambiguous-weights/);
  });

  for (const style of ["hash", "word", "number"]) {
    test(`real networks under ${style}s at random are never bound wrongly`, async () => {
      for (const call of ["MobileNetV2", "SqueezeNet11", "EfficientNetB0", "shufflenet_v2.lwm#ShuffleNetV2x05"]) {
        const { graph } = (await network(call)).model;
        const random = (name: string): number => (noise(`${style} ${call} ${name}`, 1)[0] + 2) / 4;
        const scheme: naming.Scheme = ({ path }, role) => {
          const digits = Math.floor(random(path) * 2 ** 32);
          const name = style === "hash" ? digits.toString(16).padStart(8, "0") : style === "number" ? `layers.${digits}` : digits.toString(26).replace(/\d/g, (d) => "qrstuvwxyz"[Number(d)]);
          return `${name}.${role === "weight" || role === "scale" ? "weight" : role === "mean" ? "running_mean" : role === "var" ? "running_var" : role}`;
        };
        const { store, diagnostics } = bind(graph, naming.foreign(graph, scheme).file, "file", { values: false });
        expect(store, call).toBeUndefined();
        expect(diagnostics.map(({ code }) => code)).toEqual(["ambiguous-weights"]);
      }
    });
  }
});

describe("normalisations in front of their convolutions, as in DenseNet", () => {
  const body = `  stem: conv2d(4, bias=false) -> batchnorm -> relu
  b1: concat(it, conv2d(4, bias=false)) -> batchnorm -> relu -> conv2d(4, kernel=1, bias=false)
  b2: concat(it, conv2d(4, bias=false)) -> batchnorm -> relu -> global_avgpool
  output y: dense(10)`;
  const roles = ["weight", "bias", "running_mean", "running_var"];
  const rest = [entry("features.conv0.weight", 4, 3, 3, 3), entry("features.block1.conv.weight", 4, 4, 3, 3), entry("features.block2.conv.weight", 4, 4, 3, 3), entry("classifier.weight", 10, 8), entry("classifier.bias", 10)];
  const scaleOf = (graph: Graph, entries: readonly Entry[]) => {
    const { store, report, diagnostics } = bind(graph, fileOf(entries.map((one) => ({ ...one, name: one.name.replaceAll("/", ".") }))), "net.safetensors");
    return store ? report.filter(({ name }) => name.endsWith("batchnorm.scale")).map(({ name, from }) => `${name} ${from.join()}`) : diagnostics.map(({ code }) => code);
  };

  test("one is of the convolution that it leads into, where the file has both in one block", async () => {
    const entries = [...rest, ...norm("features.norm0", 4, roles), ...norm("features.transition1.norm", 8, roles), entry("features.transition1.conv.weight", 4, 8, 1, 1), ...norm("features.norm5", 8, roles)];
    expect(scaleOf(await graphOf(body), entries)).toEqual(["stem.batchnorm.scale features.norm0.weight", "b1.batchnorm.scale features.transition1.norm.weight", "b2.batchnorm.scale features.norm5.weight"]);
  });

  test("DenseNet, narrow: sixty norms and convolutions of few sizes, blocks and transitions in turn", async () => {
    const { models } = await compileText(`block dense_layer(growth: channels) {
  let new = in -> batchnorm -> relu -> conv2d(4 * growth, kernel=1, bias=false) -> batchnorm -> relu -> conv2d(growth, bias=false)
  concat(in, new)
}
block transition() {
  batchnorm -> relu -> conv2d(in.channels / 2, kernel=1, bias=false) -> avgpool(2, stride=2)
}
model Net {
  input image: [3, 32, 32]
  stem: conv2d(8, kernel=7, stride=2, bias=false) -> batchnorm -> relu
  block1: dense_layer(4) * 6
  trans1: transition
  block2: dense_layer(4) * 12
  trans2: transition
  block3: dense_layer(4) * 24
  trans3: transition
  block4: dense_layer(4) * 16
  final: batchnorm -> relu -> global_avgpool
  output logits: dense(10)
}`);
    const entries: Entry[] = [entry("features.conv0.weight", 8, 3, 7, 7), ...norm("features.norm0", 8, roles)];
    let channels = 8;
    for (const [b, layers] of [6, 12, 24, 16].entries()) {
      for (let l = 1; l <= layers; l++, channels += 4) {
        const layer = `features.denseblock${b + 1}.denselayer${l}`;
        entries.push(...norm(`${layer}.norm1`, channels, roles), entry(`${layer}.conv1.weight`, 16, channels, 1, 1), ...norm(`${layer}.norm2`, 16, roles), entry(`${layer}.conv2.weight`, 4, 16, 3, 3));
      }
      if (b === 3) break;
      entries.push(...norm(`features.transition${b + 1}.norm`, channels, roles), entry(`features.transition${b + 1}.conv.weight`, channels / 2, channels, 1, 1));
      channels /= 2;
    }
    entries.push(...norm("features.norm5", channels, roles), entry("classifier.weight", 10, channels), entry("classifier.bias", 10));
    const inOrder = entries.map((one) => ({ ...one, name: one.name.replaceAll("/", ".") }));
    const { report } = bind(models[0].model.graph, fileOf(inOrder), "net.safetensors");
    expect(report.map(({ from }) => from.join())).toEqual(inOrder.map(({ name }) => name));
  });

  test("what is known of norm0 says nothing of norm5: without a block in common it is refused", async () => {
    const entries = [...rest, ...norm("features.norm0", 4, roles), ...norm("features.transition1.norm", 8, roles), entry("features.conv1.weight", 4, 8, 1, 1), ...norm("features.norm5", 8, roles)];
    expect(scaleOf(await graphOf(body), entries)).toEqual(["ambiguous-weights"]);
  });
});

describe("differences", () => {
  test("every tensor must have its shape, its place, and be there", async () => {
    const graph = await graphOf(two);
    for (const [i, one] of numbered.entries()) {
      const longer = entry(one.name, one.shape[0] + 1, ...one.shape.slice(1));
      expect(refusal(graph, numbered.with(i, longer)), one.name).toMatch(/^missing-weights: .* nearest: /);
      expect(refusal(graph, numbered.toSpliced(i, 1)), one.name).toMatch(/^missing-weights: /);
      expect(refusal(graph, [...numbered, { ...one, name: `extra.${one.name}` }]), one.name).toMatch(/^(leftover|ambiguous)-weights: .*extra/);
    }
  });

  test("the first difference is the layer whose kernel is another", async () => {
    const graph = await graphOf(two);
    const other = numbered.map((one) => (one.name === "layers.10.weight" ? entry(one.name, 8, 8, 5, 5) : one));
    expect(refusal(graph, other)).toBe("missing-weights: `b.conv2d_2.weight` is [8, 8, 3, 3]; net.safetensors has no kernel of this shape left; nearest: `layers.10.weight` [8, 8, 5, 5]");
  });

  test("the place is the model's own line, where a block of the library makes the layer", async () => {
    const graph = await graphOf("  c: conv(8)\n  d: conv(16)");
    const { diagnostics } = bind(graph, fileOf([entry("c.weight", 8, 3, 3, 3), ...norm("bn", 8)]), "net.safetensors");
    const [{ code, span }] = diagnostics;
    const text = "model Net {\n  input image: [3, 16, 16]\n  c: conv(8)\n  d: conv(16)\n}\n";
    expect([code, span.file, text.slice(span.start, span.end)]).toEqual(["missing-weights", "test.lwm", "conv(16)"]);
  });

  test("1001 classes are another network", async () => {
    const entries = [entry("c.weight", 8, 3, 3, 3), entry("c.bias", 8), entry("fc.weight", 1001, 8), entry("fc.bias", 1001)];
    const graph = (classes: number): Promise<Graph> => graphOf(`  conv2d(8) -> relu -> global_avgpool -> dense(${classes})`);
    expect(refusal(await graph(1000), entries)).toBe(
      "missing-weights: `dense.weight` is [1000, 8]; net.safetensors has no kernel of this shape left; nearest: `fc.weight` [1001, 8]\n" +
        'the file has 1001 outputs here, the network 1000, one more for "background": if these are its classes, give the model `classes=1001`',
    );
    expect(Object.keys(values(await graph(1001), fileOf(entries)))).toHaveLength(4);
  });

  test("what training keeps is left out by its name, and said", async () => {
    const graph = await graphOf(two);
    const state = ["layers.0.num_batches_tracked", "global_step", "layers.2.weight/Momentum", "layers.2.weight/ExponentialMovingAverage", "layers.2.bias/Adam_1", "beta1_power"].map((name) => entry(name));
    const { store, ignored, diagnostics } = bind(graph, fileOf([...numbered, ...state]), "net.safetensors");
    expect(store).toBeDefined();
    expect(ignored).toEqual(state.map(({ name }) => name).sort());
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["info ignored-weights"]);
    expect(refusal(graph, [...numbered, entry("layers.2.mask")])).toBe("leftover-weights: net.safetensors: no layer of `Net` takes `layers.2.mask` []");
  });

  test("the network's own names are taken as they are", async () => {
    const graph = await graphOf(two);
    const own = graph.nodes.flatMap(({ weights }) => weights).map(({ name, shape }) => entry(name, ...shape));
    expect(values(graph, fileOf([...own].reverse()))).toEqual(Object.fromEntries(own.map(({ name, values }) => [name, [...values]])));
  });

  test("values that are no numbers are a warning that names the tensor", async () => {
    const broken = numbered.map((one) => (one.name === "layers.2.weight" ? { ...one, values: one.values.map((v, i) => (i < 2 ? [NaN, -Infinity][i] : v)) } : one));
    const { store, diagnostics } = bind(await graphOf(two), fileOf(broken), "net.safetensors");
    expect(store).toBeDefined();
    expect(diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual(["warning: net.safetensors: 2 values of `layers.2.weight` are NaN or infinite"]);
  });

  test("layers with learnt slopes and norms of their own", async () => {
    const graph = await graphOf(`  conv2d(8, stride=2) -> prelu -> conv2d(12) -> layernorm -> prelu -> global_avgpool -> dense(3)`);
    const entries = [
      ...[entry("net.0.weight", 8, 3, 3, 3), entry("net.0.bias", 8), entry("net.1.weight", 8), entry("net.2.weight", 12, 8, 3, 3), entry("net.2.bias", 12)],
      ...[entry("net.3.weight", 12), entry("net.3.bias", 12), entry("net.4.weight", 12), entry("net.7.weight", 3, 12), entry("net.7.bias", 3)],
    ];
    expect(bind(graph, fileOf(entries), "").report.map(({ from }) => from[0])).toEqual(entries.map(({ name }) => name));
  });
});
