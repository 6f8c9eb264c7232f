/**
 * A plan as a picture: steps from left to right, addresses upward, a rectangle for each buffer as long as it is needed and as high as it is
 * large, in the colour of its stage. The step with the most bytes alive is marked, and the bound below which no plan can be.
 */
import { binaryBytes } from "../../compiler/analyse/format-figures.ts";
import type { MemoryReport } from "./report.ts";
import type { PlannedBuffer } from "../../compiler/devices/memory/plan.ts";

const LEFT = 84;
const RIGHT = 28;
/** For the names of several memories. */
const NAMES = 170;
const TOP = 96;
const HEIGHT = 420;
const BOTTOM = 92;
const WIDTHS = { all: 1080, least: 3, most: 96 } as const;
/** The texts need so much. */
const LEAST_WIDTH = 560;
/** Fills that neighbours are told apart by, and that dark text is read on. */
const FILLS = ["#8ecae6", "#ffb703", "#95d5b2", "#f4a6c0", "#bdb2ff", "#e9c46a", "#a0c4ff", "#ffadad", "#9bf6d0", "#d6ccc2"] as const;

export function memorySvg(report: MemoryReport): string {
  const { model, plan, precision, target } = report;
  const steps = Math.max(plan.steps.length, 1);
  const step = Math.min(Math.max(WIDTHS.all / steps, WIDTHS.least), WIDTHS.most);
  const regions = plan.regions ?? [];
  const width = LEFT + Math.max(steps * step, LEAST_WIDTH) + (regions.length > 1 ? NAMES : RIGHT);
  const height = TOP + HEIGHT + BOTTOM;
  const starts = regionStarts(report);
  const top = roundUp(Math.max(plan.bound, 1, ...(regions.length > 1 ? [starts[starts.length - 1] + regions[regions.length - 1].used] : [plan.arena])));
  const y = (address: number): number => TOP + HEIGHT * (1 - address / top);
  const x = (at: number): number => LEFT + at * step;
  const written = new Map(plan.buffers.flatMap(({ id, shares }) => shares.map((under) => [under, id] as const)));
  const stages = [...new Set(plan.buffers.map(({ path }) => report.stageOf(path)))];
  const fill = (stage: string): string => FILLS[stages.indexOf(stage) % FILLS.length];

  const parts: string[] = [];
  parts.push(`<text x="${LEFT}" y="30" font-size="18" font-weight="600">${escape(titleOf(model, (width - LEFT) / 10.6))}</text>`);
  const state = plan.arena === plan.bound ? "no plan needs less" : `at least ${binaryBytes(plan.bound)} are needed`;
  parts.push(`<text x="${LEFT}" y="52" font-size="13" fill="#444">${escape(`${precision}${target ? `, ${target.shown}` : ""}: activations take ${binaryBytes(plan.arena)}${regions.length === 1 ? ` in ${regions[0].name}` : ""}; ${state}`)}</text>`);

  for (const mark of ticks(top)) {
    parts.push(`<line x1="${LEFT}" x2="${num(x(steps))}" y1="${num(y(mark))}" y2="${num(y(mark))}" stroke="#e3e3e3"/>`);
    parts.push(`<text x="${LEFT - 8}" y="${num(y(mark) + 4)}" font-size="11" text-anchor="end" fill="#555">${binaryBytes(mark)}</text>`);
  }
  if (plan.peak !== undefined) {
    const { path, bytes } = plan.steps[plan.peak];
    const middle = x(plan.peak + 0.5);
    const anchor = middle > width / 2 ? "end" : "start";
    parts.push(`<rect x="${num(x(plan.peak))}" y="${TOP - 10}" width="${num(step)}" height="${HEIGHT + 10}" fill="#d00000" opacity="0.13"/>`);
    parts.push(`<path d="M${num(middle - 5)} ${TOP - 20}h10l-5 9z" fill="#d00000"/>`);
    parts.push(`<text x="${num(middle + (anchor === "end" ? -10 : 10))}" y="${TOP - 12}" font-size="12" text-anchor="${anchor}" fill="#a00000">${escape(`most at step ${plan.peak}, ${path}: ${binaryBytes(bytes)}`)}</text>`);
  }
  for (const buffer of plan.buffers) {
    if (buffer.bytes === 0) continue;
    const half = buffer.shares.length > 0 || (report.overlap === "full" && buffer.first >= 0);
    const from = Math.max(buffer.first, 0) + (half ? 0.5 : 0);
    const to = buffer.last + 1 - (written.has(buffer.id) ? 0.5 : 0);
    const address = buffer.offset + (buffer.region === undefined ? 0 : starts[buffer.region]);
    const box = { x: x(from), y: y(address + buffer.bytes), width: (to - from) * step, height: (HEIGHT * buffer.bytes) / top };
    const stage = report.stageOf(buffer.path);
    parts.push(`<g><title>${escape(describe(buffer, stage, plan.buffers))}</title><rect x="${num(box.x)}" y="${num(box.y)}" width="${num(box.width)}" height="${num(Math.max(box.height, 0.5))}" fill="${fill(stage)}" stroke="#333" stroke-width="${box.height < 3 ? 0.2 : 0.6}"/>${label(buffer, box)}</g>`);
  }
  parts.push(`<line x1="${LEFT}" x2="${num(x(steps))}" y1="${num(y(plan.bound))}" y2="${num(y(plan.bound))}" stroke="#a00000" stroke-width="1.2" stroke-dasharray="6 4"/>`);
  parts.push(`<text x="${num(x(steps))}" y="${num(y(plan.bound) - 5)}" font-size="12" text-anchor="end" fill="#a00000">lower bound ${binaryBytes(plan.bound)}</text>`);
  if (regions.length > 1) {
    regions.forEach(({ name, bytes, used }, i) => {
      parts.push(`<line x1="${LEFT}" x2="${num(x(steps) + NAMES)}" y1="${num(y(starts[i]))}" y2="${num(y(starts[i]))}" stroke="#333"/>`);
      parts.push(`<text x="${num(x(steps) + 6)}" y="${num(y(starts[i]) - 18)}" font-size="11" fill="#333">${escape(name)}<tspan x="${num(x(steps) + 6)}" dy="13">${binaryBytes(used)} of ${binaryBytes(bytes)}</tspan></text>`);
    });
  }
  parts.push(axis(report, stages, fill, x, step));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${num(width)}" height="${height}" viewBox="0 0 ${num(width)} ${height}" font-family="system-ui, sans-serif">\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join("\n")}\n</svg>\n`;
}

