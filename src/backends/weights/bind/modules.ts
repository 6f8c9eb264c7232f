/** A checkpoint's tensors put together to layers, by their names and ranks. */
import type { TensorInfo } from "../safetensors.ts";
import { inNaturalOrder, layerName, tensorName, type LayerName } from "./names.ts";
import type { TensorRole } from "./words.ts";

/** A layer as the file has it. */
export interface Module {
  readonly name: LayerName;
  /**
   * `kernel`: a kernel, perhaps with its bias. `norm`: mean and variance, perhaps with scale and shift. `affine`: scale and shift alone.
   * `slope`: one vector by which something is multiplied. `bias`: one vector that is added.
   */
  readonly kind: "kernel" | "norm" | "affine" | "slope" | "bias";
  readonly tensors: Readonly<Partial<Record<"kernel" | "bias" | "scale" | "mean" | "var" | "slope", TensorInfo>>>;
}

export interface Modules {
  /** In a fixed order that does not depend on the file's. */
  readonly modules: readonly Module[];
  /** Tensors that are part of no layer. */
  readonly strange: readonly TensorInfo[];
}

interface Member {
  readonly info: TensorInfo;
  readonly role: TensorRole | undefined;
}

export function modulesOf(tensors: Iterable<TensorInfo>): Modules {
  const groups = new Map<string, { readonly name: LayerName; readonly members: Member[] }>();
  for (const info of tensors) {
    const { segments, role } = tensorName(info.name);
    const key = segments.join("/").toLowerCase();
    const group = groups.get(key) ?? { name: layerName(segments), members: [] };
    groups.set(key, group);
    group.members.push({ info, role });
  }
  const strange: TensorInfo[] = [];
  const modules: Module[] = [];
  for (const { name, members } of groups.values()) {
    members.sort((a, b) => (a.info.name < b.info.name ? -1 : 1));
    modules.push(...split(name, members, strange));
  }
  modules.sort((a, b) => inNaturalOrder(a.name, b.name) || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
  return { modules, strange };
}

/** The modules of tensors whose names share a stem; usually one. */
function split(name: LayerName, members: readonly Member[], strange: TensorInfo[]): readonly Module[] {
  const kernels = members.filter(isKernel);
  const vectors = members.filter((member) => !isKernel(member) && isVector(member.info));
  strange.push(...members.filter((member) => !isKernel(member) && !isVector(member.info)).map(({ info }) => info));
  if (kernels.length > 1) {
    // The stem names no layer: every tensor stands for itself.
    return members.filter((member) => isKernel(member) || isVector(member.info)).map((member) => alone(member));
  }
  const modules: Module[] = [];
  const left = new Set(vectors);
  const take = (...roles: readonly (TensorRole | undefined)[]): TensorInfo | undefined => {
    for (const member of left) {
      if (!roles.includes(member.role)) continue;
      left.delete(member);
      return member.info;
    }
    return undefined;
  };
  if (vectors.some(({ role }) => role === "mean" || role === "var")) {
    const stats = { mean: take("mean"), var: take("var") };
    modules.push({ name, kind: "norm", tensors: { ...stats, scale: take("scale") ?? (kernels.length === 0 ? take("kernel") : undefined), bias: take("beta") ?? (kernels.length === 0 ? take("bias") : undefined) } });
  } else if (kernels.length === 0) {
    modules.push(...withoutStatistics(name, left, take));
  }
  if (kernels.length === 1) modules.push({ name, kind: "kernel", tensors: { kernel: kernels[0].info, bias: take("bias") ?? take("beta") ?? take("slot1") ?? take(undefined) } });
  strange.push(...[...left].map(({ info }) => info));
  return modules;
}

function withoutStatistics(name: LayerName, left: ReadonlySet<Member>, take: (...roles: readonly (TensorRole | undefined)[]) => TensorInfo | undefined): readonly Module[] {
  const slots = [...left].filter(({ role }) => role?.startsWith("slot")).length;
  if (slots > 2) {
    const scale = slots === 4 ? take("slot0") : undefined;
    return [{ name, kind: "norm", tensors: slots === 4 ? { scale, bias: take("slot1"), mean: take("slot2"), var: take("slot3") } : { bias: take("slot0"), mean: take("slot1"), var: take("slot2") } }];
  }
  if (left.size === 2) {
    const scale = take("scale", "kernel", "slot0");
    return scale ? [{ name, kind: "affine", tensors: { scale, bias: take("beta", "bias", "slot1") } }] : [];
  }
  if (left.size !== 1) return [];
  const slope = take("slope", "kernel", "scale", "slot0");
  return slope ? [{ name, kind: "slope", tensors: { slope } }] : [{ name, kind: "bias", tensors: { bias: take("bias", "beta", undefined) } }];
}

function alone({ info, role }: Member): Module {
  const name = { text: info.name.toLowerCase(), tokens: layerName(tensorName(info.name).segments).tokens };
  if (isKernel({ info, role })) return { name, kind: "kernel", tensors: { kernel: info } };
  return role === "slope" ? { name, kind: "slope", tensors: { slope: info } } : { name, kind: "bias", tensors: { bias: info } };
}

/** Of rank 2 or more, and not a vector in disguise: a bias of [1, 32, 1, 1], slopes of [1, 1, 32]. */
function isKernel({ info, role }: Member): boolean {
  if (info.shape.length < 2) return false;
  return role === undefined || role === "kernel" || role.startsWith("slot") || !isVector(info);
}

function isVector({ shape }: TensorInfo): boolean {
  return shape.filter((side) => side !== 1).length <= 1;
}

/** A module's tensors, in the order of their names. */
export function tensorsOf({ tensors }: Module): readonly TensorInfo[] {
  return Object.values(tensors)
    .filter((info) => info !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
