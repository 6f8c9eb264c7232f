/**
 * No text may crash, hang, or print a stack trace. `LWM_FUZZ=20000` tries as many; a failure names the number that
 * `mutated` makes the text from.
 */
import { expect, test } from "vitest";
import { renderAll } from "../../src/compiler/diagnostics/render.ts";
import { compile } from "../../src/compiler/compile.ts";
import { programOf } from "../program.ts";
import { mutated } from "./mutations.ts";

const COUNT = Number(process.env.LWM_FUZZ ?? 2000);
/** Seconds of processor time that one small text may take on a slow machine; the limits of the language keep it far below. */
const PATIENCE = 10;

test(`${COUNT} mutated files: no crash, no hang, bounded memory`, { timeout: 1_800_000 }, () => {
  let expanded = 0;
  let compiled = 0;
  let slowest = 0;
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < COUNT; number++) {
    const text = mutated(number);
    const start = process.cpuUsage();
    try {
      const { program, syntax } = programOf({ "test.lwm": text });
      const { models, diagnostics } = compile(program, "test.lwm", {});
      // Without a syntax error every model of the file was expanded, well or badly.
      if (syntax.length === 0) {
        expanded++;
        compiled += models.length > 0 ? 1 : 0;
      }
      const rendered = renderAll([...syntax, ...diagnostics], (uri) => (uri === "test.lwm" ? { uri, text } : undefined), { color: false });
      if (/\n\s+at \S+ \(/.test(rendered)) throw new Error("a stack trace was printed");
    } catch (error) {
      throw new Error(`mutated(${number}) crashed: ${(error as Error).stack}\n${text.slice(0, 2000)}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    if (seconds > PATIENCE) throw new Error(`mutated(${number}) took ${seconds.toFixed(1)} s`);
    slowest = Math.max(slowest, seconds);
  }
  expect(expanded / COUNT).toBeGreaterThan(0.3);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000_000);
  console.log(`${expanded} of ${COUNT} reached expansion, ${compiled} compiled; the slowest took ${(slowest * 1000).toFixed(0)} ms of processor time`);
});