/** The model and as many of its settings as fit into so many letters. */
function titleOf({ name, params }: MemoryReport["model"], letters: number): string {
  const settings = params.map((param) => `${param.name}=${param.shown}`);
  for (let count = settings.length; count > 0; count--) {
    const text = `${name}(${[...settings.slice(0, count), ...(count < settings.length ? ["…"] : [])].join(", ")})`;
    if (text.length <= letters) return text;
  }
  return name;
}

/** Below the steps: their numbers, and a strip in the colours of the stages with their names. */
function axis(report: MemoryReport, stages: readonly string[], fill: (stage: string) => string, x: (at: number) => number, step: number): string {
  const parts: string[] = [];
  const { steps } = report.plan;
  const y = TOP + HEIGHT;
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => n * step >= 26) ?? 2000;
  steps.forEach((_, i) => {
    if (i % every === 0) parts.push(`<text x="${num(x(i + 0.5))}" y="${y + 16}" font-size="10" text-anchor="middle" fill="#555">${i}</text>`);
  });
  for (let from = 0; from < steps.length; ) {
    const stage = report.stageOf(steps[from].path);
    let to = from + 1;
    while (to < steps.length && report.stageOf(steps[to].path) === stage) to++;
    const wide = (to - from) * step;
    parts.push(`<g><title>${escape(stage)}</title><rect x="${num(x(from))}" y="${y + 24}" width="${num(wide)}" height="16" fill="${stages.includes(stage) ? fill(stage) : "#eee"}" stroke="#333" stroke-width="0.4"/>`);
    const name = shortened(stage, wide / 6.2);
    if (name !== "") parts.push(`<text x="${num(x(from) + wide / 2)}" y="${y + 36}" font-size="10.5" text-anchor="middle" fill="#222">${escape(name)}</text>`);
    parts.push("</g>");
    from = to;
  }
  parts.push(`<text x="${LEFT}" y="${y + 60}" font-size="12" fill="#555">Steps in the order in which they run; below, their stages, each in its colour.</text>`);
  parts.push(`<text x="${LEFT}" y="${y + 76}" font-size="12" fill="#555">A rectangle is a tensor at its address, from the step that makes it to the last that reads it.</text>`);
  return parts.join("\n");
}

