// The preview beside the HTML of a document: it follows what is typed. Without a script the button shows it.

const one = (selector, within = document) => within.querySelector(selector);
const form = one("[data-html-form]"), area = form.elements.html, box = one("[data-sheet-box]");
const button = one("[data-preview-button]");
let timer, asked, frames = 0;

// A new frame takes each page, because a page in an old one would be a step of Back. The old one stays until it is there.
function show() {
  const fresh = one("iframe", box).cloneNode();
  fresh.removeAttribute("src");
  fresh.name = button.formTarget = `html-preview-${++frames}`;
  box.append(fresh); // which loads an empty page at once; the next load is that of the preview
  fresh.addEventListener("load", () => { while (fresh.previousElementSibling) fresh.previousElementSibling.remove(); }, { once: true });
  form.requestSubmit(button);
}

async function check() {
  asked?.abort();
  const { signal } = asked = new AbortController();
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams({ html: area.value }), signal });
    const found = one("[data-objections]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (found) one("#objections").replaceChildren(found);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

area.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => { show(); check(); }, 700);
});
if (area.value.trim()) show();
