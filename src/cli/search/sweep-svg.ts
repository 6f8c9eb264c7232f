/** A sweep as a picture: every network a dot, one figure against another, and the line of those that no other beats. */
import { showValues, type Axis } from "../../compiler/search/space.ts";
import { figureText, type Goal, type Row } from "./facts.ts";

export interface Scatter {
  readonly title: string;
  readonly axes: readonly Axis[];
  readonly rows: readonly Row[];
  /** Of all goals; the line is drawn through those that the two figures of the picture leave. */
  readonly front: readonly Row[];
  readonly goals: readonly Goal[];
}

const WIDTH = 960;
const HEIGHT = 600;
const PLOT = { left: 96, right: 930, top: 64, bottom: 524 } as const;
/** Points of the line that are named. */
const NAMED = 7;
/** The range of a figure from which its axis is logarithmic. */
const LOGARITHMIC = 20;

export function scatter({ title, axes, rows, front, goals }: Scatter): string {
  const [across, up] = [goals.find(({ direction }) => direction === "minimize") ?? goals[1], goals.find(({ direction }) => direction === "maximize") ?? goals[0]];
  const [gx, gy] = across === up ? [goals[1], goals[0]] : [across, up];
  const known = rows.filter(({ figures }) => figures[gx.metric] !== undefined && figures[gy.metric] !== undefined);
  const x = scaleOf(known.map(({ figures }) => figures[gx.metric]!), gx.metric, PLOT.left, PLOT.right);
  const y = scaleOf(known.map(({ figures }) => figures[gy.metric]!), gy.metric, PLOT.bottom, PLOT.top);
  const place = ({ figures }: Row): readonly [number, number] => [x.at(figures[gx.metric]!), y.at(figures[gy.metric]!)];
  const colour = colours(axes[0]);
  const line = front.filter(({ figures }) => figures[gx.metric] !== undefined && figures[gy.metric] !== undefined).sort((a, b) => a.figures[gx.metric]! - b.figures[gx.metric]! || a.figures[gy.metric]! - b.figures[gy.metric]!);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2733">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${PLOT.left}" y="26" font-size="17" font-weight="600">${escaped(title)}</text>`,
    `<text x="${PLOT.left}" y="46" fill="#5b6770">${escaped(`${rows.length.toLocaleString("en")} networks over ${axes.map(axisText).join(" and ")}; ${line.length} are beaten by no other (${goals.map(({ direction, metric }) => `${direction} ${metric}`).join(", ")})`)}</text>`,
    ...x.ticks.map((tick) => `<path d="M${r(x.at(tick))} ${PLOT.top}V${PLOT.bottom}" stroke="#e6eaee"/><text x="${r(x.at(tick))}" y="${PLOT.bottom + 20}" text-anchor="middle" fill="#5b6770">${figureText(gx.metric, tick)}</text>`),
    ...y.ticks.map((tick) => `<path d="M${PLOT.left} ${r(y.at(tick))}H${PLOT.right}" stroke="#e6eaee"/><text x="${PLOT.left - 10}" y="${r(y.at(tick) + 4)}" text-anchor="end" fill="#5b6770">${figureText(gy.metric, tick)}</text>`),
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 48}" text-anchor="middle" font-weight="600">${axisTitle(gx)}</text>`,
    `<text transform="translate(22 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle" font-weight="600">${axisTitle(gy)}</text>`,
    ...dots(known, place, (row) => colour.of(row.values[axes[0].name])),
    `<path d="${line.map((row, i) => `${i === 0 ? "M" : "L"}${place(row).map(r).join(" ")}`).join("")}" fill="none" stroke="#d03b2f" stroke-width="1.6" stroke-linejoin="round"/>`,
    ...line.map((row) => `<circle cx="${r(place(row)[0])}" cy="${r(place(row)[1])}" r="2.6" fill="#d03b2f"><title>${escaped(`${showValues(row.values)}: ${goals.map(({ metric }) => `${metric} ${figureText(metric, row.figures[metric])}`).join(", ")}`)}</title></circle>`),
    ...names(line, place),
    ...legend(axes[0], colour.stops),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function axisTitle({ metric, direction }: Goal): string {
  return `${metric} (${direction === "maximize" ? "more is better" : "less is better"})`;
}

function axisText({ name, values }: Axis): string {
  return values.length === 1 ? `${name} ${String(values[0])}` : `${name} ${String(values[0])} to ${String(values.at(-1))}`;
}

interface Scale {
  readonly at: (figure: number) => number;
  readonly ticks: readonly number[];
}

/** From figures to pixels, with round numbers marked: logarithmic where the figures span much, otherwise from 0 or near the least. */
function scaleOf(figures: readonly number[], metric: string, from: number, to: number): Scale {
  const low = figures.reduce((a, b) => Math.min(a, b), Infinity);
  const high = figures.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > 0 && high / low >= LOGARITHMIC) {
    const [a, b] = [Math.log(low) - 0.04 * Math.log(high / low), Math.log(high) + 0.04 * Math.log(high / low)];
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power);
    const base = isBinary(metric) ? binaryPowers(low, high) : ticks;
    return { at: (figure) => from + ((Math.log(figure) - a) / (b - a)) * (to - from), ticks: base.filter((tick) => tick >= low && tick <= high) };
  }
  const span = high > low ? high - low : Math.max(high, 1);
  const [a, b] = [Math.max(0, low - 0.06 * span), high + 0.06 * span];
  const step = roundStep(b - a, isBinary(metric));
  const ticks: number[] = [];
  for (let tick = Math.ceil(a / step) * step; tick <= b; tick += step) ticks.push(tick);
  return { at: (figure) => from + ((figure - a) / (b - a)) * (to - from), ticks };
}

