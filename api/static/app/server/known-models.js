// Models by their ids, in brief and fetched once: versions of endpoints know the id alone. A model never changes.

import { CHAMPION } from "../endpoint-words.js";
import { get, getAll } from "./http.js";

const MOST = 200;
const known = new Map();

/** {id: model} of these; null where one is gone. */
export async function modelsById(ids, signal) {
  const missing = () => ids.filter((id) => id && !known.has(id));
  if (missing().length > 1) for (const model of await recentModels(signal)) known.set(model.id, model);
  await Promise.all(missing().map((id) => get(`/models/${encodeURIComponent(id)}`, { signal }).then(
    (model) => known.set(id, model),
    (error) => {
      if (error.status !== 404) throw error;
      known.set(id, null);
    },
  )));
  return new Map(ids.map((id) => [id, known.get(id) ?? null]));
}

const champions = new Map();

/** {name: model} of what these endpoints serve; without those that serve nothing. */
export async function championsOf(endpoints, signal) {
  const serving = endpoints.filter(({ aliases }) => aliases[CHAMPION]);
  const keyOf = ({ name, created_at: at, aliases }) => `${name} ${at} ${aliases[CHAMPION]}`;
  await Promise.all(serving.filter((each) => !champions.has(keyOf(each))).map(async (each) => {
    const version = await get(`/endpoints/${encodeURIComponent(each.name)}/versions/${each.aliases[CHAMPION]}`, { signal }).catch((error) => {
      if (error.status !== 404) throw error; // deleted meanwhile
    });
    if (version) champions.set(keyOf(each), version.model_id);
  }));
  const models = await modelsById(serving.map((each) => champions.get(keyOf(each))).filter(Boolean), signal);
  return new Map(serving.map((each) => [each.name, models.get(champions.get(keyOf(each))) ?? null]));
}

/** The newest models, in brief. */
export const recentModels = (signal) => getAll("/models?brief=true", { most: MOST, signal });
