// Passkey forms: data-passkey="create" adds a passkey, "get" uses one as the second step, "login" signs in with one alone.
// The options come as JSON in the page, or for "login" from the form's URL; the result goes into the field "credential".
// The form stays hidden in browsers that don't support passkeys.

const SUPPORTED = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials);

async function fetchOptions(form) {
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`no options: ${response.status}`);
  return (await response.json()).request_options;
}

function readOptions(form) {
  const data = JSON.parse(form.querySelector('script[type="application/json"]').textContent);
  return data.request_options ?? data.creation_options;
}

// Stored on the device and unlocked by its screen lock, a passkey covers both steps of signing in.
function create({ publicKey }) {
  const authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  const options = PublicKeyCredential.parseCreationOptionsFromJSON({ ...publicKey, authenticatorSelection });
  return navigator.credentials.create({ publicKey: options });
}

function get({ publicKey }) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

const PROBLEMS = { InvalidStateError: "exists", SecurityError: "https" };

export function passkey(form) {
  const notice = form.querySelector("[role=alert]");
  const kind = form.dataset.passkey;
  form.hidden = !SUPPORTED;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    notice.hidden = true;
    try {
      const options = kind === "login" ? await fetchOptions(form) : readOptions(form);
      const credential = await (kind === "create" ? create(options) : get(options));
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      notice.textContent = notice.dataset[PROBLEMS[error.name] ?? "other"];
      notice.hidden = false;
    }
  });
}
