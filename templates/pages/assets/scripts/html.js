// The preview beside the HTML of a document: it follows what is typed. Without a script the button shows it.

const one = (selector, within = document) => within.querySelector(selector);
const form = one("[data-html-form]"), area = form.elements.html, box = one("[data-sheet-box]");
let timer, asked;

// A new frame takes each page, because a page in an old one would be a step of Back. The old one stays until it is there.
function show() {
  const old = one("iframe:last-child", box), fresh = old.cloneNode();
  fresh.removeAttribute("src");
  old.removeAttribute("name");
  fresh.addEventListener("load", () => { while (fresh.previousElementSibling) fresh.previousElementSibling.remove(); }, { once: true });
  box.append(fresh);
  form.requestSubmit(one("[data-preview-button]"));
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
