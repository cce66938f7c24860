// What a form asks of each kind of source: {fields: by their names in the body, parts, value(), save()}.

import { field } from "../../components/field.js";
import { h } from "../../dom.js";
import { headersField } from "./headers-field.js";
import { secretField } from "./secret-field.js";

const row = (...fields) => h("div", { class: "field-row" }, fields.map(({ element }) => element));
const trimmed = (one) => one.value().trim() || null;
const plain = { autocomplete: "off", autocapitalize: "none", spellcheck: "false" };

function http({ url = "", headers }, { secrets }) {
  const address = field("URL", { type: "url", value: url, maxlength: 2000, placeholder: "https://example.org/prices.csv", hint: "Of a CSV, JSON lines, Parquet or Excel file, or of an API that answers with one. Without a password.", ...plain });
  const head = headersField(headers, secrets);
  return { fields: { url: address, headers: head.field }, parts: [address.element, head.element], save: head.save, value: () => ({ url: trimmed(address), headers: head.value() }) };
}

function sql({ url = "", user = "", password, query = "", cursor }, { secrets }) {
  const fields = {
    url: field("Database", { value: url, maxlength: 2000, placeholder: "postgresql://db.example.org/shop", hint: "postgresql://host/database or mysql://host/database (MariaDB, too), without a password. sqlite:///file from the operator's folder.", ...plain }),
    user: field("User", { value: user, maxlength: 200, ...plain }),
    query: field("Query", { type: "textarea", rows: 4, value: query, maxlength: 20_000, class: "form-control mono", placeholder: "SELECT * FROM sales", hint: "A SELECT; it is run in a transaction that can only read.", ...plain }),
    "cursor.column": field("Column that grows (optional)", { value: cursor?.column ?? "", maxlength: 200, placeholder: "id", hint: "Each fetch then brings only rows beyond the greatest value so far, and they are put below those that are there.", ...plain }),
    "cursor.initial": field("It begins after", { value: String(cursor?.initial ?? ""), maxlength: 1000, placeholder: "0", ...plain }),
  };
  const secret = secretField("Password", { secrets, value: password?.secret ?? "", hint: "A secret: it stands nowhere in the source." });
  const initial = () => {
    const text = trimmed(fields["cursor.initial"]);
    return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  };
  return {
    fields: { ...fields, password: secret.field },
    parts: [fields.url.element, row(fields.user, secret), fields.query.element, row(fields["cursor.column"], fields["cursor.initial"])],
    save: secret.save,
    value: () => ({ url: trimmed(fields.url), user: trimmed(fields.user), password: secret.chosen(), query: trimmed(fields.query), cursor: trimmed(fields["cursor.column"]) && { column: trimmed(fields["cursor.column"]), initial: initial() } }),
  };
}

function bucket({ url = "", credentials, user = "", region = "", endpoint_url: server = "" }, { secrets }) {
  const fields = {
    url: field("Files", { value: url, maxlength: 2000, placeholder: "gs://bucket/folder/*.csv", hint: "gs:// (Cloud Storage), s3:// or az:// (Azure); * stands for any part of a name, ** for folders, too.", ...plain }),
    user: field("Key ID (optional)", { value: user, maxlength: 200, hint: "Of S3, where the secret is the key alone.", ...plain }),
    region: field("Region (optional)", { value: region, maxlength: 100, placeholder: "us-east-1", hint: "Of an S3 bucket.", ...plain }),
    endpoint_url: field("Server (optional)", { type: "url", value: server, maxlength: 2000, placeholder: "https://minio.example.org", hint: "Of an S3 bucket that is not Amazon's.", ...plain }),
  };
  const secret = secretField("Credentials", { secrets, value: credentials?.secret ?? credentials ?? "", others: [["ambient", "The service's own"]], none: "None: anybody may read it", hint: "The key file of a service account, the keys of S3 or Azure, as JSON." });
  return {
    fields: { ...fields, credentials: secret.field },
    parts: [fields.url.element, secret.element, row(fields.user, fields.region), fields.endpoint_url.element],
    save: secret.save,
    value: () => ({ url: trimmed(fields.url), credentials: secret.chosen(), user: trimmed(fields.user), region: trimmed(fields.region), endpoint_url: trimmed(fields.endpoint_url) }),
  };
}

function endpoint({ endpoint: name, labelled = true, window = "90d" }, { endpoints }) {
  const fields = {
    endpoint: field("Endpoint", { type: "select", choices: [...new Set([...(name ? [name] : []), ...endpoints.map((each) => each.name)])], value: name ?? endpoints[0]?.name, hint: "Its requests are the rows." }),
    labelled: field("Only requests whose truth is known", { type: "checkbox", checked: labelled, hint: "Their truth becomes a column." }),
    window: field("How far back", { value: window, maxlength: 20, hint: "Such as 90d, 12h.", ...plain }),
  };
  return { fields, parts: [fields.endpoint.element, fields.labelled.element, fields.window.element], save: async () => true, value: () => ({ endpoint: fields.endpoint.value() || null, labelled: fields.labelled.value(), window: trimmed(fields.window) }) };
}

export const KIND_FORMS = { http, sql, bucket, endpoint };
