// The grid of lines: keyboard, rows pasted from a spreadsheet, undo, and the totals of what is not saved yet.
// Without a script the same form is sent field by field; with it only what changed is sent, as one field.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const UNSET = { billed: "true", remove: "false", line_type: "other" };
const FLAGS = { true: /^(true|yes|1|x|\+|да|истина)$/i, false: /^(false|no|0|-|нет|ложь|)$/i };

const grid = one("table[data-grid]"), form = grid.closest("form"), body = one("tbody", grid), totals = one("#totals");
const was = JSON.parse(form.elements.was.value);
const words = Object.fromEntries(all("[data-texts] > *").map((each) => [each.dataset.text, each.textContent]));
const heads = all("thead [data-names]", grid), columns = heads.map((each) => each.dataset.col);

const fill = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (...texts) => { one("#grid-says").textContent = texts.join(" "); };
const rows = () => [...body.rows];
const tdOf = (row, col) => one(`[data-col="${col}"]`, row);
const cellOf = (row, col) => one(`[data-col="${col}"] [data-cell]`, row);
const cellsOf = (row) => all("[data-cell]", row);
const colOf = (cell) => cell.closest("[data-col]").dataset.col;
const text = (value) => value.replaceAll("\r\n", "\n").trim();
const valueOf = (cell) => (cell.type === "checkbox" ? String(cell.checked) : text(cell.value));
const isChanged = (cell) => valueOf(cell) !== text(was[cell.name] ?? UNSET[colOf(cell)] ?? "");
const isRemoved = (row) => row.hasAttribute("data-removed");
const isBlank = (row) => !row.dataset.line && !cellsOf(row).some((cell) => isChanged(cell) && !(colOf(cell) in UNSET));

// Rows

let made = 0;
function newRow() {
  const row = one("#grid-row").content.firstElementChild.cloneNode(true), key = `n${++made}`;
  if (one(`[data-new="${key}"]`, body)) return newRow();
  row.dataset.new = key;
  for (const each of all("[name]", row)) for (const name of ["name", "id"]) each[name] = each[name].replace("KEY", key);
  return row;
}

function tidy() {
  if (!body.rows.length || !isBlank(rows().at(-1))) body.append(newRow());
}

function mark(cell) {
  const changed = isChanged(cell), row = cell.closest("tr");
  cell.toggleAttribute("data-changed", changed);
  if (!cell.ariaInvalid) cell.title = changed && cell.name in was ? fill("was", { value: was[cell.name] }) : "";
  if (colOf(cell) === "remove") row.toggleAttribute("data-removed", cell.checked);
}

// Undo: a step is a list of functions. Each of them undoes a part, and returns what does it again.

let past = [], future = [];
let held = null; // the cell that has the focus, with the value that it had then

function put(cell, value) {
  const old = valueOf(cell);
  if (old === value) return null;
  if (cell.type === "checkbox") cell.checked = value === "true"; else cell.value = value;
  if (held?.cell === cell) held.value = valueOf(cell);
  mark(cell);
  return () => put(cell, old);
}

function place(row, next) {
  const before = row.isConnected ? row.nextSibling : undefined;
  if (next === undefined) row.remove(); else body.insertBefore(row, next);
  return () => place(row, before);
}

function did(...steps) {
  const group = steps.filter(Boolean);
  if (!group.length) return;
  past.push(group);
  future = [];
  touched();
}

function settle() {
  if (!held) return;
  const { cell, value } = held;
  held.value = valueOf(cell);
  if (held.value !== value) did(() => put(cell, value));
}

function turn(from, to, said) {
  const group = from.pop();
  if (!group) { say(words.nothing); return; }
  to.push(group.reverse().map((back) => back()).filter(Boolean));
  touched();
  say(said);
}

// What the form sends

function changes() {
  const found = [], ids = [];
  let before;
  for (const row of rows().reverse()) {
    const id = row.dataset.line;
    const given = Object.fromEntries(cellsOf(row).filter(isChanged).map((cell) => [colOf(cell), valueOf(cell)]));
    if (id) ids.unshift(id);
    if (id && isRemoved(row)) { found.unshift({ op: "remove", id }); continue; }
    if (id && Object.keys(given).length) found.unshift({ op: "change", id, ...given });
    if (!isBlank(row) && !id) found.unshift({ op: "add", key: row.dataset.new, before, ...given });
    before = id ?? before;
  }
  if (ids.join(" ") !== was["lines.order"]) found.unshift({ op: "order", ids });
  return found;
}

