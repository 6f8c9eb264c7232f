/** The same project in four bundlers: type-checked, built, and run in Chromium in TensorFlow.js and in onnxruntime-web. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, lwmc } from "../cli/lwmc.ts";
import { noise } from "../onnx/networks.ts";
import { launch, noBrowser, opened, serve } from "./pages.ts";
import { compilers, fixtureProject, node, typeErrors, type Project } from "./project.ts";

const bundlers = ["esbuild", "vite", "rollup", "webpack"] as const;
const planes = Array.from(noise("bundlers", 3 * 16 * 16));
const pixels = Array.from(planes, (_, i) => planes[(i % 3) * 256 + Math.floor(i / 3)]);

/** What onnxruntime makes of the command line's ONNX file with the weights of the fixtures' seed. */
async function expected(project: Project): Promise<readonly number[]> {
  expect(lwmc(["compile", "net.lwm#Tiny", "--target", "onnx", "--seed", "3", "-o", "onnx"], { cwd: project.path }).code).toBe(0);
  const session = await InferenceSession.create(join(project.path, "onnx", "Tiny.onnx"));
  const { logits } = await session.run({ image: new Tensor("float32", Float32Array.from(planes), [1, 3, 16, 16]) });
  return [...(logits.data as Float32Array)];
}

describe.skipIf(noBrowser !== "")(`bundlers${noBrowser}`, () => {
  const projects = new Map<string, Project>();
  let browser: Browser;
  beforeAll(async () => {
    await built();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    for (const { remove } of projects.values()) remove();
  });

  for (const bundler of bundlers) {
    test(bundler, { timeout: 300_000 }, async () => {
      const project = fixtureProject(bundler);
      projects.set(bundler, project);
      await node(project, ["build.mjs"]);

      const written = readdirSync(join(project.path, "dist"), { recursive: true, encoding: "utf8" });
      const placed = written.filter((name) => /\.(bin|onnx|wasm)$/.test(name)).map((name) => name.replace(/^.*[/\\]/, "").replace(/-[^-]*$/, "")).sort();
      if (bundler === "webpack") expect(placed.filter((name) => name === "Tiny")).toHaveLength(2);
      else expect(placed).toEqual(["Tiny", "Tiny", "ort-wasm-simd-threaded"].sort());
      expect(written.filter((name) => name.endsWith(".wasm"))).toHaveLength(1);
      const code = written.filter((name) => /\.m?js$/.test(name)).map((name) => readFileSync(join(project.path, "dist", name), "utf8")).join("");
      expect(code).toContain("stem.conv.conv2d");
      expect(code).not.toContain("nobody_asked");

      const { origin, server } = await serve(join(project.path, "dist"));
      try {
        const script = bundler === "rollup" ? "/js/main.js" : "/main.js";
        const page = await opened(browser, bundler === "vite" ? `${origin}/index.html` : `${origin}/page.html?script=${script}`);
        const [tfjs, onnx, params] = (await page.evaluate(`run(${JSON.stringify(pixels)}, ${JSON.stringify(planes)})`)) as number[][];
        const wanted = await expected(project);
        for (const found of [tfjs, onnx]) wanted.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThan(1e-5));
        expect(params).toEqual([250, 250]);
      } finally {
        server.close();
      }
    });
  }

  test.each(compilers)("what the build wrote for %s", async (compiler) => {
    expect(await typeErrors(projects.get("esbuild")!, compiler)).toBe("");
  });
});
