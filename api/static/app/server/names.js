// Names of datasets by their ids, fetched once: jobs and models know the id alone.

import { get } from "./http.js";

const known = new Map();

/** The dataset's name; null where it is gone, or not fetched yet. */
export function datasetName(id) {
  if (!id) return Promise.resolve(null);
  if (!known.has(id)) {
    const request = get(`/datasets/${encodeURIComponent(id)}`).then(
      (dataset) => dataset.name,
      (error) => {
        if (error.status !== 404) known.delete(id);
        return null;
      },
    );
    known.set(id, request);
  }
  return known.get(id);
}

/** {id: name} of all these. */
export async function datasetNames(ids) {
  const wanted = [...new Set(ids)];
  const names = await Promise.all(wanted.map(datasetName));
  return new Map(wanted.map((id, index) => [id, names[index] ?? missing(id)]));
}

/** What stands in the place of a dataset's name: of a job whose source is fetched first there is none yet. */
export const missing = (id) => (id ? "deleted dataset" : "data that are being fetched");
