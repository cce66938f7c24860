// An example row of a model, as data and as source code.

const MOST_CELLS = 5;

/** A row of the training data, as far as it fits into an example: the columns that must be there, and the most important. */
export function exampleRow(model) {
  const rank = new Map(model.importance.map(({ feature }, index) => [feature, index]));
  const ordered = [...model.features].sort((a, b) => (rank.get(a.name) ?? 1e9) - (rank.get(b.name) ?? 1e9));
  const needed = ordered.filter(({ required }) => required);
  const shown = [...needed, ...ordered.filter(({ required }) => !required)].slice(0, Math.max(MOST_CELLS, needed.length));
  return Object.fromEntries(shown.map(({ name, type, typical }) => {
    const cell = model.example?.[name] ?? (model.example ? null : (typical ?? null));
    return [name, type === "number" && typeof cell === "string" && String(Number(cell)) === cell ? Number(cell) : cell];
  }));
}

export const quoted = (text) => JSON.stringify(text);

function literal(value) {
  if (value === null) return "None";
  return typeof value === "number" ? String(value) : quoted(String(value));
}

/** `row = {…}` in Python. */
export function pythonRow(row) {
  return `row = {\n${Object.entries(row).map(([name, value]) => `    ${quoted(name)}: ${literal(value)},`).join("\n")}\n}`;
}

/** A JSON body within single quotes of a shell. */
export const shellJson = (body) => `'${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
