// The upload of bills: files can be dropped, several at once, and each shows how much of it is sent.
// Without it the form sends one file and the browser waits for the answer.

const form = document.querySelector("form[data-upload]");
const input = form?.querySelector("input[type=file]");
const drop = form?.querySelector("[data-drop]");
const list = document.querySelector("[data-uploads]");

if (form && input && drop && list) {
  input.multiple = true;
  drop.querySelector("[data-drop-text]").hidden = false;
  const over = (event) => { event.preventDefault(); drop.dataset.over = "1"; };
  const out = () => delete drop.dataset.over;
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, over);
  drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) out(); });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    out();
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; send(); }
  });
  // A file that misses the place does not replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (input.files.length) send();
  });
}

async function send() {
  const files = [...input.files];
  const hints = new FormData(form);
  hints.delete("file");
  input.value = "";
  const rows = files.map((file) => row(file.name));
  let last = null;
  for (const [n, file] of files.entries()) last = await sendOne(file, hints, rows[n]);
  if (files.length === 1 && last) location.assign(last);
}

function row(name) {
  const item = document.createElement("li");
  const bar = document.createElement("progress");
  const title = document.createElement("strong");
  const state = document.createElement("span");
  title.textContent = name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  state.textContent = list.dataset.waiting;
  item.append(title, bar, state);
  list.append(item);
  return { item, bar, state };
}

// Answers the address of the file's page, or null when the file was refused.
function sendOne(file, hints, { item, bar, state }) {
  return new Promise((resolve) => {
    const body = new FormData();
    for (const [name, value] of hints) body.append(name, value);
    body.append("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
      state.textContent = event.loaded < event.total ? list.dataset.sending : list.dataset.checking;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      const isDone = request.status >= 200 && request.status < 300;
      item.dataset.state = isDone ? "done" : "failed";
      if (isDone) {
        const link = document.createElement("a");
        link.href = new URL(request.responseURL).pathname + new URL(request.responseURL).search;
        link.textContent = list.dataset.done;
        state.replaceChildren(link);
        resolve(link.href);
        return;
      }
      state.textContent = why(request.responseText) || list.dataset.failed;
      resolve(null);
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(body);
  });
}

function why(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const wrong = page.querySelector("#h-file .wrong") ?? page.querySelector("[role=alert]");
  return wrong?.textContent.trim().replace(/\s+/g, " ");
}