function describe({ path, shape, bytes, offset, first, last, shares }: PlannedBuffer, stage: string, buffers: readonly PlannedBuffer[]): string {
  const over = shares.length === 0 ? "" : `\nwritten over ${shares.map((id) => buffers[id].path).join(", ")}`;
  return `${path}\n${shape.join("×")}, ${bytes} bytes at ${offset}\n${first < 0 ? "before" : `step ${first}`} to step ${last}${over}\n${stage}`;
}

function label({ path, bytes }: PlannedBuffer, box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): string {
  const lines = [shortened(path, (box.width - 6) / 5.8), binaryBytes(bytes)].filter((line) => line !== "" && line.length * 5.8 <= box.width - 4);
  // upright in wide boxes, along the box in narrow ones
  if (lines.length > 0 && box.height >= 13 * lines.length) {
    return lines.map((line, i) => `<text x="${num(box.x + box.width / 2)}" y="${num(box.y + box.height / 2 + 4 + (i - (lines.length - 1) / 2) * 12)}" font-size="10" text-anchor="middle" fill="#111">${escape(line)}</text>`).join("");
  }
  const along = shortened(path, (box.height - 8) / 5.8);
  if (along === "" || box.width < 12) return "";
  const [cx, cy] = [num(box.x + box.width / 2 + 3.5), num(box.y + box.height / 2)];
  return `<text transform="translate(${cx} ${cy}) rotate(-90)" font-size="10" text-anchor="middle" fill="#111">${escape(along)}</text>`;
}

/** As many of the last words of a path as fit; empty where not even one does, or where what fits is a bare number. */
function shortened(path: string, letters: number): string {
  const words = path.split(".");
  for (let from = 0; from < words.length; from++) {
    const text = words.slice(from).join(".");
    if (text.length <= letters) return /^\d+$/.test(text) ? "" : text;
  }
  return "";
}

/** Regions stand above each other. */
function regionStarts({ plan }: MemoryReport): readonly number[] {
  const starts: number[] = [];
  let next = 0;
  for (const { used } of plan.regions ?? []) {
    starts.push(next);
    next += used;
  }
  return starts;
}

const MARKS = 6;

/** A round number of bytes a little above. */
function roundUp(bytes: number): number {
  const unit = tickOf(bytes);
  return Math.ceil((bytes * 1.04) / unit) * unit;
}

function ticks(top: number): readonly number[] {
  const unit = tickOf(top / 1.04);
  return Array.from({ length: Math.floor(top / unit) + 1 }, (_, i) => i * unit);
}

/** 1, 2 or 5 times a power of ten of the largest unit that is not larger. */
function tickOf(bytes: number): number {
  const unit = bytes >= 2 ** 20 ? 2 ** 20 : bytes >= 2 ** 10 ? 2 ** 10 : 1;
  const raw = bytes / unit / MARKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((n) => n * power >= raw)! * power;
  return unit === 1 ? Math.max(1, Math.round(step)) : step * unit;
}

function num(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
