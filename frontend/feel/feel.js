// FEEL for the server: bundled without any Node or browser API and run in a bare V8 isolate.
// Everything goes in and out as JSON text; nothing but these functions is reachable from outside.
import { FeelDateTime, evaluate, isFunction, isRange, parseDate, parseDateTime, unaryTest } from 'feelin';
import { parser, trackVariables } from 'lezer-feel';

const MAX_ITEMS = 1000;
const builtins = new Map();

// A FEEL name is a function of the language if it resolves with nothing around it.
function isBuiltin(name) {
  if (!builtins.has(name)) {
    const { value } = evaluate(name, {});
    builtins.set(name, typeof value === 'function' || isFunction(value));
  }
  return builtins.get(name);
}

function syntaxTree(text, top) {
  return parser.configure({ top, contextTracker: trackVariables({}) }).parse(text);
}

function children(node) {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function fault(text, tree) {
  let found = null;
  tree.iterate({
    enter(ref) {
      if (found) return false;
      if (ref.type.isError) found = { from: ref.from, to: ref.to };
      // "x == 3" is read as "x = (= 3)", which means something else than anybody intends
      if (ref.name === 'SimplePositiveUnaryTest' && ref.node.parent.name === 'Comparison'
          && ref.node.prevSibling?.name === 'CompareOp') {
        found = { from: ref.node.prevSibling.from, to: ref.to };
      }
      return !found;
    },
  });
  return found && { position: found.from, near: text.slice(found.from, found.to || undefined) };
}

// What an expression takes from outside, and what it reads of it. `bound` leads from each name that
// the expression itself sets to the outer name its value comes from, or to null.
class Names {
  constructor(text) {
    this.text = text;
    this.required = new Set();
    this.optional = new Set();
    this.entries = [];
    this.filters = [];
  }

  nameOf(node) {
    return this.text.slice(node.from, node.to).replace(/\s+/g, ' ').trim();
  }

  // The outer name whose value, or a row of whose value, a part of the expression is.
  origin(node, bound) {
    const inner = children(node);
    switch (node.name) {
      case 'VariableName': {
        const name = this.nameOf(node);
        return bound.has(name) ? bound.get(name) : name;
      }
      case 'FilterExpression':
        return this.origin(inner[0], bound);
      case 'ParenthesizedExpression':
        return this.origin(inner[1], bound);
      case 'IfExpression':
        return this.origin(inner[3], bound) ?? this.origin(inner[5], bound);
      case 'IterationContext':
        return inner.length === 1 ? this.origin(inner[0], bound) : null;
      default:
        return null;
    }
  }

  walk(node, bound, filtering) {
    const visit = this[`in${node.name}`];
    if (visit) visit.call(this, node, bound, filtering);
    else this.walkAll(children(node), bound, filtering);
  }

  walkAll(nodes, bound, filtering) {
    for (const node of nodes) this.walk(node, bound, filtering);
  }

  inVariableName(node, bound, filtering) {
    const name = this.nameOf(node);
    if (!bound.has(name)) (filtering ? this.optional : this.required).add(name);
  }

  inType() {}

  inFunctionInvocation(node, bound, filtering) {
    const [target, ...rest] = children(node);
    const plain = target.name === 'VariableName' && isBuiltin(this.nameOf(target));
    this.walkAll(plain ? rest : [target, ...rest], bound, filtering);
  }

  inPathExpression(node, bound, filtering) {
    const [target, ...rest] = children(node);
    const origin = this.origin(target, bound);
    if (origin) this.entries.push([origin, this.nameOf(rest.at(-1))]);
    this.walkAll([target, ...rest], bound, filtering);
  }

  inFilterExpression(node, bound, filtering) {
    const [target, ...rest] = children(node);
    const origin = this.origin(target, bound);
    this.walk(target, bound, filtering);
    if (origin && rest[1]?.name === 'Comparison') {
      const asked = new Names(this.text);
      asked.walk(rest[1], new Map(), false);
      this.filters.push([origin, [...asked.required]]);
    }
    this.walkAll(rest, new Map([...bound, ['item', origin]]), true);
  }

  inForExpression(node, bound, filtering) {
    this.iterate(node, new Map([...bound, ['partial', null]]), filtering);
  }

  inQuantifiedExpression(node, bound, filtering) {
    this.iterate(node, new Map(bound), filtering);
  }

  iterate(node, bound, filtering) {
    for (const child of children(node)) {
      if (child.name !== 'InExpressions') this.walk(child, bound, filtering);
      else {
        for (const each of children(child)) {
          const [name, ...rest] = children(each);
          this.walkAll(rest, bound, filtering);
          if (name) bound.set(this.nameOf(name), this.origin(rest.at(-1), bound));
        }
      }
    }
  }

  inFunctionDefinition(node, bound, filtering) {
    const inner = new Map(bound);
    for (const child of children(node)) {
      if (child.name === 'FormalParameters') {
        for (const parameter of children(child)) inner.set(this.nameOf(parameter.firstChild), null);
      } else this.walk(child, inner, filtering);
    }
  }

  inContext(node, bound, filtering) {
    const inner = new Map(bound);
    for (const entry of children(node)) {
      if (entry.name !== 'ContextEntry') continue;
      const [key, ...rest] = children(entry);
      this.walkAll(rest, inner, filtering);
      inner.set(this.nameOf(key), this.origin(rest.at(-1), inner));
    }
  }
}

function analyse(text, unary) {
  const tree = syntaxTree(text, unary ? 'UnaryTests' : 'Expression');
  const problem = fault(text, tree);
  const names = new Names(text);
  if (!problem) names.walk(tree.topNode, new Map(), false);
  const { required, optional, entries, filters } = names;
  return { problem, required: [...required], optional: [...optional], entries, filters };
}

class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

function zonedText(moment) {
  const local = moment.unwrap();
  return moment.zone ? local.toZonedDateTime(moment.zone).toString({ timeZoneName: 'never' }) : local.toString();
}

function plain(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Refused('not_a_number');
    return value;
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'function' || isFunction(value) || isRange(value)) throw new Refused('not_a_value');
  if (Array.isArray(value)) {
    if (value.length > MAX_ITEMS) throw new Refused('too_many');
    return value.map(plain);
  }
  if (value instanceof FeelDateTime) return zonedText(value);
  if (typeof value.toJSON === 'function') return value.toJSON();
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

function answer(run, text) {
  try {
    const { value, warnings } = run();
    const result = { value: plain(value) };
    if (result.value === null && warnings.length) {
      const { type, position } = warnings[0];
      result.warning = { type, near: text.slice(position.from, position.to) };
    }
    return result;
  } catch (error) {
    if (error instanceof RangeError) return { code: 'too_deep' };
    return { code: error.code || 'failed' };
  }
}

function surroundings({ now, today }) {
  return { now: () => parseDateTime(now), today: () => parseDate(today) };
}

function batch(json, one) {
  const { items, clock } = JSON.parse(json);
  const fixed = surroundings(clock);
  return JSON.stringify(items.map(item => one(item, { ...fixed, ...item.context })));
}

export function read(json) {
  const { text, unary } = JSON.parse(json);
  return JSON.stringify(analyse(text, unary));
}

export function evaluateAll(json) {
  return batch(json, ({ text }, context) => answer(() => evaluate(text, context), text));
}

export function unaryTests(json) {
  return batch(json, ({ text, value }, context) => answer(
    () => unaryTest(text, { ...context, '?': value }), text));
}

export { isBuiltin };
