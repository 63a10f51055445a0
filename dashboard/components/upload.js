// Sends a file from the browser straight to the service: it never passes through the dashboard's memory.

const LARGEST_DIGESTED = 512 * 1024 * 1024;
const MEGABYTE = 1e6;

async function digestOf(file) {
  // Safetensors have no checksum of their own, so that only this notices a file that was damaged on its way.
  if (!crypto.subtle || file.size > LARGEST_DIGESTED) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function send(file, digest, data, progressed) {
  return new Promise((resolve) => {
    const query = new URLSearchParams({ filename: file.name.slice(0, 200) || "checkpoint" });
    if (digest) query.set("sha256", digest);
    const request = new XMLHttpRequest();
    request.open("POST", `${data.url}/v1/checkpoints?${query}`);
    request.setRequestHeader("Authorization", `Bearer ${data.token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => progressed(event.loaded, file.size);
    request.onload = () => {
      try {
        resolve({ ok: request.status === 201, answer: JSON.parse(request.responseText) });
      } catch {
        // None of the service's answers: a proxy gave it.
        const step =
          request.status === 413
            ? "A proxy before the service takes no file of this size: ask whoever runs it to raise its limit."
            : "Try again.";
        resolve({ ok: false, answer: { detail: `The answer was ${request.status}.`, next_step: step } });
      }
    };
    request.onerror = () =>
      resolve({
        ok: false,
        answer: { detail: `${data.url} cannot be reached from this browser.`, next_step: "Check that it runs." },
      });
    request.send(file);
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const input = parentElement.querySelector("input");
  const bar = parentElement.querySelector("progress");
  const status = parentElement.querySelector(".status");
  const zone = parentElement.querySelector(".zone");
  input.disabled = false;

  function say(text, refused = false) {
    status.textContent = text;
    status.classList.toggle("refused", refused);
  }

  // Without this, the browser would leave the page and open the file.
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (input.disabled || !event.dataTransfer?.files.length) return;
    if (event.dataTransfer.files.length > 1) {
      say("One checkpoint at a time: drop a single file.", true);
      return;
    }
    input.files = event.dataTransfer.files;
    take(input.files[0]);
  };
  input.onchange = () => take(input.files[0]);

  async function take(file) {
    if (!file) return;
    input.disabled = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    say("Reading the file …");
    const digest = await digestOf(file);
    const { ok, answer } = await send(file, digest, data, (sent, size) => {
      bar.max = size;
      bar.value = sent;
      say(`${(sent / MEGABYTE).toFixed(0)} of ${(size / MEGABYTE).toFixed(0)} MB sent`);
    });
    bar.hidden = true;
    input.disabled = false;
    if (ok) {
      say(`${answer.filename}: ${(answer.size_bytes / MEGABYTE).toFixed(1)} MB, ${answer.format}, uploaded.`);
      setTriggerValue("taken", { checkpoint_id: answer.checkpoint_id, filename: answer.filename });
    } else {
      say(`${answer.detail ?? ""} ${answer.next_step ?? ""}`.trim(), true);
      input.value = "";
    }
  }
}
