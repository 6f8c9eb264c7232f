/** What the plugins promise beside running: errors as each bundler shows its own, budgets, checkpoints, Node, a server that follows changes. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild, type BuildFailure } from "esbuild";
import { rollup } from "rollup";
import { build as vite, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import type { LwmOptions } from "../../src/plugins/options.ts";
import { built, lwmc } from "../cli/lwmc.ts";
import { emptyProject, node, root, type Project } from "./project.ts";

const net = `import { wide } from "./blocks.lwm"

model Tiny {
  input image: [3, 8, 8]
  wide(8)
  output logits: global_avgpool -> dense(2)
  budget { params <= 1k }
}
`;
const blocks = "block wide(out: channels) {\n  conv(out, stride=2)\n}\n";
const main = 'import { Tiny } from "./net.lwm";\nconst network = await Tiny.load();\nconsole.log(Tiny.name, Tiny.costs.params, typeof network.predict);\n';

type Plugins = { readonly [K in "esbuild" | "rollup" | "vite" | "webpack"]: (options?: LwmOptions) => never };

describe("plugins", () => {
  const plugins: Record<string, Plugins[keyof Plugins]> = {};
  const projects: Project[] = [];
  const project = (files: Readonly<Record<string, string>> = {}): Project => {
    const made = emptyProject("plugins", { "net.lwm": net, "blocks.lwm": blocks, "main.js": main, ...files });
    projects.push(made);
    return made;
  };
  beforeAll(async () => {
    await built();
    for (const name of ["esbuild", "rollup", "vite", "webpack"]) plugins[name] = (await import(pathToFileURL(join(root, "dist", `${name}.js`)).href)).default;
  });
  afterAll(() => projects.forEach(({ remove }) => remove()));

  const withEsbuild = (folder: string, options: LwmOptions, more: object = {}) =>
    esbuild({ absWorkingDir: folder, entryPoints: ["main.js"], bundle: true, format: "esm", outdir: "dist", external: ["@tensorflow/tfjs", "onnxruntime-web"], logLevel: "silent", plugins: [plugins.esbuild(options)], ...more });
  const withRollup = (folder: string, options: LwmOptions, warnings: string[] = []) =>
    rollup({ input: join(folder, "main.js"), external: ["@tensorflow/tfjs"], plugins: [plugins.rollup(options)], onLog: (_, log) => void warnings.push(log.message) });

  describe("show mistakes as the bundler shows its own", () => {
    const wrong = { "net.lwm": net.replace("dense(2)", "denze(2)") };
    const place = { line: 6, text: "unknown name `denze`" };

    test("esbuild", async () => {
      const { path } = project(wrong);
      const { errors } = (await withEsbuild(path, { seed: 1 }).catch((error: unknown) => error)) as BuildFailure;
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ location: { file: "net.lwm", line: place.line, column: 35, length: 5, lineText: "  output logits: global_avgpool -> denze(2)" } });
      expect(errors[0].text).toContain(place.text);
      expect(errors[0].notes.map(({ text }) => text).join()).toContain("did you mean `dense`");
    });

    test("Rollup", async () => {
      const { path } = project(wrong);
      const error = await withRollup(path, { seed: 1 }).catch((problem: unknown) => problem);
      expect(error).toMatchObject({ plugin: "lwm", loc: { file: join(path, "net.lwm"), line: place.line, column: 35 }, frame: expect.stringContaining("^^^^^") });
      expect((error as Error).message).toContain(place.text);
    });

    test("Vite", async () => {
      const { path } = project(wrong);
      const error = await vite({ root: path, configFile: false, logLevel: "silent", build: { lib: { entry: join(path, "main.js"), formats: ["es"] }, rollupOptions: { external: ["@tensorflow/tfjs"] } }, plugins: [plugins.vite({ seed: 1 })] }).catch((problem: unknown) => problem);
      expect((error as Error).message).toContain(place.text);
      expect((error as Error).message).toContain("net.lwm");
    });

    test("webpack", async () => {
      const { path } = project(wrong);
      const { errors } = await withWebpack(path, { seed: 1 });
      expect(errors).toHaveLength(1);
      expect(errors![0]).toMatchObject({ loc: expect.stringContaining("6:35"), file: expect.stringContaining("net.lwm") });
      expect(errors![0].message).toContain(place.text);
    });

    test("also where an imported file is wrong", async () => {
      const { path } = project({ "blocks.lwm": blocks.replace("stride", "strde") });
      const { errors } = (await withEsbuild(path, { seed: 1 }).catch((error: unknown) => error)) as BuildFailure;
      expect(errors[0].location).toMatchObject({ file: "blocks.lwm", line: 2 });
    });
  });

  const withWebpack = (folder: string, options: LwmOptions) =>
    new Promise<webpack.StatsCompilation>((resolve, reject) => {
      webpack(
        { mode: "none", context: folder, entry: "./main.js", output: { path: join(folder, "dist") }, externals: { "@tensorflow/tfjs": "{}", "onnxruntime-web/wasm": "{}" }, plugins: [plugins.webpack(options)] },
        (error, stats) => (error ? reject(error) : resolve(stats!.toJson({ all: false, errors: true, warnings: true, assets: true }))),
      );
    });

  test("end the build over a budget, or warn", async () => {
    const { path } = project({ "net.lwm": net.replace("<= 1k", "<= 10") });
    const { errors } = (await withEsbuild(path, { seed: 1 }).catch((error: unknown) => error)) as BuildFailure;
    expect(errors[0]).toMatchObject({ text: expect.stringContaining("budget-exceeded"), location: { file: "net.lwm", line: 7 } });
    const { warnings } = await withEsbuild(path, { seed: 1, budgets: "warn" });
    expect(warnings.map(({ text }) => text).join()).toContain("budget-exceeded");
    const fromWebpack = await withWebpack(path, { seed: 1 });
    expect(fromWebpack.errors![0].message).toContain("budget-exceeded");
  });

  test("say that weights are random, unless a seed says so", async () => {
    const { path } = project();
    expect((await withEsbuild(path, {})).warnings.map(({ text }) => text).join()).toContain("random");
    expect((await withEsbuild(path, { seed: 0 })).warnings).toEqual([]);
  });

  test("place the checkpoint's weights as the command line writes them, in each precision", async () => {
    const { path } = project();
    const options = ["net.lwm", "--target", "tfjs"];
    expect(lwmc(["compile", ...options, "--seed", "7", "-o", "trained"], { cwd: path }).code).toBe(0);
    for (const precision of ["float32", "float16", "int8"] as const) {
      expect(lwmc(["compile", ...options, "--weights", "trained/Tiny.safetensors", "--weights-as", precision, "-o", precision], { cwd: path }).code).toBe(0);
      const ways: readonly LwmOptions["weights"][] = ["trained/Tiny.safetensors", { Tiny: "trained/Tiny.safetensors" }, { "net.lwm#Tiny": "trained/Tiny.safetensors" }];
      for (const weights of ways) {
        const { outputFiles } = await withEsbuild(path, { weights: weights!, precision }, { write: false });
        const placed = outputFiles!.find((file) => file.path.endsWith(".bin"))!;
        expect(Buffer.compare(placed.contents, readFileSync(join(path, precision, "Tiny.bin")))).toBe(0);
      }
    }
    writeFileSync(join(path, "net.lwm"), net.replace("wide(8)", "wide(9)"));
    const { errors } = (await withEsbuild(path, { weights: "trained/Tiny.safetensors" }).catch((error: unknown) => error)) as BuildFailure;
    expect(errors.length).toBeGreaterThan(0);
  });

  test("run in Node, where weights are read from beside the code", async () => {
    const own = project();
    for (const [format, outdir] of [["esm", "es"], ["cjs", "cjs"]] as const) {
      const source = format === "cjs" ? main.replace("const network = await Tiny.load();\n", "Tiny.load().then((network) => ").replace("predict);", "predict));") : main;
      writeFileSync(join(own.path, "main.js"), source);
      await withEsbuild(own.path, { seed: 1 }, { platform: "node", format, outdir, outExtension: { ".js": format === "cjs" ? ".cjs" : ".mjs" } });
      expect(await node(own, [join(outdir, `main.${format === "cjs" ? "cjs" : "mjs"}`)])).toMatch(/^Tiny \d+ function\n$/m);
    }
    writeFileSync(join(own.path, "main.js"), main);
    mkdirSync(join(own.path, "rolled"));
    const bundle = await withRollup(own.path, { seed: 1 });
    await bundle.write({ dir: join(own.path, "rolled"), format: "es", entryFileNames: "deep/[name].mjs" });
    expect(readdirSync(join(own.path, "rolled", "assets")).filter((name) => name.endsWith(".bin"))).toHaveLength(1);
    expect(await node(own, ["rolled/deep/main.mjs"])).toMatch(/^Tiny \d+ function\n$/m);
  });

  test("take ./net.onnx.lwm for ./net.lwm?onnx, in each bundler", async () => {
    const { path } = project({ "main.js": 'import { Tiny } from "./net.onnx.lwm";\nexport default Tiny.load;\n' });
    await withEsbuild(path, { seed: 1 }, { outdir: "es" });
    expect(readdirSync(join(path, "es")).filter((name) => name.endsWith(".onnx"))).toHaveLength(1);
    const bundle = await rollup({ input: join(path, "main.js"), external: [/^onnxruntime-web/], plugins: [plugins.rollup({ seed: 1 })] });
    const { output } = await bundle.generate({ format: "es" });
    expect(output.filter(({ fileName }) => fileName.endsWith(".onnx"))).toHaveLength(1);
    const { errors, assets } = await withWebpack(path, { seed: 1 });
    expect(errors).toEqual([]);
    expect(assets!.filter(({ name }) => name.endsWith(".onnx"))).toHaveLength(1);
  });

  test("watch what a network is made of", async () => {
    const { path } = project();
    const bundle = await withRollup(path, { seed: 1 });
    for (const name of ["net.lwm", "blocks.lwm"]) expect(bundle.watchFiles).toContain(join(path, name));
  });

  test("Vite's server hands out weights, and follows a change in an imported file", { timeout: 60_000 }, async () => {
    const { path } = project();
    const server = await createServer({ root: path, configFile: false, logLevel: "silent", server: { host: "127.0.0.1", port: 0 }, optimizeDeps: { noDiscovery: true }, plugins: [plugins.vite({ seed: 1 })] });
    try {
      await server.listen();
      const origin = server.resolvedUrls!.local[0];
      const place = async (): Promise<string> => {
        const code = await (await fetch(`${origin}net.lwm?tfjs&model=Tiny&part=weights&import`)).text();
        return /@lwm\/[0-9a-f]+\/Tiny\.bin/.exec(code)![0];
      };
      await fetch(`${origin}main.js`);
      for (const url of ["net.lwm?import", "net.lwm?tfjs&model=Tiny&import"]) await (await fetch(`${origin}${url}`)).text();
      const before = await place();
      const bytes = (await (await fetch(origin + before)).arrayBuffer()).byteLength;
      expect(bytes % 4).toBe(0);
      const told = new Promise<unknown>((resolve) => {
        const { hot } = server.environments.client;
        const send = hot.send.bind(hot) as (...args: unknown[]) => void;
        hot.send = ((...args: unknown[]) => {
          const [payload] = args as [{ type?: string }];
          if (payload.type === "full-reload" || payload.type === "update") resolve(payload.type);
          send(...args);
        }) as typeof hot.send;
      });
      writeFileSync(join(path, "blocks.lwm"), blocks.replace("conv(out,", "conv(2 * out,"));
      expect(await told).toBe("full-reload");
      const after = await place();
      expect(after).not.toBe(before);
      expect((await (await fetch(origin + after)).arrayBuffer()).byteLength).toBeGreaterThan(bytes);
    } finally {
      await server.close();
    }
  });
});

describe("lwmc init", () => {
  test("overwrites nothing, says what it left, and asks nothing where no one answers", () => {
    const own = emptyProject("init", { "net.lwm": "// mine\n", "tsconfig.json": '{\n  "compilerOptions": {\n    "strict": true\n  }\n}\n', ".gitignore": "dist/" });
    try {
      const { code, out, err } = lwmc(["init", "--bundler", "vite"], { cwd: own.path });
      expect(code).toBe(0);
      expect(readFileSync(join(own.path, "net.lwm"), "utf8")).toBe("// mine\n");
      expect(err).toContain("left as it is: net.lwm");
      expect(JSON.parse(readFileSync(join(own.path, "tsconfig.json"), "utf8"))).toEqual({ compilerOptions: { allowArbitraryExtensions: true, strict: true } });
      expect(readFileSync(join(own.path, ".gitignore"), "utf8").split("\n").slice(0, 2)).toEqual(["dist/", "node_modules/"]);
      expect(out).toContain("vite.config.mjs");
      const again = lwmc(["init", "--bundler", "vite"], { cwd: own.path });
      expect([again.code, again.out]).toEqual([0, ""]);
    } finally {
      own.remove();
    }
  });

  test("its network is within its budget, and tells tools to ignore what is made", () => {
    const own = emptyProject("init-new");
    try {
      expect(lwmc(["init", "new", "--yes"], { cwd: own.path }).code).toBe(0);
      expect(lwmc(["check", "new/net.lwm"], { cwd: own.path }).code).toBe(0);
      expect(lwmc(["fmt", "new/net.lwm", "--check"], { cwd: own.path }).code).toBe(0);
    } finally {
      own.remove();
    }
  });
});

describe("lwmc complete", () => {
  test("is made for each shell, and names every command", () => {
    const names = [...lwmc(["--help"]).out.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name).filter((name) => name !== "help");
    expect(names).toContain("types");
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, out } = lwmc(["complete", shell]);
      expect(code).toBe(0);
      for (const name of names) expect(out).toContain(name);
    }
  });
});
