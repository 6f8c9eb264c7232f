/** The compiler as a library: files in, diagnostics, costs and artifacts out. Nothing here touches a disk; a host does. */
export { compile, type Compiled, type CompiledModel, type Selection } from "./compiler/compile.ts";
export type { Cost, LayerCost } from "./compiler/analyse/cost.ts";
export type { Diagnostic, Fix, Note, TextEdit } from "./compiler/diagnostics/diagnostic.ts";
export type { Severity } from "./compiler/diagnostics/entry.ts";
export { renderAll, toJson } from "./compiler/diagnostics/render.ts";
export type { Graph, Node, Tensor } from "./compiler/ir/graph.ts";
export { fit, type Fit } from "./compiler/search/fit.ts";
export { networks, type Network } from "./compiler/search/networks.ts";
export { paretoSet } from "./compiler/search/pareto.ts";
export { steps, type Axis, type Values } from "./compiler/search/space.ts";
export { positionAt, type Position, type Source, type Span } from "./compiler/source.ts";
export { format } from "./compiler/syntax/format.ts";
export { parse } from "./compiler/syntax/parse.ts";
export { backendNames, backends, type BackendName } from "./workspace/backends.ts";
export { memoryHost, type Host, type Read } from "./workspace/host.ts";
export { labels } from "./workspace/labels.ts";
export { libraryOf, type Library, type LibraryIndex } from "./workspace/library.ts";
export { workspace, type Snapshot, type Workspace } from "./workspace/workspace.ts";
