/** A plan as a C header: constants that a program can declare its arena with, and its tensors in it. C99, without any other header. */
import type { MemoryReport } from "./report.ts";

export function memoryHeader({ model, target, precision, alignment, plan, weights }: MemoryReport, version: string): string {
  const prefix = constant(model.name);
  const settings = model.params.map(({ name, shown }) => `${name}=${shown}`).join(", ");
  const lines = [
    `/* ${comment(`${model.name}(${settings}), ${precision}${target ? `, ${target.shown}` : ""}: where its tensors lie. Made by lwmc ${version}.`)} */`,
    `#ifndef ${prefix}_MEMORY_H`,
    `#define ${prefix}_MEMORY_H`,
    "",
    "/* Bytes. */",
    `#define ${prefix}_WEIGHTS_BYTES ${weights}u`,
    `#define ${prefix}_ARENA_ALIGNMENT ${alignment}u`,
  ];
  const regions = plan.regions ?? [];
  if (regions.length > 1) regions.forEach(({ name, used }, i) => lines.push(`#define ${prefix}_ARENA_${i}_BYTES ${used}u /* in ${comment(name)} */`));
  else lines.push(`#define ${prefix}_ARENA_BYTES ${plan.arena}u${regions.length === 1 ? ` /* in ${comment(regions[0].name)} */` : ""}`);
  lines.push("", "/* Offsets from the start of the arena, and sizes. A tensor is there from its first step to its last (-1: before any). */");
  const names = namesOf(plan.buffers.map(({ path }) => path));
  plan.buffers.forEach(({ path, bytes, offset, region, first, last, shape }, i) => {
    const where = regions.length > 1 && region !== undefined ? ` of arena ${region}` : "";
    lines.push(`#define ${prefix}_${names[i]}_OFFSET ${offset}u`, `#define ${prefix}_${names[i]}_BYTES ${bytes}u /* ${comment(path)}, ${shape.join("x")}, steps ${first} to ${last}${where} */`);
  });
  lines.push("", `#endif /* ${prefix}_MEMORY_H */`, "");
  return lines.join("\n");
}

/** `MobileNetV2` → `MOBILE_NET_V2`; a path's dots become underscores. */
function constant(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

/** Each name once: what would be said twice gets a number. */
function namesOf(paths: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const name = constant(path);
    let free = name;
    for (let i = 2; taken.has(free); i++) free = `${name}_${i}`;
    taken.add(free);
    return free;
  });
}

function comment(text: string): string {
  return text.replaceAll("*/", "* /").replace(/\s+/g, " ");
}
