/** The files that `lwmc init` writes. */

export const bundlers = ["vite", "esbuild", "rollup", "webpack", "none"] as const;
export type Bundler = (typeof bundlers)[number];

export const network = lines(
  "/// A little network for 32×32 pictures. `npx lwmc summary net.lwm` prints what it costs.",
  "model Net(width: float in 0.25..2 step 0.25 = 1.0, classes: int = 10) {",
  "  input image(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]): [3, 32, 32]",
  "",
  "  let s = scaling(width=width)",
  "  stem: conv(16, stride=2, act=relu6, scale=s)",
  "  stages: mbconv(se=0, act=relu6, scale=s) {",
  "    | expand | out | repeat | stride |",
  "    |      1 |  16 |      1 |      1 |",
  "    |      4 |  24 |      2 |      2 |",
  "    |      4 |  32 |      2 |      2 |",
  "  }",
  "  head: conv(64, kernel=1, act=relu6) -> global_avgpool",
  '  output logits(labels="cifar10"): dense(classes)',
  "",
  "  budget { params <= 100k, macs <= 10M }",
  "}",
);

/** Draws a picture and says what the network takes it for. Without a bundler, the weights are fetched from beside the page. */
export function main(bundler: Bundler): string {
  return lines(
    'import * as tf from "@tensorflow/tfjs";',
    `import ${bundler === "none" ? "{ loadInference, inputs, costs }" : "{ Net }"} from "${bundler === "none" ? "./out/Net" : "./net.lwm"}";`,
    "",
    "await tf.ready();",
    bundler === "none" ? 'const network = loadInference(await (await fetch("out/Net.bin")).arrayBuffer());' : "const network = await Net.load();",
    `const [height, width] = ${bundler === "none" ? "" : "Net."}inputs.image.shape;`,
    "const canvas = new OffscreenCanvas(width, height);",
    'const context = canvas.getContext("2d")!;',
    'context.fillStyle = "steelblue";',
    "context.fillRect(0, 0, width, height);",
    "const [best] = await network.classify(context.getImageData(0, 0, width, height));",
    `document.body.textContent = \`\${best!.name}, \${Math.round(100 * best!.probability)} % (\${${bundler === "none" ? "" : "Net."}costs.params} parameters)\`;`,
  );
}

export const tsconfig = lines(
  "{",
  '  "compilerOptions": {',
  '    "strict": true,',
  '    "target": "es2022",',
  '    "module": "esnext",',
  '    "moduleResolution": "bundler",',
  '    "lib": ["es2022", "dom"],',
  '    "allowArbitraryExtensions": true,',
  '    "skipLibCheck": true,',
  '    "noEmit": true,',
  '    "types": []',
  "  },",
  '  "include": ["*.ts"]',
  "}",
);

export function packageJson(bundler: Bundler): string {
  const scripts = { vite: { dev: "vite", build: "vite build" }, esbuild: { build: "node build.mjs" }, rollup: { build: "rollup -c" }, webpack: { build: "webpack" }, none: {} }[bundler];
  return `${JSON.stringify({ private: true, type: "module", scripts: { types: "lwmc types .", ...scripts } }, undefined, 2)}\n`;
}

export function page(bundler: Exclude<Bundler, "none">): string {
  const script = bundler === "vite" ? "./main.ts" : "./dist/main.js";
  return `<!doctype html>\n<meta charset="utf-8">\n<title>lwm</title>\n<body></body>\n<script type="module" src="${script}"></script>\n`;
}

export const configs: Readonly<Record<Exclude<Bundler, "none">, string>> = {
  vite: lines(
    'import { defineConfig } from "vite";',
    'import lwm from "lwm/vite";',
    "",
    '// `weights: "net.safetensors"` takes a checkpoint; `seed` stands for random weights',
    'export default defineConfig({ base: "./", build: { target: "es2022" }, plugins: [lwm({ seed: 0 })] });',
  ),
  esbuild: lines(
    'import { build } from "esbuild";',
    'import lwm from "lwm/esbuild";',
    "",
    '// `weights: "net.safetensors"` takes a checkpoint; `seed` stands for random weights',
    'await build({ entryPoints: ["main.ts"], bundle: true, format: "esm", outdir: "dist", plugins: [lwm({ seed: 0 })] });',
  ),
  rollup: lines(
    'import commonjs from "@rollup/plugin-commonjs";',
    'import resolve from "@rollup/plugin-node-resolve";',
    'import lwm from "lwm/rollup";',
    'import esbuild from "rollup-plugin-esbuild";',
    "",
    '// `weights: "net.safetensors"` takes a checkpoint; `seed` stands for random weights',
    'export default { input: "main.ts", output: { dir: "dist", format: "es" }, plugins: [lwm({ seed: 0 }), resolve({ browser: true }), commonjs(), esbuild()] };',
  ),
  webpack: lines(
    'import lwm from "lwm/webpack";',
    "",
    '// `weights: "net.safetensors"` takes a checkpoint; `seed` stands for random weights',
    "export default {",
    '  entry: "./main.ts",',
    '  mode: "production",',
    '  module: { rules: [{ test: /\\.ts$/, loader: "esbuild-loader" }] },',
    "  plugins: [lwm({ seed: 0 })],",
    "};",
  ),
};

/** Each with its line break. */
function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
