// The generator keeps what was typed with each page of the browser's history, so that reload and Back show it again.
// Nothing leaves the browser for that. Without a script the same steps are plain forms.

const form = document.querySelector("form[data-generator]");
const isFresh = form.dataset.generator === "fresh"; // the server has answered an address, which does not say what was typed
const entries = () => [...new FormData(form)].filter(([, value]) => typeof value === "string");
const keep = () => history.replaceState({ typed: entries() }, "", form.dataset.back);

function restore(typed) {
  const again = document.createElement("form");
  again.method = "post";
  again.action = form.dataset.back;
  for (const [name, value] of typed) {
    const field = document.createElement("input");
    field.type = "hidden";
    [field.name, field.value] = [name, value];
    again.append(field);
  }
  document.body.append(again);
  document.querySelector("#main").hidden = true;
  again.submit(); // before the page has loaded, so this takes its place in the history
}

if (isFresh && history.state?.typed) {
  restore(history.state.typed);
} else {
  // An answer to a form gets its address, so that a reload asks for the address and not for sending the form again.
  keep();
  let timer;
  for (const name of ["input", "change", "typed"]) form.addEventListener(name, () => { clearTimeout(timer); timer = setTimeout(keep, 150); });
  form.addEventListener("submit", keep, { capture: true });
  const sheet = document.querySelector("form[data-sheet]");
  if (sheet) {
    sheet.querySelector("button").hidden = true;
    sheet.submit();
  }
}
