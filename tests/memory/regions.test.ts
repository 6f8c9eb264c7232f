/** Plans on devices with memories of several kinds. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { planMemory } from "../../src/compiler/devices/memory/plan.ts";
import { layOut } from "../../src/compiler/devices/memory/layout.ts";
import { layOutInRegions } from "../../src/compiler/devices/memory/regions.ts";
import type { Block } from "../../src/compiler/devices/memory/blocks.ts";
import { deployed } from "../../src/compiler/passes/index.ts";
import { libraryModel } from "../program.ts";

const KIB = 1024;
const rules = { bytesPerElement: 1, overlap: "in_place", alignment: 16, reorder: true } as const;
const region = (name: string, kib: number) => ({ name, bytes: kib * KIB });

test("the smallest memory that holds all of it, with what the runtime takes", () => {
  const graph = deployed(libraryModel("MobileNetV1(width=0.25, resolution=96, classes=5)").graph);
  const used = (reserved: number) => planMemory(graph, { ...rules, memory: { regions: [region("AXI SRAM", 512), region("SRAM4", 64), region("DTCM", 128)], reserved } }).regions;
  expect(used(0)).toEqual([{ name: "SRAM4", bytes: 64 * KIB, used: 54 * KIB }]);
  expect(used(20 * KIB)).toEqual([{ name: "DTCM", bytes: 128 * KIB, used: 74 * KIB }]);
});

test("divided where none does: MobileNetV2 0.35 on 640 and 128 KiB", () => {
  const graph = deployed(libraryModel("MobileNetV2(width=0.35)").graph);
  const plan = planMemory(graph, { ...rules, memory: { regions: [region("AXI", 640), region("DTCM", 128)], reserved: 1024 } });
  // at the peak 588 and 98 KiB
  expect(plan.arena).toBe(686 * KIB);
  expect(plan.regions!.map(({ name }) => name).sort()).toEqual(["AXI", "DTCM"]);
  for (const { bytes, used } of plan.regions!) expect(used).toBeLessThanOrEqual(bytes);
  for (const { offset, bytes, region: at } of plan.buffers) expect(offset + bytes).toBeLessThanOrEqual(plan.regions![at!].bytes);
  expect(planMemory(graph, { ...rules, memory: { regions: [region("AXI", 500), region("DTCM", 128)], reserved: 0 } }).regions).toBeUndefined();
});

test("in every memory apart, and within it", () => {
  const blocks = fc.array(
    fc.record({ from: fc.nat({ max: 6 }), length: fc.nat({ max: 3 }), bytes: fc.integer({ min: 1, max: 9 }) }).map(({ from, length, bytes }): Block => [{ from, to: from + length, bytes }]),
    { minLength: 1, maxLength: 7 },
  );
  const regions = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 }).map((sizes) => sizes.map((bytes, i) => ({ name: `m${i}`, bytes })));
  let divided = 0;
  let refused = 0;
  fc.assert(
    fc.property(blocks, regions, fc.nat({ max: 3 }), (all, memories, reserved) => {
      const whole = layOut(all);
      const found = layOutInRegions(all, whole, memories, reserved);
      if (memories.some(({ bytes }) => bytes >= whole.bytes + reserved)) expect(found?.regions.length).toBe(1);
      if (!found) {
        refused++;
        return;
      }
      if (found.regions.length > 1) divided++;
      found.regions.forEach(({ bytes, used }) => expect(used).toBeLessThanOrEqual(bytes));
      all.forEach(([a], i) => {
        expect(found.places[i].offset + a.bytes).toBeLessThanOrEqual(found.regions[found.places[i].region].used);
        all.slice(0, i).forEach(([b], j) => {
          if (a.to < b.from || b.to < a.from || found.places[i].region !== found.places[j].region) return;
          const [p, q] = [found.places[i].offset, found.places[j].offset];
          expect(p + a.bytes <= q || q + b.bytes <= p).toBe(true);
        });
      });
    }),
    { numRuns: 1000, seed: 3 },
  );
  expect(divided).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