form.addEventListener("formdata", ({ formData }) => {
  for (const name of new Set(formData.keys())) if (/^(line|new)\./.test(name)) formData.delete(name);
  formData.set("line_changes", JSON.stringify(changes()));
});

// Totals

let timer, asked;

function touched() {
  form.dataset.dirty = "1";
  form.dispatchEvent(new Event("typed"));
  tidy();
  clearTimeout(timer);
  timer = setTimeout(ask, 400);
}

function askNote(asks) {
  const field = one("#note-field");
  if (field) field.hidden = !asks && !form.elements.note.value;
}

async function ask() {
  asked?.abort();
  const { signal } = asked = new AbortController();
  const data = new FormData(form);
  for (const name of ["was", "key", "note"]) data.delete(name);
  let answer = "";
  try {
    answer = await (await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(data), signal })).text();
  } catch {
    if (signal.aborted) return;
  }
  const found = one("[data-totals]", new DOMParser().parseFromString(answer, "text/html"));
  if (found) show(found); else say(words.lost);
}

function show(found) {
  totals.replaceChildren(found);
  askNote(found.dataset.asksNote === "true");
  for (const cell of all("[aria-invalid]", grid)) { cell.ariaInvalid = null; mark(cell); }
  for (const each of all("[data-cell-error]", found)) {
    const cell = one(`[data-cell][name="${each.dataset.cellError}"]`, grid);
    if (cell) { cell.ariaInvalid = "true"; cell.title = each.textContent; }
  }
  for (const row of rows()) {
    const total = tdOf(row, "line_total"), key = row.dataset.line ? `line.${row.dataset.line}` : `new.${row.dataset.new}`;
    const first = total.dataset.first ??= total.innerHTML, fresh = one(`[data-row="${key}"]`, found)?.innerHTML ?? first;
    total.innerHTML = fresh;
    total.toggleAttribute("data-changed", fresh !== first);
  }
}

// Keyboard

function go(row, col, by) {
  do row = by > 0 ? row.nextElementSibling : row.previousElementSibling; while (row && (isRemoved(row) || !cellOf(row, col)));
  const cell = row && cellOf(row, col);
  cell?.focus();
  cell?.select?.();
  return cell;
}

function copy(row, cell) {
  const fresh = newRow();
  for (const each of cellsOf(fresh)) {
    const source = cellOf(row, colOf(each));
    put(each, read(each, source ? valueOf(source) : text(tdOf(row, colOf(each)).textContent)) ?? valueOf(each));
  }
  did(place(fresh, row.nextSibling));
  (cellOf(fresh, colOf(cell)) ?? cellOf(fresh, "description")).focus();
}

function remove(row, cell) {
  const box = cellOf(row, "remove"), back = box?.checked;
  if (!box && isBlank(row)) return;
  if (!back) go(row, colOf(cell), 1) ?? go(row, colOf(cell), -1);
  did(box ? put(box, String(!back)) : place(row));
}

function move(row, cell, by) {
  const other = by > 0 ? row.nextElementSibling : row.previousElementSibling;
  if (!other || isBlank(row) || isBlank(other)) return;
  did(place(row, by > 0 ? other.nextSibling : other));
  cell.focus();
}

grid.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-cell]");
  if (!cell || event.isComposing) return;
  const row = cell.closest("tr"), by = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key], { code, shiftKey } = event;
  let act;
  if (event.altKey) act = by && code !== "Enter" && (() => move(row, cell, by));
  else if (event.ctrlKey || event.metaKey) act = {
    KeyD: () => copy(row, cell), Backspace: () => remove(row, cell), KeyY: () => turn(future, past, words.redone),
    KeyZ: () => (shiftKey ? turn(future, past, words.redone) : turn(past, future, words.undone)),
  }[code];
  else if (event.key === "Enter") act = (!shiftKey && (() => go(row, colOf(cell), 1))) || (cell.type !== "textarea" && (() => {}));
  else if (by && !shiftKey && cell.type !== "select-one" && !cell.value.includes("\n")) act = () => go(row, colOf(cell), by);
  if (!act) return;
  event.preventDefault();
  settle();
  act();
});

