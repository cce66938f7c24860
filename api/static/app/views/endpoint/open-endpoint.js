// An endpoint that is looked at: loaded with its versions, models and log, changed, and loaded again.

import { toast } from "../../components/toast.js";
import { CHAMPION, rollbackTarget } from "../../endpoint-words.js";
import { call, del, get, getAll } from "../../server/http.js";
import { modelsById } from "../../server/known-models.js";
import { pipelinesOf } from "../pipeline/retrain.js";

const MOST = 200;

export class OpenEndpoint {
  constructor(name, signal, navigate) {
    this.name = name;
    this.path = `/endpoints/${encodeURIComponent(name)}`;
    this.signal = signal;
    this.navigate = navigate;
    this.onChange = () => {};
  }

  /** Load it all, and tell of it. */
  async load() {
    const options = { signal: this.signal };
    const [response, versions, changes, keys, pipelines] = await Promise.all([
      get(this.path, { ...options, raw: true }),
      getAll(`${this.path}/versions`, { ...options, most: MOST }),
      getAll(`${this.path}/changes`, { ...options, most: MOST }),
      getAll("/keys", options),
      pipelinesOf(this.name, this.signal),
    ]);
    this.tag = response.headers.get("ETag");
    this.endpoint = await response.json();
    this.versions = versions;
    this.changes = changes;
    this.pipelines = pipelines;
    this.keys = new Map(keys.map(({ id, name }) => [id, name]));
    this.models = await modelsById(versions.map(({ model_id: id }) => id), this.signal);
    this.onChange();
  }

  /** Take in how it is now; false where somebody else has changed it since it was loaded. */
  sees(endpoint) {
    if (endpoint.revision !== this.endpoint.revision) return false;
    this.endpoint = endpoint;
    return true;
  }

  /** The model that the champion is; null where there is none, or it is gone. */
  get champion() {
    return this.modelOf(this.endpoint.aliases[CHAMPION]);
  }

  modelOf(number) {
    return this.models.get(this.versions.find(({ version }) => version === number)?.model_id) ?? null;
  }

  aliasesOf(number) {
    const names = Object.keys(this.endpoint.aliases).filter((alias) => this.endpoint.aliases[alias] === number);
    return names.sort((a, b) => (a === CHAMPION ? -1 : b === CHAMPION ? 1 : a < b ? -1 : 1));
  }

  get rollbackTarget() {
    return rollbackTarget(this.changes);
  }

  /** Change what was seen: true when done. Of what has changed meanwhile the newest is shown instead. */
  async change(method, path, json) {
    try {
      await call(method, this.path + path, { json, headers: { "If-Match": this.tag } });
    } catch (error) {
      if (error.status !== 412) throw error;
      toast("It was changed meanwhile: this is how it is now. Try again if you still want to.", { kind: "bad" });
      await this.load();
      return false;
    }
    await this.load();
    return true;
  }

  remove = () => del(this.path);
}
