// Code that calls an endpoint: curl, Python, JavaScript, and what clients of other servers need.

import { codePanel } from "../../code/code-panel.js";
import { emptyState } from "../../components/empty.js";
import { notice } from "../../components/notice.js";
import { h } from "../../dom.js";
import { CHAMPION } from "../../endpoint-words.js";
import { exampleRow, pythonRow, quoted, shellJson } from "../../code/example-row.js";
import { API, get } from "../../server/http.js";

export async function codeTab(open, signal) {
  const number = open.endpoint.aliases[CHAMPION];
  if (!number) return emptyState("code", "Nothing to call yet", "Add a model as a version first. The address is there already, and stays.");
  const { model_id: id } = open.versions.find(({ version }) => version === number) ?? (await get(`${open.path}/versions/${number}`, { signal }));
  const model = await get(`/models/${encodeURIComponent(id)}`, { signal });
  const row = exampleRow(model);
  return h("div", { class: "stack" },
    notice("info", "An API key goes where $NOBRAINS_TOKEN stands.", h("p", {}, "Make one on the ", h("a", { href: "/account" }, "account page"), ", for this endpoint alone.")),
    codePanel("curl", "JSON in, JSON out; with Content-Type: text/csv, a CSV in and out.", curl(open, row)),
    codePanel("Python", "pip install nobrains-client; the key is read from NOBRAINS_TOKEN.", python(open, row, model)),
    codePanel("JavaScript", "For a server: a key in a web page is no secret.", javascript(open, row)),
    codePanel("MLflow", "Loads the champion where your code runs; the key is MLflow's token.", mlflow(open, row)),
    codePanel("MLflow's scoring protocol", "For what calls mlflow models serve.", scoring(open, row)),
    codePanel("Open Inference Protocol", "For clients of Triton, KServe and MLServer.", inference(open, row, model)));
}

const AUTHORIZATION = '-H "Authorization: Bearer $NOBRAINS_TOKEN"';

const posted = (path, body) => `curl ${location.origin}${path} \\\n  ${AUTHORIZATION} -H "Content-Type: application/json" \\\n  -d ${shellJson(body)}`;

const curl = ({ path }, row) => posted(`${API}${path}/predict`, { instances: [row] });

const python = ({ name }, row, { classes }) => `from nobrains_client import Client

endpoint = Client(${quoted(location.origin)}).endpoint(${quoted(name)})
${pythonRow(row)}
answer = endpoint.predict([row])
print(answer.predictions, answer.${classes ? "probabilities" : "version"})

endpoint.predict("new.csv", output="predicted.csv")`;

const javascript = ({ path }, row) => `const response = await fetch(${quoted(`${location.origin}${API}${path}/predict`)}, {
  method: "POST",
  headers: { Authorization: \`Bearer \${process.env.NOBRAINS_TOKEN}\`, "Content-Type": "application/json" },
  body: JSON.stringify({ instances: [${JSON.stringify(row)}] }),
});
const { predictions } = await response.json();`;

const mlflow = ({ name }, row) => `# MLFLOW_TRACKING_TOKEN is the key
import mlflow
import pandas

mlflow.set_tracking_uri(${quoted(`${location.origin}/mlflow`)})
model = mlflow.pyfunc.load_model(${quoted(`models:/${name}@${CHAMPION}`)})
${pythonRow(row)}
model.predict(pandas.DataFrame([row]))`;

const scoring = ({ name }, row) => posted(`/serving/${name}/invocations`, { dataframe_records: [row] });

function inference({ name }, row, { features }) {
  const numbers = new Set(features.filter(({ type }) => type === "number").map((feature) => feature.name));
  const input = ([column, value]) =>
    numbers.has(column) && (value === null || typeof value === "number")
      ? { name: column, datatype: "FP64", shape: [1], data: [value] }
      : { name: column, datatype: "BYTES", shape: [1], data: [value === null ? "" : String(value)] };
  return posted(`/v2/models/${name}/infer`, { inputs: Object.entries(row).map(input) });
}
