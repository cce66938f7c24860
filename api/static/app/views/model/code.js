// Downloads of the model, and code that predicts with it: Python, curl, the command line, and without a server.

import { button, linkButton } from "../../components/button.js";
import { codePanel } from "../../code/code-panel.js";
import { panel } from "../../components/page.js";
import { select } from "../../components/field.js";
import { toast } from "../../components/toast.js";
import { h } from "../../dom.js";
import { exampleRow, pythonRow, quoted, shellJson } from "../../code/example-row.js";
import { bytes } from "../../format.js";
import { saveBlob } from "../../download.js";
import { API, get, sleep } from "../../server/http.js";
import { isExplained, memberName } from "../../words.js";

export function codeTab(model, { signal }) {
  return h("div", { class: "stack" }, downloads(model, signal),
    codePanel("Python", "With the client: pip install nobrains-client, and an API key from the account page in NOBRAINS_TOKEN.", python(model)),
    codePanel("curl, or any HTTP client", "With an API key in $NOBRAINS_TOKEN.", curl(model)),
    codePanel("Command line", "Writes a CSV with the predictions added.", `nobrains login --url ${location.origin}\nnobrains predict ${model.id} new.csv -o predicted.csv`),
    model.origin !== "uploaded" && codePanel("Without this server", "The model file needs only the automl package.", `import automl\n\nmodel = automl.load(${quoted(`${model.target}.nb`)})\nmodel.predict(frame)`));
}

function python(model) {
  return `from nobrains_client import Client

client = Client(${quoted(location.origin)})
${pythonRow(exampleRow(model))}
answer = client.predict(${quoted(model.id)}, [row]${isExplained(model) ? ", explain=True" : ""})
print(answer.predictions, answer.${model.classes ? "probabilities" : isExplained(model) ? "explanations" : "warnings"})

client.predict(${quoted(model.id)}, "new.csv", output="predicted.csv")`;
}

function curl(model) {
  return `curl ${location.origin}${API}/models/${model.id}/predict \\
  -H "Authorization: Bearer $NOBRAINS_TOKEN" -H "Content-Type: application/json" \\
  -d ${shellJson({ instances: [exampleRow(model)], explain: isExplained(model) })}`;
}

function downloads(model, signal) {
  const path = `/models/${encodeURIComponent(model.id)}`;
  const members = model.leaderboard.filter(({ weight }) => weight > 0);
  const which = select([["", "Ensemble"], ...members.map(({ name }) => [name, memberName(name)])], { "aria-label": "Which model" });
  const onnx = button("ONNX", { icon: "download", run: () => saveOnnx(model, which.value, signal) });
  if (model.origin === "uploaded") return panel("Download", { note: "The file as it was uploaded." }, h("div", { class: "downloads" }, linkButton(`ONNX (${bytes(model.size_bytes)})`, `${API}${path}/download?format=onnx`, { icon: "download", download: true })));
  return panel("Download", { note: "The model file holds the whole pipeline for Python. ONNX files run in any ONNX runtime." },
    h("div", { class: "downloads" },
      linkButton(`Model file (${bytes(model.size_bytes)})`, `${API}${path}/download`, { icon: "download", download: true }),
      linkButton("Report", `${API}${path}/report`, { icon: "external", target: "_blank", rel: "noopener" }),
      h("span", { class: "joined" }, members.length > 1 && which, onnx)));
}

/** The server makes the file when first asked for, and says 503 until it is made. */
async function saveOnnx(model, member, signal) {
  const path = `/models/${encodeURIComponent(model.id)}/download?format=onnx${member ? `&model=${encodeURIComponent(member)}` : ""}`;
  for (;;) {
    try {
      const response = await get(path, { raw: true, signal });
      return saveBlob(await response.blob(), `${member || model.target}.onnx`);
    } catch (error) {
      if (error.status !== 503) throw error;
      toast("Preparing the file. The download starts automatically.");
      await sleep(Math.max(1, error.retryAfter) * 1000, signal);
      if (signal.aborted) return null;
    }
  }
}
