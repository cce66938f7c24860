// The first rows of a CSV, read for showing (RFC 4180, but for the delimiter).

/** {header, rows} of the first `most` rows in the beginning of a file. */
export function parseHead(text, delimiter, most) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length && rows.length <= most; i += 1) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[(i += 1)];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === delimiter) {
      row.push(cell);
      cell = "";
    } else if (char === "\n") {
      rows.push([...row, cell.replace(/\r$/, "")]);
      row = [];
      cell = "";
    } else cell += char;
  }
  const [header = [], ...body] = rows;
  if (header.length) header[0] = header[0].replace(/^\uFEFF/, "");
  return { header, rows: body.slice(0, most) };
}
