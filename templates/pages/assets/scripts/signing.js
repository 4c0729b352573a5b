// Signs acts with E-IMZO, which listens on this machine and answers one message for each connection.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const CONNECT = 5000, ANSWER = 30000, PASSWORD = 300000;
const root = one("[data-signing]");
const words = Object.fromEntries(all("[data-texts] > *").map((each) => [each.dataset.text, each.textContent]));
const fill = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (text) => { one("#signing-says").textContent = text; };
// A page over https may not reach an address without TLS, so the addresses of its own kind come first.
const plain = location.protocol === "http:" ? "ws:" : "wss:";
let addresses = root.dataset.addresses.split(" ").sort((a, b) => b.startsWith(plain) - a.startsWith(plain));
let files = [];

class NotRunning extends Error {}
class Refused extends Error {}

function exchange(address, message, patience) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    let timer = setTimeout(() => { reject(new NotRunning()); socket.close(); }, CONNECT);
    socket.onopen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => { reject(new NotRunning()); socket.close(); }, patience);
      socket.send(JSON.stringify(message));
    };
    socket.onmessage = ({ data }) => {
      try { resolve(JSON.parse(data)); } catch { reject(new NotRunning()); }
      socket.close();
    };
    socket.onclose = socket.onerror = () => { clearTimeout(timer); reject(new NotRunning()); };
  });
}

async function call(name, args, patience = ANSWER, plugin = undefined) {
  for (const address of addresses) {
    let answer;
    try { answer = await exchange(address, { plugin, name, arguments: args }, patience); } catch { continue; }
    addresses = [address]; // the key is loaded at this one
    if (!answer?.success) throw new Refused(answer?.reason ?? "?");
    return answer;
  }
  throw new NotRunning();
}

// What the server answers; an Error with its words when it refuses.
async function ask(path, fields) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields) });
  } catch {
    throw new Error(words.lost);
  }
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error?.message ?? words.lost);
  return found;
}

function problem(error) {
  const text = error instanceof NotRunning ? words.not_running : error instanceof Refused ? fill("refused", { reason: error.message }) : error.message;
  const panel = document.createElement("p");
  panel.className = "panel danger";
  panel.role = "alert";
  panel.textContent = text;
  return panel;
}

// Keys

async function find() {
  const box = one("#certificates"), button = one("[data-find]");
  button.disabled = true;
  box.textContent = words.waits;
  try {
    await call("apikey", root.dataset.keys.split(" "));
    files = (await call("list_all_certificates", undefined, ANSWER, "pfx")).certificates ?? [];
    const aliases = JSON.stringify(files.map((each) => each.alias));
    const answer = await fetch("/signing/certificates", { method: "POST", body: new URLSearchParams({ aliases }) });
    const found = one("[data-certificates]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    box.replaceChildren(found ?? problem(new Error(words.lost)));
  } catch (error) {
    box.replaceChildren(problem(error));
  }
  button.disabled = false;
  offer();
}

// Acts

const chosenFile = () => files[one("input[name=certificate]:checked")?.value];
const open = () => all("[data-choose]").filter((each) => !each.closest("tr").dataset.done);
const chosen = () => open().filter((each) => each.checked).map((each) => each.closest("tr"));

function offer() {
  const count = chosen().length;
  one("[data-count]").textContent = count || "";
  one("[data-sign]").disabled = !count || !chosenFile();
  one("[data-all]").checked = count > 0 && count === open().length;
}

function answer(row, text, look) {
  const pill = document.createElement("span");
  pill.className = look ? `answer ${look}` : "answer";
  pill.textContent = text;
  one("[data-answer]", row).replaceChildren(pill);
}

async function signOne(row, file, key) {
  const action = row.dataset.action, path = `/signing/${row.dataset.act}`;
  const given = await ask(`${path}/document`, { alias: file.alias, action });
  const made = await call("create_pkcs7", [given.content, key, "no"], PASSWORD, "pkcs7");
  return ask(path, { sha256: given.sha256, pkcs7: made.pkcs7_64, signature_hex: made.signature_hex, action });
}

async function sign() {
  const rows = chosen(), file = chosenFile();
  const controls = [...all("[data-choose]"), ...all("[data-all], [data-sign], [data-find]")];
  for (const each of controls) each.disabled = true;
  let done = 0;
  try {
    say(words.key);
    const { keyId } = await call("load_key", [file.disk, file.path, file.name, file.alias], PASSWORD, "pfx");
    for (const row of rows) {
      answer(row, words.signs);
      try {
        const result = await signOne(row, file, keyId);
        answer(row, result.text, result.look);
        if (result.state !== "failed") { row.dataset.done = "1"; done++; }
      } catch (error) {
        if (error instanceof NotRunning) { answer(row, words.stopped, "failed"); break; }
        answer(row, error instanceof Refused ? fill("refused", { reason: error.message }) : error.message, "failed");
      }
    }
    say(fill("done", { done, all: rows.length }));
  } catch (error) {
    say(error instanceof Refused ? fill("refused", { reason: error.message }) : words.not_running);
  }
  for (const each of controls) each.disabled = Boolean(each.closest("tr")?.dataset.done);
  for (const row of all("tr[data-done]")) one("[data-choose]", row).checked = false;
  offer();
}

one("[data-find]").addEventListener("click", find);
one("[data-sign]").addEventListener("click", sign);
root.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) for (const each of open()) each.checked = target.checked;
  offer();
});
one("[data-no-script]").remove();
for (const each of all("[data-choose], [data-all], [data-find]")) each.disabled = false;