/** Bytes are shown in powers of 1024. */
function isBinary(metric: string): boolean {
  return ["weights", "activations", "ram", "flash"].includes(metric);
}

function binaryPowers(low: number, high: number): readonly number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log2(low)); power <= Math.log2(high); power++) powers.push(2 ** power);
  return powers;
}

/** About six steps: 1, 2 or 5 times a power of ten, or a power of two. */
function roundStep(span: number, binary: boolean): number {
  const rough = span / 6;
  if (binary) return 2 ** Math.ceil(Math.log2(rough));
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10) * power;
}

/** Dots that would cover each other are drawn once. */
function dots(rows: readonly Row[], place: (row: Row) => readonly [number, number], colour: (row: Row) => string): readonly string[] {
  const drawn = new Set<string>();
  const byColour = new Map<string, string[]>();
  for (const row of rows) {
    const [px, py] = place(row).map(Math.round);
    const own = colour(row);
    const key = `${px} ${py}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    const path = byColour.get(own) ?? [];
    byColour.set(own, path);
    path.push(`M${px} ${py}h0`);
  }
  return [...byColour].map(([own, path]) => `<path d="${path.join("")}" stroke="${own}" stroke-width="3.4" stroke-linecap="round" stroke-opacity="0.75"/>`);
}

/** Names some points of the line, evenly along it. */
function names(line: readonly Row[], place: (row: Row) => readonly [number, number]): readonly string[] {
  const chosen = new Set(Array.from({ length: Math.min(NAMED, line.length) }, (_, i) => Math.round((i * (line.length - 1)) / Math.max(1, Math.min(NAMED, line.length) - 1))));
  return [...chosen].map((i) => {
    const [px, py] = place(line[i]);
    // Above the line there is nothing but room; at its start there is none to the left.
    const before = px > PLOT.left + 210;
    const [tx, ty] = before ? [px - 8, py - 8] : [px + 12, py + 18];
    const label = escaped(showValues(line[i].values));
    return `<text x="${r(tx)}" y="${r(ty)}" text-anchor="${before ? "end" : "start"}" stroke="#ffffff" stroke-width="3.5" paint-order="stroke" fill="#8c1d14">${label}</text>`;
  });
}

/** From blue to yellow in the order of the axis. */
function colours({ values }: Axis): { readonly of: (value: unknown) => string; readonly stops: readonly string[] } {
  const stops = ["#3b4cc0", "#2f7fbf", "#26a69a", "#7cb342", "#f2b705"];
  const mixed = values.map((_, i) => blend(stops, values.length === 1 ? 0.5 : i / (values.length - 1)));
  const byValue = new Map<unknown, string>(values.map((value, i) => [value, mixed[i]]));
  return { of: (value) => byValue.get(value)!, stops };
}

function blend(stops: readonly string[], at: number): string {
  const place = at * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  const part = (stop: string, i: number): number => Number.parseInt(stop.slice(1 + 2 * i, 3 + 2 * i), 16);
  const channel = (i: number): string => Math.round(part(stops[low], i) + (part(stops[low + 1], i) - part(stops[low], i)) * (place - low)).toString(16).padStart(2, "0");
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}

function legend({ name, values }: Axis, stops: readonly string[]): readonly string[] {
  if (values.length === 1) return [];
  const [x, y] = [PLOT.right - 200, PLOT.bottom + 60];
  return [
    `<defs><linearGradient id="over">${stops.map((stop, i) => `<stop offset="${i / (stops.length - 1)}" stop-color="${stop}"/>`).join("")}</linearGradient></defs>`,
    `<rect x="${x}" y="${y - 22}" width="120" height="9" rx="2" fill="url(#over)"/>`,
    `<text x="${x - 8}" y="${y - 13}" text-anchor="end" fill="#5b6770">${escaped(`${name} ${String(values[0])}`)}</text>`,
    `<text x="${x + 128}" y="${y - 13}" fill="#5b6770">${escaped(String(values.at(-1)))}</text>`,
  ];
}

function r(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
