/** Figures as people read them. Independent of the system's language, so that output is the same everywhere. */

/** `3,504,872` */
export function grouped(value: number): string {
  const [whole, fraction] = String(value).split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** `3.50 M`, `301 M`, `37.7 G`: three digits; whole below 10,000. */
export function short(value: number): string {
  if (value < 1e4) return grouped(value);
  return scaled(value, 1000, ["", "k", "M", "G", "T"]);
}

/** `5.74 MiB`, `512 KiB`, `96 B`: three digits, in powers of 1024. */
export function binaryBytes(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** `6.02 MB`, `4 MB`: three digits, in powers of 1000. */
export function decimalBytes(bytes: number): string {
  return scaled(bytes, 1000, ["B", "kB", "MB", "GB", "TB"]);
}

/** In the kind of unit that the limit is round in: `4MB` is round in powers of 1000, `96KiB` in those of 1024. */
export function bytesLike(limit: number): (bytes: number) => string {
  return limit % 1000 === 0 && limit % 1024 !== 0 ? decimalBytes : binaryBytes;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  // 999.5 is 1000 in three digits: it belongs to the next unit.
  while (rest >= (base === 1000 ? 999.5 : 1023.5) && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  if (Number.isInteger(rest)) return `${rest} ${units[unit]}`.trim();
  const digits = rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return `${rest.toFixed(digits)} ${units[unit]}`.trim();
}

/** `61.2 ms`, `850 us`, `1.5 s`: three digits. */
export function seconds(value: number): string {
  return small(value, ["s", "ms", "us", "ns"]);
}

/** `2.97 mJ`: three digits. */
export function joules(value: number): string {
  return small(value, ["J", "mJ", "uJ", "nJ"]);
}

/** The first unit in which there is at least 1. */
function small(value: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  while (rest !== 0 && Math.abs(rest) < 0.9995 && unit < units.length - 1) {
    rest *= 1000;
    unit++;
  }
  const digits = Math.abs(rest) < 9.995 ? 2 : Math.abs(rest) < 99.95 ? 1 : 0;
  return `${Number(rest.toFixed(digits))} ${units[unit]}`;
}
