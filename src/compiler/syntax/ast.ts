/**
 * The syntax tree: what was written, with its places, and nothing that was worked out.
 *
 * Error recovery leaves holes; a hole in an expression is a `missing` node, a hole in a list is simply absent. Whoever
 * reads the tree treats `missing` as "already reported" and stays silent about it.
 */
import type { Span } from "../source.ts";

export interface Ident {
  readonly name: string;
  readonly span: Span;
}

export interface File {
  readonly uri: string;
  readonly imports: readonly Import[];
  /** Models, blocks and lets in the order of the text. */
  readonly declarations: readonly Declaration[];
}

export interface Import {
  readonly kind: "import";
  readonly span: Span;
  readonly names: readonly Ident[];
  readonly from: StringLiteral | undefined;
}

export type Declaration = Model | Block | Let;

export interface Model {
  readonly kind: "model";
  readonly span: Span;
  readonly name: Ident;
  readonly doc: string | undefined;
  readonly params: readonly Param[];
  /** `model X(…) { … }` has a body, `model X = Y(…) { facts }` a value; both undefined only after an error. */
  readonly body: Body | undefined;
  readonly value: Expr | undefined;
}

export interface Block {
  readonly kind: "block";
  readonly span: Span;
  readonly name: Ident;
  readonly doc: string | undefined;
  readonly params: readonly Param[];
  readonly body: Body;
}

export interface Param {
  readonly kind: "param";
  readonly span: Span;
  readonly role: "first" | "ramp" | undefined;
  readonly name: Ident;
  readonly type: TypeRef;
  /** `in 0.25..2 step 0.05` */
  readonly range: { readonly low: Expr; readonly high: Expr; readonly step: Expr | undefined; readonly span: Span } | undefined;
  readonly default: Expr | undefined;
}

export type TypeRef =
  | { readonly kind: "named"; readonly span: Span; readonly name: string }
  | { readonly kind: "list"; readonly span: Span; readonly of: TypeRef }
  | { readonly kind: "enum"; readonly span: Span; readonly options: readonly Ident[] }
  | { readonly kind: "missing"; readonly span: Span };

/** `{ statements }`: a sequence. As an expression it is a layer. */
export interface Body {
  readonly kind: "body";
  readonly span: Span;
  readonly statements: readonly Statement[];
}

/** `{ | a | b | … }`: a table of arguments for the layer that it stands on. */
export interface Table {
  readonly kind: "table";
  readonly span: Span;
  readonly columns: readonly Ident[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly span: Span;
  /** One a column; undefined for `-`, not given. */
  readonly cells: readonly (Expr | undefined)[];
}

export type Braces = Body | Table;

export type Statement =
  | LabelStatement
  | Input
  | Output
  | Let
  | Shared
  | Defaults
  | Require
  | Budget
  | Fact
  | ExprStatement;

export interface LabelStatement {
  readonly kind: "label";
  readonly span: Span;
  readonly label: Ident;
  readonly value: Expr;
}
export interface Input {
  readonly kind: "input";
  readonly span: Span;
  readonly name: Ident;
  readonly args: readonly Arg[];
  readonly shape: Expr;
}
export interface Output {
  readonly kind: "output";
  readonly span: Span;
  readonly name: Ident;
  readonly args: readonly Arg[];
  readonly value: Expr;
}
export interface Let {
  readonly kind: "let";
  readonly span: Span;
  readonly name: Ident;
  readonly doc: string | undefined;
  readonly value: Expr;
}
export interface Shared {
  readonly kind: "shared";
  readonly span: Span;
  readonly name: Ident;
  readonly doc: string | undefined;
  readonly value: Expr;
}
export interface Defaults {
  readonly kind: "defaults";
  readonly span: Span;
  readonly entries: readonly { readonly op: Ident; readonly args: readonly Arg[]; readonly span: Span }[];
}
export interface Require {
  readonly kind: "require";
  readonly span: Span;
  readonly condition: Expr;
  readonly message: StringLiteral | undefined;
}
export interface Budget {
  readonly kind: "budget";
  readonly span: Span;
  readonly entries: readonly Expr[];
}
/** `target d(…)`, `maximize macs`, `minimize latency` */
export interface Fact {
  readonly kind: "target" | "maximize" | "minimize";
  readonly span: Span;
  readonly value: Expr;
}
export interface ExprStatement {
  readonly kind: "expr";
  readonly span: Span;
  readonly value: Expr;
}

export type Expr =
  | Chain
  | If
  | For
  | Body
  | Table
  | Binary
  | Unary
  | Range
  | Name
  | Member
  | Index
  | Call
  | NumberLiteral
  | StringLiteral
  | BoolLiteral
  | Hole
  | List
  | Paren
  | Missing;

/** `a -> b -> c`; at least two links. */
export interface Chain {
  readonly kind: "chain";
  readonly span: Span;
  readonly links: readonly Expr[];
}
export interface If {
  readonly kind: "if";
  readonly span: Span;
  readonly condition: Expr;
  readonly then: Expr;
  readonly else: Expr | undefined;
}
export interface For {
  readonly kind: "for";
  readonly span: Span;
  readonly variable: Ident;
  readonly range: Expr;
  readonly body: Body;
}
export type BinaryOp = "+" | "-" | "*" | "/" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";
/** `mbconv(24) * 3` and `{ … } * 3`, a repetition, are a `*` whose left side is a layer. */
export interface Binary {
  readonly kind: "binary";
  readonly span: Span;
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
}
export interface Unary {
  readonly kind: "unary";
  readonly span: Span;
  readonly op: "-" | "not";
  readonly operand: Expr;
}
/** `0..3`, both ends included. */
export interface Range {
  readonly kind: "range";
  readonly span: Span;
  readonly low: Expr;
  readonly high: Expr;
}
/** A word; `in` and `it` are names too. */
export interface Name {
  readonly kind: "name";
  readonly span: Span;
  readonly name: string;
}
export interface Member {
  readonly kind: "member";
  readonly span: Span;
  readonly object: Expr;
  readonly name: Ident;
}
export interface Index {
  readonly kind: "index";
  readonly span: Span;
  readonly object: Expr;
  readonly index: Expr;
}
/** `f(…)`, `f(…) { … }`, or `f { … }` (then `parens` is false and there are no args). */
export interface Call {
  readonly kind: "call";
  readonly span: Span;
  readonly callee: Expr;
  readonly parens: boolean;
  readonly args: readonly Arg[];
  readonly body: Braces | undefined;
}
export interface Arg {
  readonly span: Span;
  readonly name: Ident | undefined;
  readonly value: Expr;
}
/** `value` is as written, before its unit: `3.5M` is 3.5 with unit `M`, `25%` is 25 with unit `%`. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly span: Span;
  readonly value: number;
  readonly unit: string;
  /** Written without a point or an exponent. */
  readonly integer: boolean;
}
export interface StringLiteral {
  readonly kind: "string";
  readonly span: Span;
  /** Escapes resolved. */
  readonly value: string;
}
export interface BoolLiteral {
  readonly kind: "bool";
  readonly span: Span;
  readonly value: boolean;
}
/** `?`: to be found by the compiler. */
export interface Hole {
  readonly kind: "hole";
  readonly span: Span;
}
export interface List {
  readonly kind: "listliteral";
  readonly span: Span;
  readonly items: readonly Expr[];
}
export interface Paren {
  readonly kind: "paren";
  readonly span: Span;
  readonly inner: Expr;
}
export interface Missing {
  readonly kind: "missing";
  readonly span: Span;
}
