// The queue of orders: choose all of one partner, and see how many are chosen. The form works without it.
for (const all of document.querySelectorAll("[data-check-all]")) {
  const form = all.closest("form");
  const boxes = () => [...form.querySelectorAll("input[name=order_key]")];
  const send = form.querySelector("button:not([type=button])");
  const label = send.textContent;
  const show = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    send.textContent = chosen ? `${label} (${chosen})` : label;
    send.disabled = !chosen;
  };
  all.hidden = false;
  all.addEventListener("click", () => {
    const every = boxes().every((box) => box.checked);
    boxes().forEach((box) => { box.checked = !every; });
    show();
  });
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}
