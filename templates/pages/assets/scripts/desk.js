// What the desk does beyond plain pages: shortcuts, dialogs, one submit a form, warnings about unsaved changes.
// Everything works without it.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const KEYS_OFF = "desk-keys-off";

// A form is sent once; its button says what happens, and after three seconds that it goes on.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.submitter?.formTarget) return; // a preview in a frame is no sending
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  form.dataset.dirty = "";
  const button = event.submitter;
  if (button && form.dataset.once) {
    setTimeout(() => { button.disabled = true; button.textContent = form.dataset.once; });
    setTimeout(() => one(".busy", form)?.setAttribute("data-on", ""), 3000);
  }
});
// A form that was kept while a session had ended is sent as soon as the person has signed in again.
const kept = one("form[data-send-now]");
if (kept) kept.requestSubmit();
// A page that comes back from the history may be sent again: its key makes that harmless.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Unsaved changes.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) form.dataset.dirty = "1";
});
window.addEventListener("beforeunload", (event) => {
  if (one('form[data-guard][data-dirty="1"]')) event.preventDefault();
});

// Forms of commands open in a dialog when the page has one; without a script they are pages.
document.addEventListener("click", (event) => {
  const help = event.target.closest("[data-help]");
  if (help) { help.closest("details")?.removeAttribute("open"); one("#help").showModal(); return; }
  if (event.target.closest('a[aria-disabled="true"]')) { event.preventDefault(); return; }
  const link = event.target.closest("a[data-command]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const dialog = one("#command-dialog");
  if (!dialog || !window.htmx) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  htmx.ajax("GET", link.getAttribute("href"), { target: "#command-body", select: "#command", swap: "innerHTML" })
    .then(() => {
      if (!one("#command", dialog)) { location.assign(link.href); return; }
      dialog.showModal();
      (one("input:not([type=hidden]), textarea, select", dialog) ?? one("button", dialog))?.focus();
    });
});
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  const dialog = close?.closest("dialog");
  if (dialog) { event.preventDefault(); dialog.close(); }
  if (event.target.closest("[data-print]")) window.print();
});

// Menus close when something else is used.
document.addEventListener("click", (event) => {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.removeAttribute("open");
});

// Focus goes to the message after an error.
one("[data-focus]")?.focus();

// Rows
let current = -1;
function mark(step) {
  const rows = all("table[data-rows] tbody tr");
  if (!rows.length) return;
  current = Math.max(0, Math.min(rows.length - 1, current + step));
  rows.forEach((row, n) => row.toggleAttribute("data-current", n === current));
  const link = one("a[href]", rows[current]);
  link?.focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
}

// The row that one came back to is the current one.
const cameBack = location.hash.startsWith("#row-") ? document.getElementById(location.hash.slice(1)) : null;
current = all("table[data-rows] tbody tr").indexOf(cameBack);
if (cameBack) mark(0);

// Marked rows: how many there are, all of the page at once, and `x` for the current row.
const marks = (form) => all('input[name="id"]', form);
function countMarks(form) {
  const marked = marks(form).filter((mark) => mark.checked).length;
  one("[data-marked]", form).textContent = marked;
  const whole = one("[data-mark-all]", form);
  whole.checked = marked > 0 && marked === marks(form).length;
  whole.indeterminate = marked > 0 && !whole.checked;
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-mark-all]")) for (const mark of marks(form)) mark.checked = event.target.checked;
  countMarks(form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("[data-selection]")) setTimeout(() => countMarks(event.target));
});

// Shortcuts. Letters are read by their place on the keyboard, so that they work in Russian layouts as well.
let afterG = 0;
document.addEventListener("keydown", (event) => {
  const open = one("dialog[open]");
  if (event.ctrlKey && event.code === "KeyS") {
    const form = one("form[data-save]");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.ctrlKey && event.code === "Enter") {
    const form = event.target.closest?.("form") ?? (open && one("form", open));
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.key === "Escape") {
    const menu = one("details.menu[open]");
    if (menu) { menu.removeAttribute("open"); one("summary", menu).focus(); } else if (!open) one("[data-selection]")?.reset();
    return;
  }
  const typing = event.target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  if (typing || open || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(KEYS_OFF)) return;
  if (event.key === "?") { event.preventDefault(); one("#help")?.showModal(); return; }
  if (event.key === "/" || (event.code === "Slash" && !event.shiftKey)) {
    event.preventDefault(); one("[data-search]")?.focus(); return;
  }
  if (event.shiftKey) return;
  const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
  if (Date.now() - afterG < 1500) {
    afterG = 0;
    const entry = one(`a[data-go="${letter}"]`);
    if (letter && entry) { event.preventDefault(); entry.click(); }
    return;
  }
  if (letter === "g") { afterG = Date.now(); return; }
  if (letter === "j") { event.preventDefault(); mark(1); return; }
  if (letter === "k") { event.preventDefault(); mark(-1); return; }
  const row = letter === "x" && one("tr[data-current] input[name=\"id\"]");
  if (row) { event.preventDefault(); row.click(); return; }
  const shortcut = letter && (one(`main [data-key="${letter}"]`) ?? one(`[data-key="${letter}"]`));
  if (shortcut) { event.preventDefault(); shortcut.click(); return; }
  const bracket = { BracketLeft: "prev", BracketRight: "next" }[event.code];
  if (bracket) one(`a[rel="${bracket}"]`, one(".neighbours") ?? document)?.click();
});
const keysOff = one("[data-keys-off]");
if (keysOff) {
  keysOff.checked = Boolean(localStorage.getItem(KEYS_OFF));
  keysOff.addEventListener("change", () => {
    if (keysOff.checked) localStorage.setItem(KEYS_OFF, "1"); else localStorage.removeItem(KEYS_OFF);
  });
}

// Filters that are empty do not stand in the address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-lean], .search")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// During an outage that stops commands of invoices and bills, their links say so; forms that are open keep what is typed.
function markStopped() {
  const stopped = one("#outages")?.hasAttribute("data-stops-commands");
  for (const link of all('a[data-command][href^="/invoices/"], [data-needs-temporal]')) {
    if (stopped) link.setAttribute("aria-disabled", "true"); else link.removeAttribute("aria-disabled");
  }
}
markStopped();
document.addEventListener("htmx:afterSettle", markStopped);
// An answer that a part of the page did not get is a reason to look at once what does not answer.
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 503 && event.target.id !== "outages") htmx.trigger("#outages", "check");
  const ended = status === 401 && one("#session-ended");
  if (ended) { ended.setAttribute("role", "alert"); ended.hidden = false; }
});
