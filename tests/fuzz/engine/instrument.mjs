// Puts counters into a module, so that a fuzzer sees which branches an input took and how often, and
// what was compared with what. Positions come from a parser; the text between stays as it is.

import { parseSync } from 'vite';

/** Comparisons by the name of what notes them; see `feedback.ts`. */
const COMPARISONS = {
  '===': 'same',
  '!==': 'differs',
  '<': 'below',
  '>': 'above',
  '<=': 'atMost',
  '>=': 'atLeast',
};
const WORD_LENGTH_MAX = 32;
const NUMBER_MIN = 256;

/** The module's text with counters from `first` on, and the number after the last of them. */
export function instrument(code, file, first) {
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
  const edits = new Edits();
  const counters = new Counters(edits, first);
  visit(program, counters, false);
  const words = JSON.stringify([...counters.words]);
  const head =
    'const { counters: __n, same: __same, differs: __differs, below: __below, above: __above, ' +
    'atMost: __atMost, atLeast: __atLeast } = globalThis.__pagelendFuzz;' +
    `globalThis.__pagelendFuzz.use(${counters.next}, ${words});`;
  // On the first line, so that lines in stack traces stay right.
  return { code: `${head}${edits.applied(code)}`, next: counters.next };
}

/** Changes of a text, by position; inner ends come before outer ones, outer starts before inner. */
class Edits {
  #edits = [];

  open(at, text) {
    this.#edits.push({ from: at, to: at, text, rank: 2 });
  }

  close(at, text) {
    this.#edits.push({ from: at, to: at, text, rank: 1 });
  }

  replace(from, to, text) {
    this.#edits.push({ from, to, text, rank: 2 });
  }

  applied(code) {
    let at = 0;
    let result = '';
    for (const { from, to, text } of this.#edits.sort(
      (a, b) => a.from - b.from || a.rank - b.rank,
    )) {
      result += code.slice(at, from) + text;
      at = to;
    }
    return result + code.slice(at);
  }
}

class Counters {
  words = new Set();
  constructor(edits, first) {
    this.edits = edits;
    this.next = first;
  }

  count() {
    return `__n[${this.next++}]++`;
  }

  /** A statement that is alone where a block could be. */
  statement(node) {
    if (node.type === 'BlockStatement') {
      this.edits.open(node.start + 1, `${this.count()};`);
      return () => {};
    }
    this.edits.open(node.start, `{${this.count()};`);
    return () => this.edits.close(node.end, '}');
  }

  expression(node) {
    this.edits.open(node.start, `(${this.count()},`);
    return () => this.edits.close(node.end, ')');
  }
}

/** Walks a node; `isLoopTest` is what a loop turns on, whose comparisons say little. */
function visit(node, counters, isLoopTest) {
  const ends = [];
  const around = (part, kind) => part && ends.push([part, counters[kind](part)]);
  const { edits } = counters;
  let closing = '';
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      if (node.body !== null) around(node.body, 'statement');
      break;
    case 'ArrowFunctionExpression':
      if (node.body.type === 'BlockStatement') around(node.body, 'statement');
      break;
    case 'IfStatement':
      around(node.consequent, 'statement');
      if (node.alternate && node.alternate.type !== 'IfStatement')
        around(node.alternate, 'statement');
      if (!node.alternate) closing = `else{${counters.count()}}`;
      break;
    case 'ForStatement':
    case 'ForOfStatement':
    case 'ForInStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      around(node.body, 'statement');
      break;
    case 'CatchClause':
      around(node.body, 'statement');
      break;
    case 'SwitchCase':
      if (node.consequent.length > 0) edits.open(node.consequent[0].start, `${counters.count()};`);
      break;
    case 'ConditionalExpression':
      around(node.consequent, 'expression');
      around(node.alternate, 'expression');
      break;
    case 'LogicalExpression':
      around(node.right, 'expression');
      break;
    case 'BinaryExpression':
      if (!isLoopTest && isTelling(node)) {
        edits.open(node.start, `__${COMPARISONS[node.operator]}(`);
        edits.replace(node.left.end, node.right.start, ',');
        closing = ')';
      }
      break;
    case 'Literal':
      noteLiteral(node.value, counters.words);
      break;
  }
  for (const [key, child] of Object.entries(node)) {
    const isTest = key === 'test' && /^(For|While|DoWhile)/.test(node.type);
    for (const part of Array.isArray(child) ? child : [child]) {
      if (typeof part?.type !== 'string') continue;
      visit(part, counters, isTest);
      const at = ends.findIndex(([wrapped]) => wrapped === part);
      if (at >= 0) ends[at][1]();
    }
  }
  if (closing !== '') edits.close(node.end, closing);
}

function isTelling({ operator, left, right }) {
  const isPlain = ({ type, value, operator }) =>
    operator === 'typeof' || (type === 'Literal' && (value === null || typeof value === 'boolean'));
  return COMPARISONS[operator] !== undefined && !isPlain(left) && !isPlain(right);
}

/** Numbers and words that the code knows are worth trying in an input. */
function noteLiteral(value, words) {
  if (typeof value === 'string' && value.length > 1 && value.length <= WORD_LENGTH_MAX) {
    if (!value.includes('/')) words.add(value);
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= NUMBER_MIN) {
    words.add(value);
  }
}