grid.addEventListener("focusin", ({ target }) => { if (target.matches("[data-cell]")) held = { cell: target, value: valueOf(target) }; });
grid.addEventListener("focusout", () => { settle(); held = null; });
grid.addEventListener("change", settle);
form.addEventListener("input", ({ target }) => { if (target.matches("[data-cell]")) mark(target); if (target.name !== "note") touched(); });

// Rows of a spreadsheet: cells between tabs; one with a tab, a line break or a quote stands between quotes.

function table(given) {
  const found = [[""]];
  let quoted = false;
  for (let n = 0; n < given.length; n++) {
    const letter = given[n], line = found.at(-1), last = line.length - 1;
    if (quoted && letter === '"' && given[n + 1] === '"') line[last] += given[n++];
    else if (letter === '"' && (quoted || line[last] === "")) quoted = !quoted;
    else if (letter === "\t" && !quoted) line.push("");
    else if (letter === "\n" && !quoted) found.push([""]);
    else line[last] += letter;
  }
  const lines = found.map((line) => line.map((each) => each.trim()));
  while (lines.length > 1 && !lines.at(-1).some(Boolean)) lines.pop();
  return lines;
}

// The columns that a first row of headings names; null if it is none. Throws a message if some are not known.
function headings(cells) {
  const cols = cells.map((each) => {
    const name = each.toLowerCase().replace(/[,.:].*$/, "").trim();
    return /^[#№]?$/.test(name) ? "" : heads.find(({ dataset }) => dataset.names.split("|").includes(name))?.dataset.col;
  });
  const known = cols.filter(Boolean);
  if (known.length < 2) return null;
  const values = cells.filter((_, n) => cols[n] === undefined).join(", ");
  if (values) throw fill("heading", { values, known: heads.map((each) => each.textContent).join(", ") });
  if (new Set(known).size < known.length) throw words.twice;
  return cols;
}

// The value that a cell takes from a text; undefined if the column has no such choice.
function read(cell, given) {
  if (cell.type === "checkbox") return ["true", "false"].find((flag) => FLAGS[flag].test(given));
  if (cell.type !== "select-one") return given;
  return [...cell.options].find((each) => [each.value, each.text.toLowerCase()].includes(given.toLowerCase() || "other"))?.value;
}

function paste(cell, lines) {
  const named = headings(lines[0]), given = named ? lines.slice(1) : lines;
  const cols = named ?? columns.slice(columns.indexOf(colOf(cell)));
  const wide = Math.max(...given.map((line) => line.length)), steps = [], unknown = new Set();
  if (wide > cols.length) throw fill("wide", { given: wide, room: cols.length });
  let row = cell.closest("tr"), cells = 0, sums = false;
  for (const line of given) {
    while (row && isRemoved(row)) row = row.nextElementSibling;
    if (!row) { row = newRow(); steps.push(place(row, null)); }
    for (const [n, value] of line.entries()) {
      const col = cols[n], target = col && cellOf(row, col), taken = target && read(target, value);
      if (target && taken === undefined) unknown.add(value);
      else if (target) steps.push(put(target, taken));
      else if (col === "line_total") sums ||= value !== "";
      else if (col && value && value !== text(tdOf(row, col).textContent)) cells++;
    }
    row = row.nextElementSibling;
  }
  did(...steps);
  say(fill("pasted", { rows: given.length }), cells ? fill("kept", { cells }) : "", sums ? words.total : "",
    unknown.size ? fill("unknown", { values: [...unknown].join(", ") }) : "");
}

grid.addEventListener("paste", (event) => {
  const cell = event.target.closest("[data-cell]"), given = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
  if (!cell || !/[\t\n]./s.test(given)) return;
  event.preventDefault();
  settle();
  try { paste(cell, table(given)); } catch (refusal) { if (typeof refusal !== "string") throw refusal; say(refusal); }
});

// Begin

for (const row of rows()) if (isBlank(row)) row.remove();
for (const each of all("[data-cell]", grid)) { mark(each); if (colOf(each) === "remove") each.tabIndex = -1; }
for (const each of all("[data-grid-only]")) each.hidden = false;
one("[data-help-grid]").addEventListener("click", () => one("#grid-help").showModal());
askNote(false);
if (changes().length) touched(); else tidy();
