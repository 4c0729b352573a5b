"""The page on which a person signs the browser in, so that the Temporal Web UI can decode payloads.

Its script logs in through `POST /auth/login` and sends the token to `POST /temporal-codec/session`.
"""

import base64
import hashlib

_SCRIPT = """
const form = document.querySelector("form"), message = document.querySelector("output");
const call = (path, options) => fetch(path, {headers: {"Content-Type": "application/json"}, ...options});
const reason = async answer => (await answer.json()).error.message;
form.addEventListener("submit", async event => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const login = await call("../auth/login", {method: "POST", body});
  if (!login.ok) { message.value = await reason(login); return; }
  const {token, expires_at} = (await login.json()).data;
  const session = await call("session", {method: "POST", headers: {Authorization: "Bearer " + token}});
  form.reset();
  message.value = session.ok
    ? "Signed in until " + new Date(expires_at).toLocaleString() + ". Reload the Temporal Web UI."
    : await reason(session);
});
document.querySelector("#out").addEventListener("click", async () => {
  await call("session", {method: "DELETE"});
  message.value = "Signed out.";
});
"""

PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Aktum: Temporal Web UI</title>
<style>body{{font:16px/1.5 sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}}
label{{display:block;margin:.8rem 0}}
input{{display:block;width:100%;padding:.4rem;box-sizing:border-box}}</style></head>
<body>
<h1>Temporal Web UI</h1>
<p>Sign in so that the Web UI can show the encrypted payloads. This needs the role manager or admin.</p>
<form method="post">
<label>User name <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button> <button type="button" id="out">Sign out</button>
</form>
<p><output></output></p>
<script>{_SCRIPT}</script>
</body>
</html>
"""

_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}'; style-src 'unsafe-inline'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
